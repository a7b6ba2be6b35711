//! Where a client ends up that follows a reference (RFC 3986, section 5.2).

use std::borrow::Cow;

use super::Absolute;
use crate::path::{is_dot_segment, push_escaped, without_dot_segments};

/// The longest URL and reference, in bytes.
const MAX_URL: usize = 16 * 1024;

const PLAIN_IN_PATH: [bool; 256] = all_but(b" \"<>`{}^|");

const PLAIN_IN_QUERY: [bool; 256] = all_but(b" \"<>'");

/// Where something is, whatever the scheme: at the host of whoever speaks of it, or at a named one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    /// Host and port as written, valid in the sense of [`crate::authority::is_valid`]; nothing for the own host.
    pub host: Option<String>,
    /// Begins with a slash. No fragment.
    pub path_and_query: String,
}

impl Location {
    /// A path at the own host, perhaps with a query; it begins with a slash.
    pub fn here(path_and_query: &str) -> Self {
        Self { host: None, path_and_query: path_and_query.to_owned() }
    }

    /// What `reference` means in a document from here, as a client would ask for it.
    ///
    /// Dot segments are gone, and stay below the root. What browsers escape (blanks, quotation marks, angle brackets,
    /// braces and the like, and whatever is not ASCII) is escaped; other escapes stay as they are, for
    /// [`path::canonical`](crate::path::canonical) to make them one.
    ///
    /// Nothing comes back for schemes but `http` and `https`, for an authority that is not plain (see
    /// [`Absolute::split`]), and for more than 16 KiB.
    #[must_use]
    pub fn join(&self, reference: &str) -> Option<Self> {
        if reference.len() > MAX_URL {
            return None;
        }
        let (host, reference) = match Absolute::split(reference) {
            Some(absolute) => (Some(absolute.authority), absolute.path_and_query),
            None if leads_elsewhere(reference) => return None,
            None => (None, reference),
        };
        let (named, query) = pieces(reference);
        let (base_path, base_query) = pieces(&self.path_and_query);
        let is_same = host.is_none() && named.is_empty();
        let path = match named {
            path if host.is_some() || path.starts_with('/') => Cow::Borrowed(path),
            "" => Cow::Borrowed(base_path),
            path => {
                let folder = base_path.rfind('/').map_or("/", |slash| &base_path[..=slash]);
                Cow::Owned([folder, path].concat())
            }
        };
        let path_and_query = written(&path, query.or(base_query.filter(|_| is_same)));
        let host = host.map(str::to_owned).or_else(|| self.host.clone());
        (path_and_query.len() <= MAX_URL).then_some(Self { host, path_and_query })
    }
}

/// Path and query, without the fragment.
fn pieces(text: &str) -> (&str, Option<&str>) {
    let text = text.split('#').next().unwrap_or_default();
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

/// Whether a reference that is not absolute is no relative one either: one with an authority, or with a scheme, which
/// ends in a colon (section 4.2).
fn leads_elsewhere(reference: &str) -> bool {
    let first = reference.split(['/', '?', '#']).next();
    reference.starts_with("//") || first.is_some_and(|first| first.contains(':'))
}

/// A path without dot segments, and its query, both escaped.
fn written(path: &str, query: Option<&str>) -> String {
    let path = if path.split('/').any(is_dot_segment) {
        Cow::Owned(without_dot_segments(path).0)
    } else {
        Cow::Borrowed(path)
    };
    let mut text = String::with_capacity(path.len() + query.map_or(1, |query| query.len() + 1));
    if !path.starts_with('/') {
        text.push('/');
    }
    push(&mut text, &path, &PLAIN_IN_PATH);
    if let Some(query) = query {
        text.push('?');
        push(&mut text, query, &PLAIN_IN_QUERY);
    }
    text
}

/// Appends `text`, with what is not plain escaped.
fn push(url: &mut String, text: &str, plain: &[bool; 256]) {
    if text.bytes().all(|byte| plain[usize::from(byte)]) {
        return url.push_str(text);
    }
    for byte in text.bytes() {
        if plain[usize::from(byte)] {
            url.push(char::from(byte));
        } else {
            push_escaped(url, byte);
        }
    }
}

/// What stands for itself: ASCII without these.
const fn all_but(escaped: &[u8]) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = true;
        byte += 1;
    }
    let mut at = 0;
    while at < escaped.len() {
        plain[escaped[at] as usize] = false;
        at += 1;
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(base: &Location, reference: &str) -> Option<String> {
        base.join(reference).map(|found| found.host.unwrap_or_default() + &found.path_and_query)
    }

    /// Section 5.4, but for references with other schemes, which lead nowhere here, and fragments, which are dropped.
    #[test]
    fn the_examples_of_the_standard() {
        for (reference, expected) in [
            ("g", "a/b/c/g"),
            ("./g", "a/b/c/g"),
            ("g/", "a/b/c/g/"),
            ("/g", "a/g"),
            ("//g", "g/"),
            ("?y", "a/b/c/d;p?y"),
            ("g?y", "a/b/c/g?y"),
            ("#s", "a/b/c/d;p?q"),
            ("g#s", "a/b/c/g"),
            ("g?y#s", "a/b/c/g?y"),
            (";x", "a/b/c/;x"),
            ("g;x", "a/b/c/g;x"),
            ("", "a/b/c/d;p?q"),
            (".", "a/b/c/"),
            ("./", "a/b/c/"),
            ("..", "a/b/"),
            ("../", "a/b/"),
            ("../g", "a/b/g"),
            ("../..", "a/"),
            ("../../", "a/"),
            ("../../g", "a/g"),
            ("../../../g", "a/g"),
            ("../../../../g", "a/g"),
            ("/./g", "a/g"),
            ("/../g", "a/g"),
            ("g.", "a/b/c/g."),
            (".g", "a/b/c/.g"),
            ("g..", "a/b/c/g.."),
            ("..g", "a/b/c/..g"),
            ("./../g", "a/b/g"),
            ("./g/.", "a/b/c/g/"),
            ("g/./h", "a/b/c/g/h"),
            ("g/../h", "a/b/c/h"),
            ("g;x=1/./y", "a/b/c/g;x=1/y"),
            ("g;x=1/../y", "a/b/c/y"),
            ("g?y/./x", "a/b/c/g?y/./x"),
            ("g?y/../x", "a/b/c/g?y/../x"),
            ("g#s/../x", "a/b/c/g"),
        ] {
            let base = Location { host: Some("a".into()), path_and_query: "/b/c/d;p?q".into() };
            assert_eq!(joined(&base, reference).as_deref(), Some(expected), "{reference}");
            if let Some(path) = expected.strip_prefix('a') {
                assert_eq!(joined(&Location::here("/b/c/d;p?q"), reference).as_deref(), Some(path));
            }
        }
    }

    #[test]
    fn hosts_and_what_browsers_escape() {
        for (base, reference, expected) in [
            ("/v/a.m3u8", "https://cdn.example", "cdn.example/"),
            ("/v/a.m3u8", "https://cdn.example?q", "cdn.example/?q"),
            ("/v/a.m3u8", "//cdn.example/x/../y", "cdn.example/y"),
            ("/v/a.m3u8", "one two{3}.ts?a='b c'", "/v/one%20two%7B3%7D.ts?a=%27b%20c%27"),
            ("/v/a.m3u8", "ü%2e.ts", "/v/%C3%BC%2e.ts"),
            ("/v/a.m3u8", "a.ts?u=http://b/", "/v/a.ts?u=http://b/"),
            ("//v/a.m3u8", "a.ts", "//v/a.ts"),
            ("/v/..//a.m3u8", "a.ts", "//a.ts"),
        ] {
            assert_eq!(joined(&Location::here(base), reference).as_deref(), Some(expected), "{reference}");
        }
    }

    #[test]
    fn what_leads_elsewhere_leads_nowhere() {
        let base = Location::here("/v/a.m3u8");
        for reference in
            ["data:x", "skd://key", "http:g", "http://u@a/", "//u@a/x", "///x", "a:b/c", "http://"]
        {
            assert_eq!(base.join(reference), None, "{reference}");
        }
        assert_eq!(base.join(&"a".repeat(MAX_URL)), None);
        assert_eq!(base.join(&"a".repeat(MAX_URL + 1)), None);
    }

    proptest! {
        /// What is resolved once stays.
        #[test]
        fn paths_stay_paths(base in "/[a./]{0,12}", reference in "[a./?% é]{0,16}") {
            if let Some(found) = Location::here(&base).join(&reference) {
                let (path, _) = pieces(&found.path_and_query);
                prop_assert!(path.starts_with('/') && !path.split('/').any(is_dot_segment));
                if !path.starts_with("//") {
                    let again = Location { path_and_query: "/x/y".into(), ..found.clone() };
                    prop_assert_eq!(again.join(&found.path_and_query), Some(found));
                }
            }
        }
    }
}
