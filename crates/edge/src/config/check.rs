//! What the grammar of the file cannot say: that the parts fit together.

mod map;
mod telemetry;
mod tls;

use std::collections::HashSet;
use std::fmt::Write as _;

use super::{Config, ForwardingField, OpeningProtocol, Stream};

/// A fault and the key that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyFault {
    pub(super) path: Vec<Step>,
    pub(super) message: String,
}

/// One step from the root of the file to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

/// The smallest memory with which segments of usual size can be stored.
const MIN_MEMORY_MIB: u64 = 16;

pub(super) fn faults(config: &Config) -> Vec<KeyFault> {
    let mut faults = Vec::new();
    viewers(config, &mut faults);
    tls::faults(config, &mut faults);
    proxies(config, &mut faults);
    if config.cache.memory.get() < MIN_MEMORY_MIB << 20 {
        faults.push(KeyFault::new(["cache", "memory"], format!("must be at least {MIN_MEMORY_MIB} MiB")));
    }
    if config.cache.heuristic_percent > 100 {
        faults.push(KeyFault::new(["cache", "heuristic-percent"], "must be at most 100".into()));
    }
    origins(config, &mut faults);
    map::faults(config, &mut faults);
    telemetry::faults(config, &mut faults);
    // The built-in rules are sound, and compiling them takes a good part of a start.
    if !config.media.rules.is_empty()
        && let Err(error) = config.media.compile()
    {
        faults.push(KeyFault::new(["media", "rules"], error.to_string()));
    }
    for (index, stream) in config.watch.stream.iter().enumerate() {
        if !is_local_path(stream) {
            let message = "must be a path at this edge, starting with a single `/`".into();
            faults.push(KeyFault::nested("watch", "stream", index, "url", message));
        }
    }
    faults
}

fn viewers(config: &Config, faults: &mut Vec<KeyFault>) {
    let viewers = &config.viewers;
    if viewers.listen.is_empty() {
        faults.push(KeyFault::new(["viewers", "listen"], "must name at least one address".into()));
    }
    let counts = [
        ("max-connections", viewers.max_connections == 0),
        ("max-connections-per-address", viewers.max_connections_per_address == 0),
        ("max-requests-per-second-per-address", viewers.max_requests_per_second_per_address == 0),
    ];
    for (key, _) in counts.into_iter().filter(|(_, is_zero)| *is_zero) {
        faults.push(KeyFault::new(["viewers", key], "must be at least 1".into()));
    }
    if viewers.max_head.get() < 8192 {
        faults.push(KeyFault::new(["viewers", "max-head"], "must be at least 8 KiB".into()));
    }
    if viewers.allow_origin.parse::<http::HeaderValue>().is_err() {
        faults.push(KeyFault::new(["viewers", "allow-origin"], "is not the value of a header field".into()));
    }
}

fn proxies(config: &Config, faults: &mut Vec<KeyFault>) {
    let proxies = &config.proxies;
    for (index, network) in proxies.trusted.iter().enumerate().filter(|(_, network)| network.is_everything())
    {
        let path = vec![Step::Key("proxies"), Step::Key("trusted"), Step::Index(index)];
        let message = format!("`{network}` is everybody; write the addresses of the proxies alone");
        faults.push(KeyFault { path, message });
    }
    let words = [
        ("header", proxies.header != ForwardingField::None),
        ("protocol", proxies.protocol != OpeningProtocol::None),
        ("internal-address", proxies.internal_address.is_some()),
    ];
    let in_vain = |(_, is_set): &(_, bool)| *is_set && proxies.trusted.is_empty();
    for (key, _) in words.into_iter().filter(in_vain) {
        let message = "nobody's word is taken: `trusted` names no proxy".into();
        faults.push(KeyFault::new(["proxies", key], message));
    }
}

fn origins(config: &Config, faults: &mut Vec<KeyFault>) {
    if config.origin.is_empty() {
        faults.push(KeyFault::new([], "names no origin: add `[[origin]]` with its `url`".into()));
    }
    if config.origin.len() > usize::from(u16::MAX) {
        faults.push(KeyFault::new(["origin"], "names too many origins".into()));
    }
    let (mut names, mut relayed, mut hosts) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (index, origin) in config.origin.iter().enumerate() {
        let mut fault = |key, message| {
            faults.push(KeyFault {
                path: vec![Step::Key("origin"), Step::Index(index), Step::Key(key)],
                message,
            });
        };
        if origin.name.is_empty()
            || !origin.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        {
            fault("name", "must consist of letters, digits, `-`, `_` and `.`".into());
        }
        if !names.insert(&origin.name) {
            fault("name", format!("`{}` is the name of two origins; give each its own", origin.name));
        }
        for host in &origin.relay_hosts {
            if !relayed.insert(host) {
                fault("relay-hosts", format!("`{host}` leads to two origins"));
            }
        }
        for host in &origin.hosts {
            if !hosts.insert(host) {
                fault("hosts", format!("`{host}` leads to two origins"));
            }
        }
        for name in origin.query.iter().filter(|name| media::query::is_credential(name)) {
            fault(
                "query",
                format!(
                    "`{name}` tells about the viewer and must not be in the cache key; `credentials` sends it with fills alone"
                ),
            );
        }
        match (&origin.certificate_file, &origin.key_file) {
            (Some(_), Some(_)) if !origin.url.is_https() => {
                fault("certificate-file", "means nothing without https".into());
            }
            (Some(_), None) => fault("certificate-file", "needs key-file: the key of the certificate".into()),
            (None, Some(_)) => fault("key-file", "means nothing without certificate-file".into()),
            _ => {}
        }
        if origin.max_requests == 0 {
            fault("max-requests", "must be at least 1".into());
        }
    }
}

fn is_local_path(stream: &Stream) -> bool {
    stream.url.starts_with('/') && !stream.url.starts_with("//") && !stream.url.starts_with("/\\")
}

impl KeyFault {
    fn new<const N: usize>(path: [&'static str; N], message: String) -> Self {
        Self { path: path.into_iter().map(Step::Key).collect(), message }
    }

    fn nested(
        section: &'static str,
        list: &'static str,
        index: usize,
        key: &'static str,
        message: String,
    ) -> Self {
        Self { path: vec![Step::Key(section), Step::Key(list), Step::Index(index), Step::Key(key)], message }
    }

    /// The key as people write it: `origin[1].name`.
    pub(super) fn key(&self) -> String {
        let mut key = String::new();
        for step in &self.path {
            match step {
                Step::Key(name) if key.is_empty() => key.push_str(name),
                Step::Key(name) => {
                    key.push('.');
                    key.push_str(name);
                }
                Step::Index(index) => {
                    // Writing to a string cannot fail.
                    let _infallible = write!(key, "[{index}]");
                }
            }
        }
        if key.is_empty() { "configuration".into() } else { key }
    }
}
