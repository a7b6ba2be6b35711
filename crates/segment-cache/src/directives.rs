//! The grammar that the directives of requests and responses have in common (RFC 9111 section 5.2).

/// The largest number of seconds that is told apart from longer ones (RFC 9111 section 1.2.2).
pub(crate) const MAX_SECONDS: u64 = 1 << 31;

/// Splits a field line at commas outside quoted strings. Names come as they are written, a quoted argument
/// without its quotes; empty members are skipped (RFC 9110 section 5.6.1.2).
pub(crate) fn directives(line: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let end = end_of_member(rest);
            let member = rest[..end].trim_ascii();
            rest = rest.get(end + 1..).unwrap_or_default();
            if member.is_empty() {
                continue;
            }
            return Some(match member.iter().position(|&byte| byte == b'=') {
                Some(equals) => {
                    let argument = unquoted(member[equals + 1..].trim_ascii());
                    (member[..equals].trim_ascii(), Some(argument))
                }
                None => (member, None),
            });
        }
    })
}

/// A number of seconds (RFC 9111 section 1.2.2), at most [`MAX_SECONDS`]; `None` when it is none.
pub(crate) fn delta_seconds(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum: u64, digit| (sum * 10 + u64::from(digit - b'0')).min(MAX_SECONDS)))
}

/// Where the first comma outside quotes stands, or the end.
fn end_of_member(text: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let comma = text.iter().position(|&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return true,
            _ => {}
        }
        false
    });
    comma.unwrap_or(text.len())
}

fn unquoted(argument: &[u8]) -> &[u8] {
    argument.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(argument)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_split_outside_quotes_alone() {
        let line = br#" a, ,b = "x, \", y" ,,c="#;
        let found: Vec<_> = directives(line).collect();
        assert_eq!(found, [(&b"a"[..], None), (b"b", Some(&br#"x, \", y"#[..])), (b"c", Some(b""))]);
    }

    #[test]
    fn seconds_are_digits_and_end_at_two_to_the_31st() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("2147483648", Some(MAX_SECONDS)),
            ("99999999999999999999999999", Some(MAX_SECONDS)),
            ("", None),
            ("+1", None),
            ("-1", None),
            ("1.5", None),
            ("1 ", None),
        ] {
            assert_eq!(delta_seconds(text.as_bytes()), seconds, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_joined_is_split_again(
            members in prop::collection::vec(("[a-z-]{1,8}", prop::option::of("[a-z0-9 ,]{0,8}")), 0..6),
        ) {
            let written: Vec<_> = members
                .iter()
                .map(|(name, argument)| match argument {
                    Some(argument) => format!("{name}=\"{argument}\""),
                    None => name.clone(),
                })
                .collect();
            let line = written.join(", ");
            let read: Vec<_> = directives(line.as_bytes()).collect();
            let expected: Vec<_> = members
                .iter()
                .map(|(name, argument)| (name.as_bytes(), argument.as_ref().map(String::as_bytes)))
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
}
