//! Which networks are of the public internet: those that no special-purpose registry names (RFC 6890 and what was added to
//! the registries since).

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

const SPECIAL_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Within the global unicast addresses.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

const GLOBAL_UNICAST: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Whether every address of the network is public.
pub(super) fn is_public(network: IpNet) -> bool {
    match network {
        IpNet::V4(network) => !SPECIAL_V4.iter().any(|(address, length)| {
            Ipv4Net::new(*address, *length).is_ok_and(|special| overlap(special.into(), network.into()))
        }),
        IpNet::V6(network) => {
            let (address, length) = GLOBAL_UNICAST;
            Ipv6Net::new(address, length).is_ok_and(|global| global.contains(&network))
                && !SPECIAL_V6.iter().any(|(address, length)| {
                    Ipv6Net::new(*address, *length)
                        .is_ok_and(|special| overlap(special.into(), network.into()))
                })
        }
    }
}

fn overlap(one: IpNet, other: IpNet) -> bool {
    one.contains(&other) || other.contains(&one)
}

#[test]
fn special_networks_are_not_public() {
    let is = |text: &str| is_public(text.parse().unwrap());
    for public in ["5.1.2.0/24", "192.0.3.0/24", "2a00::/16", "2001:200::/23", "100.128.0.0/10"] {
        assert!(is(public), "{public}");
    }
    for special in [
        "10.1.0.0/16",
        "0.0.0.0/0",
        "203.0.113.7/32",
        "fd00::/8",
        "2001:db8:1::/48",
        "::/0",
        "2000::/3",
        "64:ff9b::/96",
    ] {
        assert!(!is(special), "{special}");
    }
}
