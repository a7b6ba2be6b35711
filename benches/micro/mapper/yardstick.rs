//! What the mapper is held against: longest-prefix matching with nothing around it.

use std::net::IpAddr;

use ip_network::IpNetwork;
use ip_network_table::IpNetworkTable;
use ipnet::IpNet;
use prefix_trie::joint::JointPrefixMap;

/// The networks of `ip_network_table`, in the order of addresses, which is the best for its memory.
pub(crate) fn bare(networks: &[IpNet]) -> IpNetworkTable<u32> {
    let mut sorted: Vec<(IpNet, u32)> = networks.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    let mut table = IpNetworkTable::new();
    for (network, value) in sorted {
        let network =
            IpNetwork::new(network.network(), network.prefix_len()).expect("no bits beyond the length");
        table.insert(network, value);
    }
    table
}

pub(crate) fn prefix_trie(networks: &[IpNet]) -> JointPrefixMap<IpNet, u32> {
    let mut sorted: Vec<(IpNet, u32)> = networks.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    sorted.into_iter().collect()
}

/// One after the other.
pub(crate) fn linear(networks: &[IpNet], address: IpAddr) -> Option<(IpNet, u32)> {
    let holding = networks.iter().copied().zip(0..).filter(|(network, _)| network.contains(&address));
    holding.max_by_key(|(network, _)| network.prefix_len())
}
