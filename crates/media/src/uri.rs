//! Does a reference in a manifest name another host, and which? And what does it mean where it stands?
//!
//! Manifests refer to media by relative references, which a client resolves against the manifest's own URL,
//! and by absolute ones, which would lead it past the edge. [`Absolute::split`] tells them apart and takes
//! the second sort to pieces without allocation. [`Location::join`] says where a client ends up with either.

mod location;

pub use location::Location;

use crate::authority;

/// The scheme of an absolute reference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// `http:`
    Http,
    /// `https:`
    Https,
    /// `//host/…`: the scheme of the manifest's own URL (RFC 3986, section 4.2).
    Inherited,
}

/// An absolute `http` or `https` URI, or a network-path reference, in pieces that are slices of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Absolute<'u> {
    /// The scheme.
    pub scheme: Scheme,
    /// Host and port as written; valid in the sense of [`authority::is_valid`].
    pub authority: &'u str,
    /// Path, query and fragment: empty, or beginning with `/`, `?` or `#`. Neither decoded nor checked.
    pub path_and_query: &'u str,
}

impl<'u> Absolute<'u> {
    /// Splits a reference.
    ///
    /// Nothing comes back for relative references, for other schemes, and for an authority that is not plain:
    /// one with user information, an escape or a backslash. Such a reference is best left alone.
    pub fn split(reference: &'u str) -> Option<Self> {
        let (scheme, behind) = scheme(reference)?;
        let end = behind.find(['/', '?', '#', '\\']).unwrap_or(behind.len());
        let (authority, path_and_query) = behind.split_at(end);
        (authority::is_valid(authority) && !path_and_query.starts_with('\\')).then_some(Self {
            scheme,
            authority,
            path_and_query,
        })
    }

    /// Path and query without the fragment, which is no part of a request.
    pub fn without_fragment(&self) -> &'u str {
        self.path_and_query.split('#').next().unwrap_or_default()
    }
}

fn scheme(reference: &str) -> Option<(Scheme, &str)> {
    if let Some(behind) = reference.strip_prefix("//") {
        return Some((Scheme::Inherited, behind));
    }
    let (name, behind) = reference.split_once("://")?;
    if name.eq_ignore_ascii_case("https") {
        Some((Scheme::Https, behind))
    } else if name.eq_ignore_ascii_case("http") {
        Some((Scheme::Http, behind))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_references_come_apart() {
        for (reference, scheme, authority, path_and_query) in [
            ("https://cdn.example/a.ts?b=c", Scheme::Https, "cdn.example", "/a.ts?b=c"),
            ("HTTP://CDN.example:8080/a", Scheme::Http, "CDN.example:8080", "/a"),
            ("//cdn.example/a", Scheme::Inherited, "cdn.example", "/a"),
            ("http://cdn.example", Scheme::Http, "cdn.example", ""),
            ("http://cdn.example?a", Scheme::Http, "cdn.example", "?a"),
            ("http://[2001:db8::1]:80/", Scheme::Http, "[2001:db8::1]:80", "/"),
            ("https://cdn.example/$Number$.m4s", Scheme::Https, "cdn.example", "/$Number$.m4s"),
            ("https://cdn.example/a@b", Scheme::Https, "cdn.example", "/a@b"),
        ] {
            assert_eq!(
                Absolute::split(reference),
                Some(Absolute { scheme, authority, path_and_query }),
                "{reference}"
            );
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for reference in [
            "",
            "a.ts",
            "/a.ts",
            "../a",
            "?a=http://b/",
            "skd://key",
            "data:text/plain,x",
            "ftp://a/b",
            "http:/a",
            "http:a",
            "http://",
            "///a",
            "http://user@cdn.example/",
            "http://user:pw@cdn.example/",
            "http://cdn.example\\@b/",
            "http://cdn%2eexample/",
            "http://cdn.example:port/",
            " http://cdn.example/",
            "http://{$host}/a",
        ] {
            assert_eq!(Absolute::split(reference), None, "{reference}");
        }
    }

    #[test]
    fn fragments_can_be_dropped() {
        let absolute = Absolute::split("https://cdn.example/a#t=1").unwrap();
        assert_eq!(absolute.without_fragment(), "/a");
    }
}
