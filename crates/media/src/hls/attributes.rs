//! Attribute lists (RFC 8216bis, section 4.2).

use std::ops::Range;

/// One attribute of a list, with the place of its value in the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute<'l> {
    pub(crate) name: &'l [u8],
    /// The value, without its quotation marks if it has some.
    pub(crate) value: &'l [u8],
    pub(crate) place: Range<usize>,
    pub(crate) quoted: bool,
}

/// The attributes in `line` from byte `at` on, up to the end or the first fault.
///
/// Tags that hold something else than an attribute list yield nothing, or only what could be read as one:
/// a name is upper-case letters, digits and hyphens, and an equals sign must follow it at once. Blanks before
/// a name are let pass, since some packagers write them.
pub(crate) fn attributes(line: &[u8], mut at: usize) -> impl Iterator<Item = Attribute<'_>> {
    std::iter::from_fn(move || {
        at += line.get(at..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = line.get(at..)?;
        let name_length = rest.iter().take_while(|byte| is_name(**byte)).count();
        if name_length == 0 || rest.get(name_length) != Some(&b'=') {
            return None;
        }
        let name = &rest[..name_length];
        let mut start = at + name_length + 1;
        let quoted = line.get(start) == Some(&b'"');
        start += usize::from(quoted);
        let stop = if quoted { b'"' } else { b',' };
        let length = line[start..].iter().position(|byte| *byte == stop);
        let place = match (length, quoted) {
            (Some(length), _) => start..start + length,
            (None, false) => start..line.len(),
            (None, true) => return None,
        };
        let behind = place.end + usize::from(quoted);
        // Another fault would be text between the closing quotation mark and the comma: the value is good,
        // but nothing behind it is trusted.
        at = if line.get(behind) == Some(&b',') { behind + 1 } else { line.len() + 1 };
        Some(Attribute { name, value: &line[place.clone()], place, quoted })
    })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Vec<(String, String, bool)> {
        attributes(list.as_bytes(), 0)
            .map(|attribute| {
                assert_eq!(&list.as_bytes()[attribute.place.clone()], attribute.value);
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                (text(attribute.name), text(attribute.value), attribute.quoted)
            })
            .collect()
    }

    fn attribute(name: &str, value: &str, quoted: bool) -> (String, String, bool) {
        (name.to_owned(), value.to_owned(), quoted)
    }

    #[test]
    fn quoted_values_may_hold_anything_but_a_quotation_mark() {
        assert_eq!(
            read(r#"BANDWIDTH=1,CODECS="a,b",NAME="URI=x",URI="u=,v", X-LAST=y"#),
            [
                attribute("BANDWIDTH", "1", false),
                attribute("CODECS", "a,b", true),
                attribute("NAME", "URI=x", true),
                attribute("URI", "u=,v", true),
                attribute("X-LAST", "y", false),
            ]
        );
    }

    #[test]
    fn reading_stops_at_the_first_fault() {
        assert_eq!(read(r#"6.0,URI="x""#), []);
        assert_eq!(read("7"), []);
        assert_eq!(read(r#"A=1,uri="x",URI="y""#), [attribute("A", "1", false)]);
        assert_eq!(read(r#"A=1,URI="x"#), [attribute("A", "1", false)]);
        assert_eq!(read(r#"A="1"b,URI="x""#), [attribute("A", "1", true)]);
        assert_eq!(read("A=,B="), [attribute("A", "", false), attribute("B", "", false)]);
    }
}
