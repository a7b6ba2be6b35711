//! The configured origins, by every name that leads to them.

mod ids;

use std::collections::HashMap;

use segment_cache::OriginId;

use crate::config;
use crate::target::Fetch;
pub(crate) use ids::{OriginIds, OutOfOriginIds};

/// Which origin a request or a URL in a manifest means.
#[derive(Debug)]
pub(crate) struct Origins {
    list: Vec<(OriginId, config::Origin)>,
    /// Where each number stands in the list.
    places: HashMap<OriginId, usize>,
    /// The one that serves every request that names no other.
    first: OriginId,
    by_host: HashMap<String, OriginId>,
    by_relay_host: HashMap<String, OriginId>,
    by_url_host: HashMap<String, OriginId>,
    relay_app: String,
}

impl Origins {
    /// The origins of a checked configuration, which get their numbers from `ids`.
    ///
    /// # Errors
    /// There are no more numbers.
    pub(crate) fn new(config: &config::Config, ids: &mut OriginIds) -> Result<Self, OutOfOriginIds> {
        let list: Vec<_> = ids.give(&config.origin)?.into_iter().zip(config.origin.clone()).collect();
        let mut origins = Self {
            places: list.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect(),
            first: list.first().map_or(OriginId(0), |(id, _)| *id),
            list,
            by_host: HashMap::new(),
            by_relay_host: HashMap::new(),
            by_url_host: HashMap::new(),
            relay_app: config.relay.apps.first().cloned().unwrap_or_default(),
        };
        for (id, origin) in &origins.list {
            let note = |map: &mut HashMap<String, OriginId>, name: &config::Authority| {
                map.entry(name.as_str().to_owned()).or_insert(*id);
            };
            origin.hosts.iter().for_each(|host| note(&mut origins.by_host, host));
            origin.relay_hosts.iter().for_each(|host| note(&mut origins.by_relay_host, host));
            let urls = [origin.url.authority()].into_iter().chain(&origin.aliases).chain(&origin.relay_hosts);
            urls.for_each(|host| note(&mut origins.by_url_host, host));
        }
        Ok(origins)
    }

    /// Every origin, in the order of the configuration.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (OriginId, &config::Origin)> {
        self.list.iter().map(|(id, origin)| (*id, origin))
    }

    /// One origin, unless it is not configured any more.
    pub(crate) fn by_id(&self, id: OriginId) -> Option<&config::Origin> {
        self.list.get(*self.places.get(&id)?).map(|(_, origin)| origin)
    }

    /// The origin that viewers mean who ask for `host`; the first one for unknown names.
    pub(crate) fn for_host(&self, host: &str) -> OriginId {
        if self.by_host.is_empty() {
            return self.first;
        }
        find(&self.by_host, host).unwrap_or(self.first)
    }

    /// The origin that a relay path may mean by `host`; `None` when it may not name it.
    pub(crate) fn for_relay(&self, host: &str) -> Option<OriginId> {
        find(&self.by_relay_host, host)
    }

    /// What a redirect to `location` by the answer to `from` means, when it leads to an allowed host: one that
    /// an origin is configured for. A fragment is for whoever asked first and goes nowhere.
    pub(crate) fn redirected(&self, location: &str, from: &Fetch) -> Option<Fetch> {
        if let Some(parts) = media::uri::Absolute::split(location) {
            let origin = find(&self.by_url_host, parts.authority)?;
            let rest = parts.without_fragment();
            let slash = if rest.starts_with('/') { "" } else { "/" };
            return Some(Fetch { origin, path_and_query: format!("{slash}{rest}") });
        }
        // RFC 3986 section 5.2: another scheme is no place of ours, a relative reference is resolved.
        let reference = location.split('#').next().unwrap_or_default();
        let (path, query) =
            reference.split_once('?').map_or((reference, None), |(path, query)| (path, Some(query)));
        if path.split('/').next().is_some_and(|first| first.contains(':')) || path.starts_with("//") {
            return None;
        }
        let base = from.path_and_query.split('?').next().unwrap_or_default();
        let joined = match path {
            "" => base.to_owned(),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("{}{path}", &base[..base.rfind('/').map_or(0, |slash| slash + 1)]),
        };
        let mut path_and_query = media::path::canonical(&joined).ok()?.into_owned();
        path_and_query.extend(query.iter().flat_map(|query| ["?", query]));
        Some(Fetch { origin: from.origin, path_and_query })
    }

    /// Where viewers of this edge find what the absolute `uri` in a manifest from the origin `base` names;
    /// `None` for hosts that are no origin, or that have no path here.
    ///
    /// A relay path is right whatever `Host` the viewer used, so it is preferred where it is needed. A
    /// bare path is right when every bare path leads to that origin, or when the manifest itself can only
    /// have been asked for by one.
    pub(crate) fn at_edge(&self, uri: &str, base: OriginId) -> Option<String> {
        let parts = media::uri::Absolute::split(uri)?;
        let id = find(&self.by_url_host, parts.authority)?;
        let path = parts.path_and_query;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let always_bare = id == self.first && self.by_host.is_empty();
        if !always_bare && let Some(path) = self.by_relay(id, &path) {
            return Some(path);
        }
        (always_bare || id == base).then_some(path)
    }

    /// The origin that an absolute URL with this authority means in a manifest from `base`, where [`Self::at_edge`]
    /// has a path for it.
    pub(crate) fn here(&self, authority: &str, base: OriginId) -> Option<OriginId> {
        let id = find(&self.by_url_host, authority)?;
        self.at_edge(&format!("//{authority}/"), base).map(|_| id)
    }

    /// The relay path that leads to `path` at an origin, by whatever name an edge is asked; `None` when there is none.
    pub(crate) fn by_relay(&self, id: OriginId, path: &str) -> Option<String> {
        let host = self.by_id(id)?.relay_hosts.first().filter(|_| !self.relay_app.is_empty())?;
        Some(format!("/{}/{host}{path}", self.relay_app))
    }
}

fn find(map: &HashMap<String, OriginId>, host: &str) -> Option<OriginId> {
    if let Some(id) = map.get(host) {
        return Some(*id);
    }
    let lower = host.to_ascii_lowercase();
    let without_default_port =
        lower.strip_suffix(":443").or_else(|| lower.strip_suffix(":80")).unwrap_or(&lower);
    map.get(&lower).or_else(|| map.get(without_default_port)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn origins(text: &str) -> Origins {
        Origins::new(&Config::parse("test", text).unwrap(), &mut OriginIds::default()).unwrap()
    }

    const TWO: &str = "[[origin]]\nname = \"a\"\nurl = \"https://a.example\"\naliases = [\"a2.example\"]\n\
                       [[origin]]\nname = \"b\"\nurl = \"http://b.example:8080\"\nrelay-hosts = [\"b.example\"]\n";

    #[test]
    fn hosts_lead_to_their_origin_in_any_case_and_with_the_default_port() {
        let named = origins(&format!("{TWO}hosts = [\"video.office.example\"]\n"));
        assert_eq!(named.for_host("VIDEO.office.example:443"), OriginId(1));
        assert_eq!(named.for_host("elsewhere.example"), OriginId(0));
        assert_eq!(named.for_relay("B.example"), Some(OriginId(1)));
        assert_eq!(named.for_relay("a.example"), None);
    }

    #[test]
    fn absolute_urls_of_known_origins_stay_on_the_edge() {
        let origins = origins(TWO);
        let (a, b) = (OriginId(0), OriginId(1));
        assert_eq!(origins.at_edge("https://a2.example/x.ts?q=1", a).as_deref(), Some("/x.ts?q=1"));
        assert_eq!(origins.at_edge("http://b.example:8080/x", a).as_deref(), Some("/kVOD/b.example/x"));
        assert_eq!(origins.at_edge("//b.example/x", b).as_deref(), Some("/kVOD/b.example/x"));
        assert_eq!(origins.at_edge("https://elsewhere.example/x", a), None);
        assert_eq!(origins.at_edge("x.ts", a), None);
    }

    #[test]
    fn a_redirect_is_followed_to_configured_hosts_alone() {
        let origins = origins(TWO);
        let from = Fetch { origin: OriginId(0), path_and_query: "/vod/a/seg.ts?token=1".into() };
        for (location, expected) in [
            ("https://b.example:8080/x?y=1#z", Some((1, "/x?y=1"))),
            ("//a2.example", Some((0, "/"))),
            ("/y/../z", Some((0, "/z"))),
            ("other.ts?t=2#f", Some((0, "/vod/a/other.ts?t=2"))),
            ("../b/", Some((0, "/vod/b/"))),
            ("?t=3", Some((0, "/vod/a/seg.ts?t=3"))),
            ("https://elsewhere.example/x", None),
            ("//elsewhere.example/x", None),
            ("https://user@a.example/x", None),
            ("ftp://a.example/x", None),
            ("file:/etc/passwd", None),
            ("/../../x", None),
        ] {
            let followed = origins.redirected(location, &from);
            let followed = followed.as_ref().map(|fetch| (fetch.origin.0, fetch.path_and_query.as_str()));
            assert_eq!(followed, expected, "{location}");
        }
    }

    #[test]
    fn a_bare_path_is_only_written_where_it_leads_back_to_its_origin() {
        let named = origins(
            "[[origin]]\nname = \"a\"\nurl = \"https://a.example\"\nhosts = [\"va.example\"]\n\
                             [[origin]]\nname = \"b\"\nurl = \"https://b.example\"\nhosts = [\"vb.example\"]\n",
        );
        let (a, b) = (OriginId(0), OriginId(1));
        assert_eq!(named.at_edge("https://b.example/x", b).as_deref(), Some("/x"));
        assert_eq!(named.at_edge("https://a.example/x", b), None);
        assert_eq!(named.at_edge("https://a.example/x", a).as_deref(), Some("/x"));
    }

    #[test]
    fn the_first_of_the_file_is_first_whatever_its_number() {
        let mut ids = OriginIds::default();
        let two = Config::parse("test", TWO).unwrap();
        let turned = Config { origin: two.origin.iter().rev().cloned().collect(), ..two.clone() };
        Origins::new(&two, &mut ids).unwrap();
        let turned = Origins::new(&turned, &mut ids).unwrap();
        assert_eq!(
            (turned.for_host("elsewhere.example"), turned.for_relay("b.example")),
            (OriginId(1), Some(OriginId(1)))
        );
        assert_eq!(turned.by_id(OriginId(0)).unwrap().name, "a");
        assert_eq!(turned.at_edge("http://b.example:8080/x", OriginId(0)).as_deref(), Some("/x"));
        assert!(turned.by_id(OriginId(2)).is_none());
    }
}
