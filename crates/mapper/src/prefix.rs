//! Longest-prefix matching, for both families and any number of plans in one place. The only file that knows how
//! prefixes are stored.
//!
//! A map may hold a handful of large plans or a hundred thousand small ones. A trie costs 4.7 KB before its first prefix, and
//! waits for memory at each of its levels. So all plans stand one after the other in a sorted array (`flat`), which was
//! measured to be faster than a trie, and about as fast in plans of a quarter of a million, in about as much memory
//! (`benches/README.md`).

mod flat;

use std::net::IpAddr;

use ipnet::IpNet;

use flat::{Entry, Flat, Span, Wide};

/// The plans of one map.
#[derive(Default)]
pub(crate) struct Prefixes {
    v4: Flat<u32>,
    v6: Flat<Wide>,
}

/// One plan among [`Prefixes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    v4: Span,
    v6: Span,
}

/// A prefix that holds an address, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) network: IpNet,
    pub(crate) value: u32,
}

/// What is wrong with the prefixes of one plan. The numbers are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The prefix of `second` is that of `first`.
    Same { first: u32, second: u32 },
    /// All addresses of the prefix belong to longer ones.
    Covered { value: u32 },
}

impl Prefixes {
    /// Adds a plan of `prefixes`, whose addresses have no bits beyond their length. Of equal ones the first is kept.
    pub(crate) fn add(
        &mut self,
        prefixes: impl Iterator<Item = (IpNet, u32)>,
        clash: &mut impl FnMut(Clash),
    ) -> Plan {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (network, value) in prefixes {
            match network {
                IpNet::V4(network) => {
                    v4.push(Entry::new(network.network().to_bits(), network.prefix_len(), value));
                }
                IpNet::V6(network) => {
                    v6.push(Entry::new(Wide::from(network.network()), network.prefix_len(), value));
                }
            }
        }
        flat::arrange(&mut v4, clash);
        flat::arrange(&mut v6, clash);
        Plan { v4: self.v4.add(&v4), v6: self.v6.add(&v6) }
    }

    /// The longest prefix of `plan` that holds `address`.
    pub(crate) fn longest(&self, plan: Plan, address: IpAddr) -> Option<Match> {
        match address {
            IpAddr::V4(address) => self.v4.longest(plan.v4, address.to_bits()).map(Entry::found),
            IpAddr::V6(address) => self.v6.longest(plan.v6, Wide::from(address)).map(Entry::found),
        }
    }

    /// All prefixes of `plan`, by family and address, shorter ones first.
    pub(crate) fn all(&self, plan: Plan) -> Vec<Match> {
        let v4 = self.v4.plan(plan.v4).iter().map(Entry::found);
        v4.chain(self.v6.plan(plan.v6).iter().map(Entry::found)).collect()
    }

    /// Gives back what was set aside for more.
    pub(crate) fn shrink(&mut self) {
        self.v4.shrink();
        self.v6.shrink();
    }
}

impl std::fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prefixes({} of IPv4, {} of IPv6)", self.v4.len(), self.v6.len())
    }
}

#[cfg(test)]
mod tests;
