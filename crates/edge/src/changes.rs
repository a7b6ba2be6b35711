//! What differs between two configurations, in words.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::net::SocketAddr;

use crate::config::{Config, Origin, Viewers};

/// What a configuration changed, one entry per change, for people to read. No entry holds a secret: the file has
/// none, and of lists and rules only the name of the part stands here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<String>);

impl Changes {
    /// From `old` to `new`.
    pub(crate) fn between(old: &Config, new: &Config) -> Self {
        let mut changes = Self::default();
        changes.viewers(&old.viewers, &new.viewers);
        changes.part("tls", &old.tls, &new.tls);
        changes.part("proxies", &old.proxies, &new.proxies);
        changes.value("admin.listen", &old.admin.listen, &new.admin.listen);
        changes.part("admin.hosts", &old.admin.hosts, &new.admin.hosts);
        changes.cache(old, new);
        changes.origins(&old.origin, &new.origin);
        changes.part("relay", &old.relay, &new.relay);
        changes.part("media", &old.media, &new.media);
        changes.part("map", &old.map, &new.map);
        changes.part("admission", &old.admission, &new.admission);
        changes.part("locator", &old.locator, &new.locator);
        changes.part("redirect", &old.redirect, &new.redirect);
        changes.part("watch", &old.watch, &new.watch);
        changes.part("self-test", &old.self_test, &new.self_test);
        changes.part("telemetry", &old.telemetry, &new.telemetry);
        changes.value("log.level", &old.log.level.as_str(), &new.log.level.as_str());
        changes.part("log.format", &old.log.format, &new.log.format);
        changes.value("drain.timeout", &old.drain.timeout, &new.drain.timeout);
        changes
    }

    /// Files held other certificates than before.
    pub(crate) fn add_certificates(&mut self) {
        self.0.push("certificates".into());
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each change, in the order of the configuration's parts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn viewers(&mut self, old: &Viewers, new: &Viewers) {
        let missing = |from: &[SocketAddr], address: &&SocketAddr| !from.contains(address);
        for address in new.listen.iter().filter(|address| missing(&old.listen, address)) {
            self.0.push(format!("viewers.listen: {address} added"));
        }
        for address in old.listen.iter().filter(|address| missing(&new.listen, address)) {
            self.0.push(format!("viewers.listen: {address} removed"));
        }
        self.value("viewers.max-connections", &old.max_connections, &new.max_connections);
        self.value("viewers.allow-origin", &old.allow_origin, &new.allow_origin);
        // What is named above is left out of what is compared as a whole.
        let rest = Viewers {
            listen: old.listen.clone(),
            max_connections: old.max_connections,
            allow_origin: old.allow_origin.clone(),
            ..new.clone()
        };
        self.part("viewers", old, &rest);
    }

    fn cache(&mut self, old: &Config, new: &Config) {
        let (old, new) = (&old.cache, &new.cache);
        self.value("cache.memory", &old.memory, &new.memory);
        self.part("cache.lifetime", &old.lifetime, &new.lifetime);
        self.part("cache.stale-if-error", &old.stale_if_error, &new.stale_if_error);
        let mut rest = new.clone();
        rest.memory = old.memory;
        rest.lifetime = old.lifetime.clone();
        rest.stale_if_error = old.stale_if_error.clone();
        self.part("cache", old, &rest);
    }

    fn origins(&mut self, old: &[Origin], new: &[Origin]) {
        let before: HashMap<&str, &Origin> =
            old.iter().map(|origin| (origin.name.as_str(), origin)).collect();
        let name = |origin: &Origin| origin.name.clone();
        for origin in new {
            match before.get(origin.name.as_str()) {
                None => self.0.push(format!("origin `{}`: added", origin.name)),
                Some(old) if old.url != origin.url => {
                    self.0.push(format!("origin `{}`: {} → {}", origin.name, old.url, origin.url));
                }
                Some(old) if **old != *origin => self.0.push(format!("origin `{}`", origin.name)),
                Some(_) => {}
            }
        }
        for origin in old.iter().filter(|old| !new.iter().any(|new| new.name == old.name)) {
            self.0.push(format!("origin `{}`: removed", origin.name));
        }
        if old.first().map(name) != new.first().map(name) {
            self.0.push("the first origin".into());
        }
    }

    fn value<T: PartialEq + Display>(&mut self, key: &str, old: &T, new: &T) {
        if old != new {
            self.0.push(format!("{key}: {old} → {new}"));
        }
    }

    fn part<T: PartialEq>(&mut self, key: &str, old: &T, new: &T) {
        if old != new {
            self.0.push(key.into());
        }
    }
}

impl Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("nothing") } else { f.write_str(&self.0.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ByteSize, Period};

    fn between(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let old = Config::for_origin("http://a.example".parse().unwrap());
        let mut new = old.clone();
        change(&mut new);
        Changes::between(&old, &new).0
    }

    #[test]
    fn each_part_is_named_once() {
        assert!(between(|_| {}).is_empty());
        assert_eq!(between(|new| new.cache.memory = ByteSize::mib(64)), ["cache.memory: 1 GiB → 64 MiB"]);
        assert_eq!(
            between(|new| new.cache.lifetime.part = Period::of(std::time::Duration::ZERO)),
            ["cache.lifetime"]
        );
        assert_eq!(between(|new| new.viewers.max_streams = 1), ["viewers"]);
        assert_eq!(between(|new| new.proxies.trusted = vec!["10.0.0.1".parse().unwrap()]), ["proxies"]);
        assert_eq!(between(|new| new.cache.max_fills = 1), ["cache"]);
        assert_eq!(between(|new| new.self_test.enabled = false), ["self-test"]);
        assert_eq!(between(|new| new.telemetry.threshold = 6), ["telemetry"]);
        let moved = between(|new| new.viewers.listen = vec!["0.0.0.0:80".parse().unwrap()]);
        assert_eq!(moved, ["viewers.listen: 0.0.0.0:80 added", "viewers.listen: 127.0.0.1:8080 removed"]);
    }

    #[test]
    fn origins_are_told_by_their_names() {
        let moved = between(|new| new.origin[0].url = "http://b.example".parse().unwrap());
        assert_eq!(moved, ["origin `origin`: http://a.example → http://b.example"]);
        assert_eq!(between(|new| new.origin[0].max_waiting = 1), ["origin `origin`"]);
        let renamed = between(|new| new.origin[0].name = "x".into());
        assert_eq!(renamed, ["origin `x`: added", "origin `origin`: removed", "the first origin"]);
    }
}
