//! Who is served here at all: asked before anything is looked up.
//!
//! An edge that listens beyond loopback and was told nothing serves nobody but loopback: an office's cache is not for
//! whoever happens to reach it.

use crate::asker::{Asker, Peer};
use crate::config::{self, Network};
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
    pub(crate) fn new(config: &config::Admission) -> Self {
        match config {
            config::Admission { open: true, .. } => Self::Open,
            config if config.has_rule() => {
                Self::Listed { own_site: config.own_site, networks: config.networks.clone() }
            }
            _ => Self::Loopback,
        }
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

    fn admits(config: &config::Admission, peer: &str, asker: Option<&str>) -> bool {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let asker = Asker { address: asker.map(|asker| ip(asker).into()), internal: None };
        Admission::new(config).admits(Peer::socket(ip(peer)), asker, None)
    }

    #[test]
    fn without_a_rule_there_is_loopback_alone() {
        let none = config::Admission::default();
        assert!(admits(&none, "127.0.0.1", Some("127.0.0.1")) && admits(&none, "::ffff:127.0.0.1", None));
        assert!(admits(&none, "::1", Some("192.0.2.1")));
        assert!(!admits(&none, "10.0.0.1", Some("10.0.0.1")));
        let open = config::Admission { open: true, ..none };
        assert!(admits(&open, "10.0.0.1", None));
    }

    #[test]
    fn networks_hold_for_who_asks_and_not_for_the_proxy() {
        let office =
            config::Admission { networks: vec!["10.0.0.0/8".parse().unwrap()], ..Default::default() };
        assert!(
            admits(&office, "127.0.0.1", Some("10.1.2.3")) && admits(&office, "10.0.0.1", Some("10.0.0.1"))
        );
        assert!(!admits(&office, "10.0.0.1", Some("192.0.2.1")));
        assert!(!admits(&office, "10.0.0.1", None));
        // Where a rule stands, loopback has no right of its own.
        assert!(!admits(&office, "127.0.0.1", Some("127.0.0.1")));
        let own_site = config::Admission { own_site: true, ..Default::default() };
        assert!(!admits(&own_site, "127.0.0.1", Some("127.0.0.1")), "without a map nobody is of this site");
    }
}
