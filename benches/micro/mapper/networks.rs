//! Networks as organisations lay them out: nested, in both families, and none that longer ones cover.
//!
//! A *group* has blocks, a *block* has units, some units have a network within. The last block of a group and the
//! last unit of a block stay free, so that no prefix is covered by longer ones, which a map would refuse.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::random::Random;

/// How close networks lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Density {
    /// Most units of a block are in use.
    Dense,
    /// One unit of a block is in use.
    Sparse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

/// Where the groups of one kind of network begin, so that plans are unlike each other.
#[derive(Clone, Copy)]
pub(crate) struct Start(pub(crate) u32);

/// Beyond what organisations use inside: 193.0.0.0 and on.
pub(crate) const OUTSIDE: Start = Start((193 - 10) * 256);

/// Lengths of prefixes.
struct Levels {
    group: u8,
    block: u8,
    unit: u8,
    within: u8,
}

impl Family {
    fn levels(self) -> Levels {
        match self {
            Self::V4 => Levels { group: 16, block: 20, unit: 24, within: 27 },
            Self::V6 => Levels { group: 40, block: 48, unit: 56, within: 64 },
        }
    }

    /// The group of that number, its bits leftmost.
    fn group(self, number: u32) -> u128 {
        match self {
            // From 10.0.0.0 to 223.255.0.0, and on from 1.0.0.0.
            Self::V4 => {
                let first = (number / 256 + 9) % 223 + 1;
                u128::from((first << 8) | (number % 256)) << 112
            }
            Self::V6 => u128::from(0x2001_0db8 + number / 256) << 96 | u128::from(number % 256) << 88,
        }
    }

    fn network(self, bits: u128, length: u8) -> IpNet {
        match self {
            Self::V4 => {
                let bits = u32::try_from(bits >> 96).expect("32 bits are left");
                IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_bits(bits), length))
            }
            Self::V6 => IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), length)),
        }
    }
}

/// Three quarters of IPv4, in no order.
pub(crate) fn both(count: usize, start: Start, random: &mut Random) -> Vec<IpNet> {
    let v6 = count / 4;
    let mut networks = of_family(count - v6, Family::V4, Density::Dense, start, random);
    networks.extend(of_family(v6, Family::V6, Density::Dense, start, random));
    random.shuffle(&mut networks);
    networks
}

/// In the order of addresses, but for groups that come again from the beginning.
pub(crate) fn of_family(
    count: usize,
    family: Family,
    density: Density,
    start: Start,
    random: &mut Random,
) -> Vec<IpNet> {
    let levels = family.levels();
    let at = |bits: u128, number: usize, length: u8| bits | (number as u128) << (128 - u32::from(length));
    let blocks = (1 << (levels.block - levels.group)) - 1;
    let units = (1 << (levels.unit - levels.block)) - 1;
    let mut networks = Vec::with_capacity(count + 4);
    for number in start.0.. {
        let group = family.group(number);
        if random.one_in(2) {
            networks.push(family.network(group, levels.group));
        }
        for block in 0..blocks {
            let block = at(group, block, levels.block);
            if random.one_in(2) {
                networks.push(family.network(block, levels.block));
            }
            let first = random.below(units);
            let used = if density == Density::Dense { 14.min(units) } else { 1 };
            for unit in 0..used {
                let unit = at(block, (first + unit) % units, levels.unit);
                networks.push(family.network(unit, levels.unit));
                if random.one_in(4) {
                    let place = random.below(1 << (levels.within - levels.unit));
                    networks.push(family.network(at(unit, place, levels.within), levels.within));
                }
            }
            if networks.len() >= count {
                networks.truncate(count);
                return networks;
            }
        }
    }
    networks
}
