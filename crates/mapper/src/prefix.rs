//! Longest-prefix matching, for both families and any number of plans in one place. The only file that knows how
//! prefixes are stored.
//!
//! A map may hold a handful of large plans or a hundred thousand small ones. A trie costs 4.7 KB before its first prefix, so plans
//! of up to [`FLAT_MOST`] prefixes of a family stand in one sorted array for all plans (`flat`), where a binary
//! search is faster as well; larger ones are an `ip_network_table`. Which limit is best was measured
//! (`benches/README.md`).

mod flat;

use std::net::IpAddr;

use ip_network::{IpNetwork, Ipv4Network, Ipv6Network};
use ip_network_table::IpNetworkTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use flat::{Bits, Entry, Wide};

/// Plans with more prefixes of one family are tries.
const FLAT_MOST: usize = 4096;

/// The plans of one map.
#[derive(Default)]
pub(crate) struct Prefixes {
    v4: Vec<Entry<u32>>,
    v6: Vec<Entry<Wide>>,
    tries: Vec<IpNetworkTable<u32>>,
}

/// One plan among [`Prefixes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    v4: Span,
    v6: Span,
}

/// Where the prefixes of one family are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    /// How many, or [`TRIE`].
    length: u32,
}

/// The span is the trie of that number.
const TRIE: u32 = u32::MAX;

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
        Plan { v4: keep(&mut self.v4, &mut self.tries, v4), v6: keep(&mut self.v6, &mut self.tries, v6) }
    }

    /// The longest prefix of `plan` that holds `address`.
    pub(crate) fn longest(&self, plan: Plan, address: IpAddr) -> Option<Match> {
        match address {
            IpAddr::V4(address) => match plan.v4 {
                Span { start, length: TRIE } => {
                    let (network, value) = self.tries[start as usize].longest_match_ipv4(address)?;
                    Some(Match { network: v4(network), value: *value })
                }
                span => flat::longest(slice(&self.v4, span), address.to_bits()).map(Entry::found),
            },
            IpAddr::V6(address) => match plan.v6 {
                Span { start, length: TRIE } => {
                    let (network, value) = self.tries[start as usize].longest_match_ipv6(address)?;
                    Some(Match { network: v6(network), value: *value })
                }
                span => flat::longest(slice(&self.v6, span), Wide::from(address)).map(Entry::found),
            },
        }
    }

    /// All prefixes of `plan`, by family and address, shorter ones first.
    pub(crate) fn all(&self, plan: Plan) -> Vec<Match> {
        let mut all = Vec::new();
        match plan.v4 {
            Span { start, length: TRIE } => {
                let trie = &self.tries[start as usize];
                all.extend(
                    trie.iter_ipv4().map(|(network, value)| Match { network: v4(network), value: *value }),
                );
            }
            span => all.extend(slice(&self.v4, span).iter().map(Entry::found)),
        }
        match plan.v6 {
            Span { start, length: TRIE } => {
                let trie = &self.tries[start as usize];
                all.extend(
                    trie.iter_ipv6().map(|(network, value)| Match { network: v6(network), value: *value }),
                );
            }
            span => all.extend(slice(&self.v6, span).iter().map(Entry::found)),
        }
        all.sort_by_key(|found| {
            (found.network.addr().is_ipv6(), found.network.network(), found.network.prefix_len())
        });
        all
    }

    /// Gives back what was set aside for more.
    pub(crate) fn shrink(&mut self) {
        self.v4.shrink_to_fit();
        self.v6.shrink_to_fit();
        self.tries.shrink_to_fit();
    }
}

impl std::fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { v4, v6, tries } = self;
        write!(f, "Prefixes({} of IPv4, {} of IPv6, {} tries)", v4.len(), v6.len(), tries.len())
    }
}

/// Puts the entries of one family where they are looked up.
fn keep<B: Bits>(
    flat: &mut Vec<Entry<B>>,
    tries: &mut Vec<IpNetworkTable<u32>>,
    entries: Vec<Entry<B>>,
) -> Span {
    if entries.len() <= FLAT_MOST {
        let span = Span { start: index(flat.len()), length: index(entries.len()) };
        flat.extend(entries);
        return span;
    }
    let mut trie = IpNetworkTable::new();
    for entry in entries {
        if let Some(network) = of_trie(entry.found().network) {
            trie.insert(network, entry.value);
        }
    }
    tries.push(trie);
    Span { start: index(tries.len() - 1), length: TRIE }
}

/// A map holds at most [`MOST_NETWORKS`](crate::description::MOST_NETWORKS) of anything.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(TRIE - 1)
}

fn slice<B>(entries: &[Entry<B>], span: Span) -> &[Entry<B>] {
    &entries[span.start as usize..][..span.length as usize]
}

/// As the trie names it; `None` never, for no bits stand beyond the length.
fn of_trie(network: IpNet) -> Option<IpNetwork> {
    IpNetwork::new(network.network(), network.prefix_len()).ok()
}

fn v4(network: Ipv4Network) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(network.network_address(), network.netmask()))
}

fn v6(network: Ipv6Network) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(network.network_address(), network.netmask()))
}

#[cfg(test)]
mod tests;
