//! Who is served here at all: asked before anything is looked up.
//!
//! An edge that was told nothing serves everybody who reaches it as long as it listens on loopback alone, and nobody but
//! this machine when it listens wider: an office's cache is not for whoever happens to reach it.

use crate::asker::{Asker, Peer};
use crate::config::{Config, Network};
use crate::offices::Offices;

/// The rule of one configuration.
#[derive(Clone, Debug)]
pub(crate) enum Admission {
    /// Everybody.
    Open,
    /// Whoever is on this machine.
    Loopback,
    /// Whoever a rule names.
    Listed {
        /// Those of the edge's own site.
        own_site: bool,
        /// Those in these networks.
        networks: Vec<Network>,
    },
}

impl Admission {
    /// As the configuration says.
    pub(crate) fn new(config: &Config) -> Self {
        let admission = &config.admission;
        if admission.has_rule() {
            return Self::Listed { own_site: admission.own_site, networks: admission.networks.clone() };
        }
        let is_open = admission.open || config.viewers.listen.iter().all(|listen| listen.ip().is_loopback());
        if is_open { Self::Open } else { Self::Loopback }
    }

    /// Whether `asker` is served, whose connection is that of `peer`. Who is not known is served by no rule.
    pub(crate) fn admits(&self, peer: Peer, asker: Asker, offices: Option<&Offices>) -> bool {
        match self {
            Self::Open => true,
            Self::Loopback => peer.address().is_some_and(|address| address.ip().is_loopback()),
            Self::Listed { own_site, networks } => {
                let Some(address) = asker.address else {
                    return false;
                };
                networks.iter().any(|network| network.contains(address.ip()))
                    || *own_site && offices.is_some_and(|offices| offices.serves(asker))
            }
        }
    }

    /// Whether the same holds for all requests of a connection, whatever its requests say: nobody has to be asked again.
    pub(crate) fn looks_at_requests(&self) -> bool {
        matches!(self, Self::Listed { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::config;

    fn admits(admission: &config::Admission, listen: &str, peer: &str, asker: Option<&str>) -> bool {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let asker = Asker { address: asker.map(|asker| ip(asker).into()), internal: None };
        let mut config = Config { admission: admission.clone(), ..Config::default() };
        config.viewers.listen.push(listen.parse().unwrap());
        Admission::new(&config).admits(Peer::socket(ip(peer)), asker, None)
    }

    const WIDE: &str = "0.0.0.0:80";

    #[test]
    fn without_a_rule_there_is_loopback_alone() {
        let none = config::Admission::default();
        assert!(admits(&none, WIDE, "127.0.0.1", None) && admits(&none, WIDE, "::ffff:127.0.0.1", None));
        assert!(admits(&none, WIDE, "::1", Some("192.0.2.1")));
        assert!(!admits(&none, WIDE, "10.0.0.1", Some("10.0.0.1")));
        // Whom a proxy on this machine names.
        assert!(admits(&none, "[::1]:80", "10.0.0.1", Some("10.0.0.1")));
        let open = config::Admission { open: true, ..none };
        assert!(admits(&open, WIDE, "10.0.0.1", None));
    }

    #[test]
    fn networks_hold_for_who_asks_and_not_for_the_proxy() {
        let office =
            config::Admission { networks: vec!["10.0.0.0/8".parse().unwrap()], ..Default::default() };
        assert!(
            admits(&office, WIDE, "127.0.0.1", Some("10.1.2.3"))
                && admits(&office, WIDE, "10.0.0.1", Some("10.0.0.1"))
        );
        assert!(!admits(&office, WIDE, "10.0.0.1", Some("192.0.2.1")));
        assert!(!admits(&office, WIDE, "10.0.0.1", None));
        // Where a rule stands, loopback has no right of its own.
        assert!(!admits(&office, WIDE, "127.0.0.1", Some("127.0.0.1")));
        let own_site = config::Admission { own_site: true, ..Default::default() };
        assert!(
            !admits(&own_site, WIDE, "127.0.0.1", Some("127.0.0.1")),
            "without a map nobody is of this site"
        );
    }
}
