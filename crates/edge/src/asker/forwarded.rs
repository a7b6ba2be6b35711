//! `Forwarded` (RFC 7239 section 4): elements, divided by commas, the nearest to the edge last; each a row of
//! parameters, of which `for` alone counts here. Pure.
//!
//! Elements are cut at the commas outside of quoted strings, and each is read by itself: garbage that a viewer sent
//! does not hide what a proxy appended to it. Nor can a viewer make other words of those of a proxy by leaving a quoted
//! string open before them: within and without are then exchanged, but a proxy closes each string that it opens and
//! writes `\` within strings alone, so the element ends in an open string or holds a `\` outside of one. Then it states
//! no address.
//!
//! Two liberties: space around `;`, and `:`, `[` and `]` without quotes, for there are proxies that write both.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::node::{self, Brackets};

/// What one line of the field states, from right to left, at most `most` elements; `None` for one that states no
/// address.
pub(crate) fn hops(line: &[u8], most: usize) -> impl Iterator<Item = Option<IpAddr>> {
    let mut last = VecDeque::with_capacity(most.min(8));
    for element in Elements(Some(line)) {
        last.push_back(element);
        if last.len() > most {
            last.pop_front();
        }
    }
    last.into_iter().rev().map(source)
}

/// The elements of a line from left to right.
struct Elements<'l>(Option<&'l [u8]>);

impl<'l> Iterator for Elements<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let rest = self.0?;
        let (mut quoted, mut escaped) = (false, false);
        let comma = rest.iter().position(|byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' => return !quoted,
                _ => {}
            }
            false
        });
        self.0 = comma.map(|comma| &rest[comma + 1..]);
        Some(&rest[..comma.unwrap_or(rest.len())])
    }
}

/// The address that an element names as the one it was asked from.
fn source(element: &[u8]) -> Option<IpAddr> {
    let mut source = None;
    let mut rest = element;
    loop {
        rest = skip_space(rest);
        match rest {
            [] => break,
            [b';', after @ ..] => {
                rest = after;
                continue;
            }
            _ => {}
        }
        let (name, after) = token(rest)?;
        let (value, after) = value(after.strip_prefix(b"=")?)?;
        if name.eq_ignore_ascii_case(b"for") && source.replace(value).is_some() {
            return None;
        }
        rest = skip_space(after);
        if !matches!(rest, [] | [b';', ..]) {
            return None;
        }
    }
    node::address(&source?, Brackets::Needed)
}

/// A token or a quoted string, without quotes and escapes, and what follows it.
fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let length = text.iter().take_while(|byte| is_token(**byte) || b":[]".contains(byte)).count();
        return (length > 0).then(|| (text[..length].to_vec(), &text[length..]));
    };
    let mut value = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Some((value, after)),
            [b'\\', byte, after @ ..] | [byte, after @ ..] if is_text(*byte) => {
                value.push(*byte);
                rest = after;
            }
            _ => return None,
        }
    }
}

fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text.iter().take_while(|byte| is_token(**byte)).count();
    (length > 0).then(|| text.split_at(length))
}

fn skip_space(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[length..]
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What may stand in a quoted string, escaped or not (RFC 9110 section 5.6.4).
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests;
