//! One spelling for every path.
//!
//! Cache keys, playback tokens and rules compare paths as text, so two spellings of one path must not reach
//! them: a token for `/vod/a/` must not open `/vod/a/%2e%2e/b`. [`canonical`] follows RFC 3986, section
//! 6.2.2, and refuses what servers are known to read in different ways.
//!
//! Invariants: the answer is a path that [`canonical`] leaves as it is, and it holds no dot segment, no
//! control byte and no backslash, written out or escaped.
//!
//! Deliberately kept: doubled slashes, which are names of their own at an origin, and the escaped slash
//! `%2F`, which is data inside a component. A component whose pieces between escaped slashes would be dot
//! segments is refused, since an origin that decodes early would climb.

use std::borrow::Cow;

/// The longest path, in bytes, before and after.
pub const MAX_PATH: usize = 8 * 1024;

/// Why a path was refused. Places are byte offsets into the path as it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// The path is not in origin form (RFC 9112, section 3.2.1).
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// The path is longer than [`MAX_PATH`], or would be once it is escaped.
    #[error("the path is longer than {MAX_PATH} bytes")]
    TooLong,
    /// A byte stands in the path that no path may hold: a control byte, a space, `?`, `#` or a backslash.
    #[error("byte {at} of the path is not allowed there, plain or escaped")]
    Forbidden {
        /// Where it stands.
        at: usize,
    },
    /// A percent sign without two hexadecimal digits.
    #[error("byte {at} of the path begins an escape that is not one")]
    BadEscape {
        /// Where the percent sign stands.
        at: usize,
    },
    /// More `..` than components before them.
    #[error("the path leads above the root")]
    AboveRoot,
    /// A dot segment that only shows when escaped slashes are decoded.
    #[error("the path hides a dot segment behind an escaped slash")]
    HiddenDotSegment,
}

/// The canonical spelling of a path in origin form, without a query; borrowed when nothing changes.
///
/// Escapes of unreserved characters are decoded (RFC 3986, section 6.2.2.2), the hexadecimal digits of all
/// others are written in upper case (6.2.2.1), bytes outside ASCII are escaped, and dot segments are removed
/// (5.2.4).
///
/// # Errors
/// See [`PathError`].
pub fn canonical(path: &str) -> Result<Cow<'_, str>, PathError> {
    if !path.starts_with('/') {
        return Err(PathError::NotAbsolute);
    }
    if path.len() > MAX_PATH {
        return Err(PathError::TooLong);
    }
    if is_plain(path) {
        return Ok(Cow::Borrowed(path));
    }
    let path = escapes(path)?;
    if hides_dot_segment(&path) {
        return Err(PathError::HiddenDotSegment);
    }
    if !path.split('/').any(is_dot_segment) {
        return Ok(path);
    }
    match without_dot_segments(&path) {
        (path, false) => Ok(Cow::Owned(path)),
        (_, true) => Err(PathError::AboveRoot),
    }
}

/// Whether a path is canonical at first sight, as most are: no escape, and no component that begins with a dot.
fn is_plain(path: &str) -> bool {
    let mut before = 0;
    path.bytes().all(|byte| {
        let plain = PLAIN[usize::from(byte)] && !(byte == b'.' && before == b'/');
        before = byte;
        plain
    })
}

/// The bytes that stand for themselves wherever they stand in a path.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 256")]
        let known = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'/' | b'-' | b'_' | b'.' | b'~' | b',');
        plain[byte] = known;
        byte += 1;
    }
    plain
};

/// Normalises escapes, and checks every byte.
fn escapes(path: &str) -> Result<Cow<'_, str>, PathError> {
    let mut out = String::new();
    // Everything before `kept` is in `out`.
    let mut kept = 0;
    let mut at = 0;
    let bytes = path.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        let (written, length) = match byte {
            b'%' => escape(bytes, at)?,
            0x80.. => (Written::Escaped(byte), 1),
            _ if is_forbidden(byte) => return Err(PathError::Forbidden { at }),
            _ => (Written::AsItIs, 1),
        };
        if written != Written::AsItIs {
            // Inside a character outside ASCII nothing is kept, and there is no slice to take.
            out.push_str(path.get(kept..at).unwrap_or_default());
            match written {
                Written::Plain(byte) => out.push(char::from(byte)),
                Written::Escaped(byte) => push_escaped(&mut out, byte),
                Written::AsItIs => {}
            }
            kept = at + length;
        }
        at += length;
    }
    if kept == 0 {
        return Ok(Cow::Borrowed(path));
    }
    out.push_str(&path[kept..]);
    if out.len() > MAX_PATH { Err(PathError::TooLong) } else { Ok(Cow::Owned(out)) }
}

/// How a byte is written in a canonical path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    AsItIs,
    Plain(u8),
    Escaped(u8),
}

/// Reads the escape at `at`.
fn escape(bytes: &[u8], at: usize) -> Result<(Written, usize), PathError> {
    let digit = |offset: usize| {
        let byte = *bytes.get(at + offset)?;
        Some((char::from(byte).to_digit(16)?, byte.is_ascii_lowercase()))
    };
    let (Some((high, high_lower)), Some((low, low_lower))) = (digit(1), digit(2)) else {
        return Err(PathError::BadEscape { at });
    };
    let byte = u8::try_from(high * 16 + low).map_err(|_| PathError::BadEscape { at })?;
    let written = match byte {
        // An escaped space is data, and so are an escaped question mark and hash.
        b' ' | b'?' | b'#' => Written::AsItIs,
        _ if is_forbidden(byte) => return Err(PathError::Forbidden { at }),
        b'-' | b'.' | b'_' | b'~' => Written::Plain(byte),
        _ if byte.is_ascii_alphanumeric() => Written::Plain(byte),
        _ if high_lower || low_lower => Written::Escaped(byte),
        _ => Written::AsItIs,
    };
    Ok((written, 3))
}

pub(crate) fn push_escaped(out: &mut String, byte: u8) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.extend(['%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn is_forbidden(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, 0x7f | b'\\' | b'?' | b'#')
}

pub(crate) fn is_dot_segment(component: &str) -> bool {
    matches!(component, "." | "..")
}

/// Whether a component is no dot segment, but a piece of it between escaped slashes is.
fn hides_dot_segment(path: &str) -> bool {
    path.contains("%2F")
        && path
            .split('/')
            .any(|component| component.contains("%2F") && component.split("%2F").any(is_dot_segment))
}

/// The path without its dot segments, and whether they lead above the root, where it then stays.
pub(crate) fn without_dot_segments(path: &str) -> (String, bool) {
    let mut out = String::with_capacity(path.len());
    let mut climbs = false;
    let mut components = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(component) = components.next() {
        let last = components.peek().is_none();
        match component {
            "." => {}
            ".." => match out.rfind('/') {
                Some(parent) => out.truncate(parent),
                None => climbs = true,
            },
            name => {
                out.push('/');
                out.push_str(name);
                continue;
            }
        }
        if last {
            out.push('/');
        }
    }
    (out, climbs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_become_one() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b.ts", "/a/b.ts"),
            ("/%61/%7Eb%2d%5F%2E", "/a/~b-_."),
            ("/a%2fb%3a", "/a%2Fb%3A"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a//b", "/a//b"),
            ("/é", "/%C3%A9"),
            ("/%c3%a9", "/%C3%A9"),
            ("/a%20b%3F%23", "/a%20b%3F%23"),
            ("/a/./b/../c", "/a/c"),
            ("/a/%2e/b/%2E%2e/c", "/a/c"),
            ("/a/.%2e/c", "/c"),
            ("/a/..", "/"),
            ("/a/.", "/a/"),
            ("/.", "/"),
            ("/a/b/..", "/a/"),
            ("/a//../b", "/a/b"),
            ("/...", "/..."),
            ("/a/..b/.c/d..", "/a/..b/.c/d.."),
        ] {
            assert_eq!(canonical(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn refusals_name_the_place() {
        for (path, expected) in [
            ("", PathError::NotAbsolute),
            ("a/b", PathError::NotAbsolute),
            ("*", PathError::NotAbsolute),
            ("http://a/b", PathError::NotAbsolute),
            ("/a\\b", PathError::Forbidden { at: 2 }),
            ("/a%5cb", PathError::Forbidden { at: 2 }),
            ("/\0", PathError::Forbidden { at: 1 }),
            ("/a%00", PathError::Forbidden { at: 2 }),
            ("/a%0D%0A", PathError::Forbidden { at: 2 }),
            ("/a b", PathError::Forbidden { at: 2 }),
            ("/a?b", PathError::Forbidden { at: 2 }),
            ("/a\u{7f}", PathError::Forbidden { at: 2 }),
            ("/%", PathError::BadEscape { at: 1 }),
            ("/a%4", PathError::BadEscape { at: 2 }),
            ("/a%zz", PathError::BadEscape { at: 2 }),
            ("/%+1", PathError::BadEscape { at: 1 }),
            ("/..", PathError::AboveRoot),
            ("/a/../../b", PathError::AboveRoot),
            ("/%2e%2e/b", PathError::AboveRoot),
            ("/a/..%2Fb", PathError::HiddenDotSegment),
            ("/a/b%2f%2e%2e%2fc", PathError::HiddenDotSegment),
        ] {
            assert_eq!(canonical(path), Err(expected), "{path}");
        }
    }

    #[test]
    fn length_is_bounded_on_both_sides() {
        let longest = format!("/{}", "a".repeat(MAX_PATH - 1));
        assert!(matches!(canonical(&longest), Ok(Cow::Borrowed(_))));
        assert_eq!(canonical(&format!("{longest}a")), Err(PathError::TooLong));
        assert_eq!(canonical(&format!("/{}", "é".repeat(MAX_PATH / 4))), Err(PathError::TooLong));
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(path in "/(?s:[a/.%25eEfF\\\\é]|\\PC){0,40}") {
            if let Ok(once) = canonical(&path) {
                let twice = canonical(&once);
                prop_assert!(matches!(twice, Ok(Cow::Borrowed(_))), "{once} became {twice:?}");
                prop_assert!(once.starts_with('/'));
                prop_assert!(!once.split('/').any(is_dot_segment));
            }
        }

        #[test]
        fn escaping_an_unreserved_byte_changes_nothing(name in "[a-zA-Z0-9_~.-]{1,20}", upper: bool) {
            let escaped: String = name
                .bytes()
                .map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") })
                .collect();
            let (escaped, plain) = (format!("/a/{escaped}"), format!("/a/{name}"));
            prop_assert_eq!(canonical(&escaped), canonical(&plain));
        }
    }
}
