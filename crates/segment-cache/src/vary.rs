//! Which requests a stored response answers (RFC 9111 section 4.1).
//!
//! # Why nothing is stored of a request
//! `Vary` names request fields on which the response depends. The standard lets a cache normalise those fields
//! before it compares them, "in ways known to be identical in semantics". Here every field is normalised to one
//! constant, the value that the edge itself sends upstream (often none): a fill's request is built from nothing,
//! the same for every viewer, and no field of a viewer reaches the origin. So the field that selected the stored
//! response and the field of any later request are always equal, and any list matches.
//!
//! Only `*` never matches: it says that the origin looked at something else than the request's fields.

use http::header::VARY;
use http::{HeaderMap, HeaderName};

/// What a response says about the requests that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vary {
    /// `*`, or a list that cannot be read: it answers the one request that caused it.
    Everything,
    /// The nominated request fields, sorted, each once; none when there is no `Vary`.
    Fields(Vec<HeaderName>),
}

impl Vary {
    /// Reads every Vary field line.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut names: Vec<HeaderName> = Vec::new();
        for line in headers.get_all(VARY) {
            for member in line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                if member.is_empty() {
                    continue;
                }
                // `*` is a valid name to the library, and none to the standard.
                match HeaderName::from_bytes(member) {
                    Ok(name) if member != b"*" => names.push(name),
                    _ => return Self::Everything,
                }
            }
        }
        names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        names.dedup();
        Self::Fields(names)
    }

    /// Whether the response answers every request for its target, as requests are normalised here.
    pub fn matches_every_request(&self) -> bool {
        matches!(self, Self::Fields(_))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vary(lines: &[&str]) -> Vary {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(VARY, line.parse().unwrap());
        }
        Vary::of(&headers)
    }

    #[test]
    fn a_list_is_sorted_and_holds_each_name_once() {
        let Vary::Fields(names) = vary(&["Origin, accept-encoding", ", ACCEPT-Encoding ,,"]) else {
            panic!()
        };
        assert_eq!(names, ["accept-encoding", "origin"]);
        assert_eq!(vary(&[]), Vary::Fields(Vec::new()));
        assert_eq!(vary(&[""]), Vary::Fields(Vec::new()));
    }

    #[test]
    fn an_asterisk_and_what_cannot_be_read_match_nothing() {
        for lines in
            [&["*"][..], &["Accept, *"], &["Accept", "*"], &["Accept Encoding"], &["a;q=1"], &["\"a\""]]
        {
            assert_eq!(vary(lines), Vary::Everything, "{lines:?}");
            assert!(!vary(lines).matches_every_request());
        }
    }

    proptest! {
        #[test]
        fn the_order_and_spelling_of_names_do_not_matter(
            names in prop::collection::vec("[A-Za-z][A-Za-z-]{0,5}", 0..8),
        ) {
            let reversed: Vec<_> = names.iter().rev().map(|name| name.to_ascii_uppercase()).collect();
            let one = vary(&[&names.join(",")]);
            prop_assert_eq!(&one, &vary(&reversed.iter().map(String::as_str).collect::<Vec<_>>()));
            prop_assert!(one.matches_every_request());
        }
    }
}
