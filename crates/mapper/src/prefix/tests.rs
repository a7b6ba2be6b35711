use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Prefixes in a small space, so that they nest, touch and repeat.
fn prefixes() -> impl Strategy<Value = Vec<IpNet>> {
    let v4 = (0..=32u8, any::<u16>()).prop_map(|(length, bits)| {
        let address = Ipv4Addr::from_bits(u32::from(bits).reverse_bits() | u32::from(bits & 7));
        IpNet::V4(Ipv4Net::new_assert(address, length).trunc())
    });
    let v6 = (0..=128u8, any::<u16>()).prop_map(|(length, bits)| {
        let address = Ipv6Addr::from_bits(u128::from(bits).reverse_bits() | u128::from(bits & 7) << 60);
        IpNet::V6(Ipv6Net::new_assert(address, length).trunc())
    });
    vec(prop_oneof![v4, v6], 0..40)
}

/// Each prefix, looked at one by one.
fn naive(prefixes: &[IpNet], address: IpAddr) -> Option<Match> {
    let holding = prefixes.iter().enumerate().filter(|(_, network)| network.contains(&address));
    // The first of equal ones.
    let best = holding.rev().max_by_key(|(_, network)| network.prefix_len())?;
    Some(Match { network: *best.1, value: u32::try_from(best.0).unwrap() })
}

fn build(prefixes: &[IpNet]) -> (Prefixes, Plan, Vec<Clash>) {
    let (mut all, mut clashes) = (Prefixes::default(), Vec::new());
    // Other plans stand before and behind.
    all.add([("10.0.0.0/8".parse().unwrap(), 1), ("::/0".parse().unwrap(), 2)].into_iter(), &mut |_| {});
    let plan = all.add(prefixes.iter().copied().zip(0..), &mut |clash| clashes.push(clash));
    all.add([("0.0.0.0/0".parse().unwrap(), 3)].into_iter(), &mut |_| {});
    (all, plan, clashes)
}

/// Addresses at which something may change: the first and the last of each prefix, and those beside.
fn edges(prefixes: &[IpNet]) -> Vec<IpAddr> {
    let mut addresses =
        vec![IpAddr::from([0, 0, 0, 0]), "::".parse().unwrap(), "ffff::ffff".parse().unwrap()];
    for network in prefixes {
        addresses.extend([network.network(), network.broadcast()]);
        match (network.network(), network.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                addresses.push(Ipv4Addr::from_bits(first.to_bits().wrapping_sub(1)).into());
                addresses.push(Ipv4Addr::from_bits(last.to_bits().wrapping_add(1)).into());
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                addresses.push(Ipv6Addr::from_bits(first.to_bits().wrapping_sub(1)).into());
                addresses.push(Ipv6Addr::from_bits(last.to_bits().wrapping_add(1)).into());
            }
            _ => unreachable!("of one family"),
        }
    }
    addresses
}

proptest! {
    #[test]
    fn the_longest_prefix_is_what_a_linear_scan_finds(prefixes in prefixes()) {
        let (all, plan, _) = build(&prefixes);
        for address in edges(&prefixes) {
            prop_assert_eq!(all.longest(plan, address), naive(&prefixes, address), "{}", address);
        }
    }

    #[test]
    fn a_prefix_is_covered_when_no_address_at_an_edge_is_its_own(prefixes in prefixes()) {
        let (_, _, clashes) = build(&prefixes);
        let addresses = edges(&prefixes);
        for (value, network) in prefixes.iter().enumerate() {
            if prefixes[..value].contains(network) {
                continue;
            }
            // What is free of longer prefixes begins where the prefix does, or behind one of them.
            let own = addresses.iter().any(|address| {
                naive(&prefixes, *address).is_some_and(|found| found.value as usize == value)
            });
            let covered = clashes.contains(&Clash::Covered { value: u32::try_from(value).unwrap() });
            prop_assert_eq!(covered, !own, "{}", network);
        }
    }

    #[test]
    fn what_is_said_twice_is_told(prefixes in prefixes()) {
        let (_, _, clashes) = build(&prefixes);
        let same = clashes.iter().filter(|clash| matches!(clash, Clash::Same { .. })).count();
        let distinct: std::collections::HashSet<_> = prefixes.iter().collect();
        prop_assert_eq!(same, prefixes.len() - distinct.len());
        for clash in clashes {
            if let Clash::Same { first, second } = clash {
                prop_assert!(first < second && prefixes[first as usize] == prefixes[second as usize]);
            }
        }
    }
}

#[test]
fn large_plans_answer_alike() {
    let mut numbers = 0x9e37_79b9_u32;
    let mut next = move || {
        numbers ^= numbers << 13;
        numbers ^= numbers >> 17;
        numbers ^= numbers << 5;
        numbers
    };
    let count = u32::try_from(flat::GUIDED_FROM).unwrap() + 10;
    let mut prefixes: Vec<IpNet> = Vec::new();
    // Two of each beginning, so that some hold others.
    for number in (0..count).flat_map(|number| [number, number]) {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::from_bits(number << 16), 16 + (next() % 17) as u8);
        prefixes.push(IpNet::V4(v4.trunc()));
        let v6 = Ipv6Net::new_assert(Ipv6Addr::from_bits(u128::from(number) << 90), 38 + (next() % 80) as u8);
        prefixes.push(IpNet::V6(v6.trunc()));
    }
    prefixes.sort();
    prefixes.dedup();
    let (all, plan, _) = build(&prefixes);
    let (mut found, mut none) = (0, 0);
    for _ in 0..1000 {
        let picked = prefixes[next() as usize % prefixes.len()];
        let address = match picked.network() {
            IpAddr::V4(first) => IpAddr::from(Ipv4Addr::from_bits(first.to_bits() ^ next() >> 14)),
            IpAddr::V6(first) => {
                IpAddr::from(Ipv6Addr::from_bits(first.to_bits() ^ u128::from(next()) << 60))
            }
        };
        let expected = naive(&prefixes, address);
        assert_eq!(all.longest(plan, address), expected, "{address}");
        *(if expected.is_some() { &mut found } else { &mut none }) += 1;
    }
    assert!(found > 100 && none > 10, "{found} {none}");
    let listed: Vec<IpNet> = all.all(plan).iter().map(|found| found.network).collect();
    assert_eq!(listed, prefixes);
}

#[test]
fn an_empty_plan_holds_nothing() {
    let (all, plan, clashes) = build(&[]);
    assert_eq!(all.longest(plan, [10, 0, 0, 1].into()), None);
    assert_eq!(all.longest(plan, "::1".parse().unwrap()), None);
    assert!(clashes.is_empty() && all.all(plan).is_empty());
    assert_eq!(all.longest(Plan::default(), [10, 0, 0, 1].into()), None);
}

#[test]
fn both_halves_cover_the_whole() {
    let parse = |text: &[&str]| text.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpNet>>();
    let (_, _, clashes) = build(&parse(&["10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25"]));
    assert_eq!(clashes, [Clash::Covered { value: 0 }]);
    let (_, _, clashes) = build(&parse(&["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "8000::/1"]));
    assert_eq!(clashes, [Clash::Covered { value: 0 }]);
    let (_, _, clashes) = build(&parse(&["10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/27"]));
    assert!(clashes.is_empty());
}
