//! Which origin does a relayed URL name?
//!
//! A delivery system that knows of edges writes `/{app}/{host}/{rest}`: ask this edge, which asks `host` for
//! `/{rest}`. Prefixes nest when an edge has a parent: `/{app}/{parent}/{app}/{origin}/{rest}`.
//!
//! Deliberately absent: permission. A host here is well formed ([`crate::authority`]) and no more; an edge
//! that followed it without an allow-list would fetch anything for anyone.

use crate::authority;

/// The application names that a Kaltura server writes.
pub const APPS: [&str; 5] = ["kVOD", "kCache", "kAPI", "kThumbnail", "kMulticast"];

/// The most prefixes that may nest.
pub const MAX_HOPS: usize = 4;

/// A path with its relay prefixes taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relay<'p> {
    hops: [Option<Hop<'p>>; MAX_HOPS],
    /// The path at the last hop's host, or the whole path if there was no prefix. Begins with `/`.
    pub rest: &'p str,
}

/// One relay prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop<'p> {
    /// The application's name.
    pub app: &'p str,
    /// The host to ask, with its port if it has one, as written; see [`authority::eq`] and [`authority::lower`].
    pub host: &'p str,
}

/// Why a relayed path was refused. Hops are counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RelayError {
    /// The path does not begin with a slash.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// What stands after the application's name is no host.
    #[error("relay prefix {hop} names no valid host")]
    BadHost {
        /// The prefix.
        hop: usize,
    },
    /// Nothing follows the host, not even a slash.
    #[error("relay prefix {hop} has no path behind it")]
    NoPath {
        /// The prefix.
        hop: usize,
    },
    /// More than [`MAX_HOPS`] prefixes.
    #[error("more than {MAX_HOPS} relay prefixes")]
    TooManyHops,
}

impl<'p> Relay<'p> {
    /// The prefixes, the nearest host first. The last one names the origin.
    pub fn hops(&self) -> impl DoubleEndedIterator<Item = Hop<'p>> + use<'p> {
        self.hops.into_iter().flatten()
    }

    /// The last prefix: the host at which `rest` is meant to be.
    pub fn origin(&self) -> Option<Hop<'p>> {
        self.hops().next_back()
    }
}

/// Takes the relay prefixes off a path, which should be canonical ([`crate::path::canonical`]).
///
/// `apps` are the names that mark a prefix, usually [`APPS`]. A path without a prefix has no hops and is its
/// own `rest`.
///
/// # Errors
/// When a prefix is begun, but malformed; see [`RelayError`].
pub fn peel<'p, A: AsRef<str>>(path: &'p str, apps: &[A]) -> Result<Relay<'p>, RelayError> {
    if !path.starts_with('/') {
        return Err(RelayError::NotAbsolute);
    }
    let mut relay = Relay { hops: [None; MAX_HOPS], rest: path };
    let mut hop = 0;
    while let Some((app, behind)) = app(relay.rest, apps) {
        let place = relay.hops.get_mut(hop).ok_or(RelayError::TooManyHops)?;
        hop += 1;
        let host_end = behind.find('/').unwrap_or(behind.len());
        let (host, rest) = behind.split_at(host_end);
        if !authority::is_valid(host) {
            return Err(RelayError::BadHost { hop });
        }
        if rest.is_empty() {
            return Err(RelayError::NoPath { hop });
        }
        *place = Some(Hop { app, host });
        relay.rest = rest;
    }
    Ok(relay)
}

/// The application at the beginning of a path, and what follows its slash.
fn app<'p, A: AsRef<str>>(path: &'p str, apps: &[A]) -> Option<(&'p str, &'p str)> {
    let path = path.strip_prefix('/')?;
    // Most paths are none of these: their first letter tells, and no slash is looked for.
    let may_begin = |app: &&A| app.as_ref().as_bytes().first() == path.as_bytes().first();
    apps.iter().filter(may_begin).find_map(|app| {
        let behind = path.strip_prefix(app.as_ref())?.strip_prefix('/')?;
        Some((&path[..app.as_ref().len()], behind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The hops as (application, host), and the rest.
    type Peeled<'p> = (Vec<(&'p str, &'p str)>, &'p str);

    fn peeled(path: &str) -> Result<Peeled<'_>, RelayError> {
        peel(path, &APPS).map(|relay| (relay.hops().map(|hop| (hop.app, hop.host)).collect(), relay.rest))
    }

    #[test]
    fn prefixes_come_off() {
        assert_eq!(
            peeled("/kVOD/cdn.example:8080/p/1/a.ts"),
            Ok((vec![("kVOD", "cdn.example:8080")], "/p/1/a.ts"))
        );
        assert_eq!(
            peeled("/kVOD/hub.example/kVOD/[2001:db8::1]/a"),
            Ok((vec![("kVOD", "hub.example"), ("kVOD", "[2001:db8::1]")], "/a"))
        );
        assert_eq!(peeled("/kAPI/192.0.2.1/"), Ok((vec![("kAPI", "192.0.2.1")], "/")));
        for plain in ["/", "/kVOD", "/hls/kVOD/cdn.example/a", "/kvod/cdn.example/a", "//kVOD/cdn.example/a"]
        {
            assert_eq!(peeled(plain), Ok((vec![], plain)));
        }
    }

    #[test]
    fn malformed_prefixes_are_refused() {
        assert_eq!(peeled("kVOD/a/b"), Err(RelayError::NotAbsolute));
        assert_eq!(peeled("/kVOD/"), Err(RelayError::BadHost { hop: 1 }));
        assert_eq!(peeled("/kVOD//etc"), Err(RelayError::BadHost { hop: 1 }));
        assert_eq!(peeled("/kVOD/user@cdn.example/a"), Err(RelayError::BadHost { hop: 1 }));
        assert_eq!(peeled("/kVOD/cdn.example/kVOD/2130706433/a"), Err(RelayError::BadHost { hop: 2 }));
        assert_eq!(peeled("/kVOD/cdn.example"), Err(RelayError::NoPath { hop: 1 }));
    }

    #[test]
    fn nesting_is_bounded() {
        let four = format!("{}/a", "/kVOD/a.example".repeat(4));
        assert_eq!(peel(&four, &APPS).map(|relay| (relay.hops().count(), relay.rest)), Ok((4, "/a")));
        let five = format!("{}/a", "/kVOD/a.example".repeat(5));
        assert_eq!(peeled(&five), Err(RelayError::TooManyHops));
    }

    #[test]
    fn application_names_are_the_callers() {
        let relay = peel("/via/cdn.example/kVOD/x/y", &["via"]).unwrap();
        assert_eq!(relay.origin(), Some(Hop { app: "via", host: "cdn.example" }));
        assert_eq!(relay.rest, "/kVOD/x/y");
    }

    proptest! {
        #[test]
        fn what_is_peeled_makes_the_path_again(path in "(/(kVOD|kAPI|[a-z]{0,3}|[0-9.:]{1,5}|\\PC{0,3})){0,12}") {
            if let Ok(relay) = peel(&path, &APPS) {
                let mut again = String::new();
                for hop in relay.hops() {
                    prop_assert!(authority::is_valid(hop.host));
                    again.extend(["/", hop.app, "/", hop.host]);
                }
                again.push_str(relay.rest);
                prop_assert_eq!(again, path.as_str());
                prop_assert!(relay.rest.starts_with('/'));
                prop_assert!(app(relay.rest, &APPS).is_none());
            }
        }
    }
}
