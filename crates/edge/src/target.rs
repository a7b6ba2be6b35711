//! From a request's target to what is asked for: one canonical key, and what a fill sends upstream.
//!
//! Different spellings of one object give one key: escapes and dot segments are canonical, relay prefixes
//! are peeled, the origin's name stands in place of whichever host the client wrote, and of the query only
//! the parameters remain that the origin's rule names. Credentials never reach the key.

use std::borrow::Cow;

use media::uri::Location;
use segment_cache::{KeyRef, OriginId};

use crate::config::Relay;
use crate::origins::Origins;
use crate::refusal::Refusal;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target<'u> {
    origin: OriginId,
    /// Canonical path and query at the origin.
    key: Cow<'u, str>,
    /// The path of the key alone.
    path_length: usize,
    /// Where to ask first when a relay path names a chain, and for which path.
    via: Option<(OriginId, String)>,
    /// Parameters that only the fill carries.
    credentials: String,
}

/// What a fill asks for, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    /// Whom to ask.
    pub origin: OriginId,
    /// Path and query there.
    pub path_and_query: String,
}

impl<'u> Target<'u> {
    /// Reads a request target's path and query; `host` is its authority.
    ///
    /// # Errors
    /// 400 when it is malformed, 403 when a relay path names a host that is not allowed.
    pub(crate) fn read(
        path: &'u str,
        query: Option<&'u str>,
        host: &str,
        origins: &Origins,
        relay: &Relay,
    ) -> Result<Self, Refusal> {
        let path = media::path::canonical(path).map_err(|_| Refusal::Malformed("the path is malformed"))?;
        let peeled = Peeled::read(&path, origins, relay)?;
        let Some(Peeled { first, last, chain, rest }) = peeled else {
            return Ok(Self::at(origins.for_host(host), path, query, None, origins));
        };
        let via = chain.map(|path| (first, path));
        Ok(Self::at(last, Cow::Owned(rest), query, via, origins))
    }

    /// What a manifest from `base` means by `location`; `None` where viewers do not find it here.
    pub(crate) fn listed(location: &'u Location, base: OriginId, origins: &Origins) -> Option<Self> {
        let origin = match &location.host {
            Some(host) => origins.here(host, base)?,
            None => base,
        };
        let (path, query) = match location.path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (location.path_and_query.as_str(), None),
        };
        let path = media::path::canonical(path).ok()?;
        Some(Self::at(origin, path, query, None, origins))
    }

    fn at(
        origin: OriginId,
        path: Cow<'u, str>,
        query: Option<&str>,
        via: Option<(OriginId, String)>,
        origins: &Origins,
    ) -> Self {
        let path_length = path.len();
        let Some(query) = query else {
            return Self { origin, key: path, path_length, via, credentials: String::new() };
        };
        let Some(rule) = origins.by_id(origin) else {
            return Self { origin, key: path, path_length, via, credentials: String::new() };
        };
        let named = selected(query, &rule.query);
        let credentials = selected(query, &rule.credentials);
        let key = if named.is_empty() { path } else { Cow::Owned(format!("{path}?{named}")) };
        Self { origin, key, path_length, via, credentials }
    }

    /// The cache key.
    pub(crate) fn key(&self) -> KeyRef<'_> {
        KeyRef::whole(self.origin, &self.key)
    }

    /// The path at the origin, without query.
    pub(crate) fn path(&self) -> &str {
        &self.key[..self.path_length]
    }

    /// The request that fills it.
    pub(crate) fn fetch(&self) -> Fetch {
        let query = &self.key[self.path_length..];
        let (origin, mut path_and_query) = match &self.via {
            Some((origin, path)) => (*origin, format!("{path}{query}")),
            None => (self.origin, self.key.clone().into_owned()),
        };
        if !self.credentials.is_empty() {
            path_and_query.push(if query.is_empty() { '?' } else { '&' });
            path_and_query.push_str(&self.credentials);
        }
        Fetch { origin, path_and_query }
    }
}

/// A relay path taken apart.
struct Peeled {
    first: OriginId,
    last: OriginId,
    /// The path to ask the first host for, when it is not the last.
    chain: Option<String>,
    rest: String,
}

impl Peeled {
    /// `None` when `path` is no relay path. Every host on the way must be allowed: a host that is not is
    /// refused before its name is looked up anywhere.
    fn read(path: &str, origins: &Origins, relay: &Relay) -> Result<Option<Self>, Refusal> {
        let peeled = media::relay::peel(path, &relay.apps)
            .map_err(|_| Refusal::Malformed("the relay path is malformed"))?;
        let mut hops = Vec::new();
        for hop in peeled.hops() {
            hops.push((origins.for_relay(hop.host).ok_or(Refusal::HostNotAllowed)?, hop));
        }
        let (Some((first, _)), Some((last, _))) = (hops.first(), hops.last()) else {
            return Ok(None);
        };
        let chain = (hops.len() > 1).then(|| {
            let mut path = String::new();
            for (_, hop) in &hops[1..] {
                path.extend(["/", hop.app, "/", hop.host]);
            }
            path + peeled.rest
        });
        Ok(Some(Self { first: *first, last: *last, chain, rest: peeled.rest.to_owned() }))
    }
}

/// The parameters of `query` that `names` lists, in the order of `names`.
fn selected(query: &str, names: &[String]) -> String {
    let mut chosen = String::new();
    for name in names {
        for pair in media::query::pairs(query).filter(|pair| pair.name == name) {
            if !chosen.is_empty() {
                chosen.push('&');
            }
            chosen.push_str(pair.text);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use http::Uri;
    use proptest::prelude::*;

    use super::*;
    use crate::config::Config;
    use crate::origins::OriginIds;

    const CONFIG: &str = "[[origin]]\nname = \"main\"\nurl = \"https://cdn.example\"\ncredentials = [\"Policy\"]\n\
                          [[origin]]\nname = \"vod\"\nurl = \"https://vod.example\"\nrelay-hosts = [\"vod.example\"]\nhosts = [\"v.example\"]\n\
                          [[origin]]\nname = \"hub\"\nurl = \"http://hub.example\"\nrelay-hosts = [\"hub.example\"]\n";

    fn read(uri: &str, host: &str) -> Result<(u16, String, Fetch), Refusal> {
        static ORIGINS: LazyLock<Origins> = LazyLock::new(|| {
            Origins::new(&Config::parse("test", CONFIG).unwrap(), &mut OriginIds::default()).unwrap()
        });
        let uri = uri.parse::<Uri>().unwrap();
        let target = Target::read(uri.path(), uri.query(), host, &ORIGINS, &Relay::default())?;
        assert!(target.key().target.starts_with(target.path()));
        Ok((target.key().origin.0, target.key().target.to_owned(), target.fetch()))
    }

    fn key(uri: &str) -> (u16, String) {
        let (origin, key, _) = read(uri, "edge.example").unwrap();
        (origin, key)
    }

    #[test]
    fn spellings_of_one_object_share_a_key() {
        for uri in [
            "/a/b.ts",
            "/a/./b.ts",
            "/x/../a/b.ts",
            "/%61/b.ts",
            "http://other.example/a/b.ts",
            "/a/b.ts?CMCD=bl%3D1&ks=secret",
        ] {
            assert_eq!(key(uri), (0, "/a/b.ts".into()), "{uri}");
        }
    }

    #[test]
    fn only_named_parameters_are_in_the_key_and_in_one_order() {
        let expected = (0, "/p.m3u8?_HLS_msn=7&_HLS_part=2".to_owned());
        assert_eq!(key("/p.m3u8?_HLS_msn=7&_HLS_part=2"), expected);
        assert_eq!(key("/p.m3u8?x=1&_HLS_part=2&ks=a&_HLS_msn=7"), expected);
    }

    #[test]
    fn credentials_travel_with_the_fill_alone() {
        let (_, key, fetch) = read("/a.ts?Policy=abc&_HLS_msn=1", "edge").unwrap();
        assert_eq!(key, "/a.ts?_HLS_msn=1");
        assert_eq!(fetch.path_and_query, "/a.ts?_HLS_msn=1&Policy=abc");
        assert_eq!(read("/a.ts?Policy=abc", "edge").unwrap().2.path_and_query, "/a.ts?Policy=abc");
    }

    #[test]
    fn a_relay_path_leads_to_its_host_and_shares_that_hosts_key() {
        assert_eq!(key("/kVOD/vod.example/a.ts"), (1, "/a.ts".into()));
        assert_eq!(read("/a.ts", "V.example").unwrap().0, 1);
        let (origin, key, fetch) = read("/kVOD/hub.example/kVOD/vod.example/a.ts", "edge").unwrap();
        assert_eq!((origin, key.as_str()), (1, "/a.ts"));
        assert_eq!(fetch, Fetch { origin: OriginId(2), path_and_query: "/kVOD/vod.example/a.ts".into() });
    }

    #[test]
    fn a_host_that_is_not_allowed_is_refused_wherever_it_stands() {
        for uri in [
            "/kVOD/evil.example/a",
            "/kVOD/hub.example/kVOD/evil.example/a",
            "/kVOD/cdn.example/a",
            "/x/../kVOD/127.0.0.1/a",
        ] {
            assert_eq!(read(uri, "edge"), Err(Refusal::HostNotAllowed), "{uri}");
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for uri in ["/%zz", "/../a", "/a%00"] {
            assert!(matches!(read(uri, "edge"), Err(Refusal::Malformed(_))), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn what_no_rule_names_is_in_no_key_and_no_fill(
            strangers in prop::collection::vec(("[a-z]{1,8}", "[A-Za-z0-9%._-]{0,8}"), 0..6),
            msn in prop::option::of(0u32..1000),
        ) {
            let mut pairs: Vec<_> = strangers.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let expected = msn.map_or("/a.ts".to_owned(), |msn| format!("/a.ts?_HLS_msn={msn}"));
            pairs.extend(msn.map(|msn| format!("_HLS_msn={msn}")));
            // Wherever the one that counts stands.
            for _ in 0..=pairs.len() {
                let (_, key, fetch) = read(&format!("/a.ts?{}", pairs.join("&")), "edge").unwrap();
                prop_assert_eq!(&key, &expected);
                prop_assert_eq!(&fetch.path_and_query, &expected);
                let last = pairs.pop();
                pairs.splice(0..0, last);
            }
        }
    }
}
