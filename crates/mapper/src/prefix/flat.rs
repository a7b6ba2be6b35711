//! Prefixes of one family in a sorted array.
//!
//! Sorted by address and then by length, each prefix stands behind those that hold it. The last prefix that begins at or
//! before an address either holds it, or the longest one that does is among those that hold that prefix: each entry
//! names the nearest of them. A look-up is one binary search and a few steps outwards.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Clash, Match};

/// An address of one family, as bits.
pub(super) trait Bits: Copy + Ord {
    /// How many bits there are.
    const WIDTH: u8;

    /// Whether the first `length` bits of both are the same.
    fn shares(self, other: Self, length: u8) -> bool;

    /// The last address of the prefix that begins here.
    fn last(self, length: u8) -> Self;

    /// The next address, or `None` after the last.
    fn next(self) -> Option<Self>;

    /// The prefix that begins here.
    fn network(self, length: u8) -> IpNet;
}

/// An address of IPv6, in halves: entries need no alignment of 16 bytes then.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide(u64, u64);

/// One prefix. 12 bytes for IPv4, 24 for IPv6.
#[derive(Clone, Copy)]
pub(super) struct Entry<B> {
    pub(super) bits: B,
    /// What it stands for.
    pub(super) value: u32,
    /// The nearest prefix that holds this one, among those of its plan; [`NONE`] for none.
    parent: u16,
    pub(super) length: u8,
}

const NONE: u16 = u16::MAX;

impl<B: Bits> Entry<B> {
    pub(super) fn new(bits: B, length: u8, value: u32) -> Self {
        Self { bits, value, parent: NONE, length }
    }

    pub(super) fn found(&self) -> Match {
        Match { network: self.bits.network(self.length), value: self.value }
    }

    fn holds(&self, bits: B) -> bool {
        self.bits.shares(bits, self.length)
    }
}

/// The longest prefix that holds `bits`.
pub(super) fn longest<B: Bits>(entries: &[Entry<B>], bits: B) -> Option<&Entry<B>> {
    let behind = entries.partition_point(|entry| entry.bits <= bits);
    let mut entry = &entries[behind.checked_sub(1)?];
    while !entry.holds(bits) {
        entry = entries.get(usize::from(entry.parent))?;
    }
    Some(entry)
}

/// Sorts, keeps the first of equal ones, finds parents, and tells what is wrong.
pub(super) fn arrange<B: Bits>(entries: &mut Vec<Entry<B>>, clash: &mut impl FnMut(Clash)) {
    // Stable, so that the first row of equal ones stays first.
    entries.sort_by_key(|entry| (entry.bits, entry.length));
    entries.dedup_by(|second, first| {
        let same = first.bits == second.bits && first.length == second.length;
        if same {
            clash(Clash::Same { first: first.value, second: second.value });
        }
        same
    });
    // Those that hold the one that is looked at, each with the first address that no longer prefix has taken yet.
    let mut around: Vec<(usize, Option<B>)> = Vec::new();
    for index in 0..entries.len() {
        let entry = entries[index];
        while let Some((outer, _)) = around.last()
            && !entries[*outer].holds(entry.bits)
        {
            close(entries, &mut around, clash);
        }
        if let Some((outer, _)) = around.last() {
            entries[index].parent = u16::try_from(*outer).unwrap_or(NONE);
        }
        around.push((index, Some(entry.bits)));
    }
    while !around.is_empty() {
        close(entries, &mut around, clash);
    }
}

/// Nothing that follows is held by the innermost prefix any more.
fn close<B: Bits>(entries: &[Entry<B>], around: &mut Vec<(usize, Option<B>)>, clash: &mut impl FnMut(Clash)) {
    let Some((index, free)) = around.pop() else {
        return;
    };
    let Entry { bits, length, value, .. } = entries[index];
    let last = bits.last(length);
    if free.is_none_or(|free| free > last) {
        clash(Clash::Covered { value });
    }
    // For what holds it, all of it is taken, by it or by those within.
    if let Some((_, free)) = around.last_mut()
        && *free == Some(bits)
    {
        *free = last.next();
    }
}

impl Bits for u32 {
    const WIDTH: u8 = 32;

    fn shares(self, other: Self, length: u8) -> bool {
        (self ^ other).leading_zeros() >= u32::from(length)
    }

    fn last(self, length: u8) -> Self {
        self | Self::MAX.checked_shr(u32::from(length)).unwrap_or(0)
    }

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn network(self, length: u8) -> IpNet {
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_bits(self), length.min(Self::WIDTH)))
    }
}

impl Bits for Wide {
    const WIDTH: u8 = 128;

    fn shares(self, other: Self, length: u8) -> bool {
        let (high, low) = (self.0 ^ other.0, self.1 ^ other.1);
        let same = if high == 0 { 64 + low.leading_zeros() } else { high.leading_zeros() };
        same >= u32::from(length)
    }

    fn last(self, length: u8) -> Self {
        let length = u32::from(length);
        let high = u64::MAX.checked_shr(length).unwrap_or(0);
        let low = u64::MAX.checked_shr(length.saturating_sub(64)).unwrap_or(0);
        Self(self.0 | high, self.1 | low)
    }

    fn next(self) -> Option<Self> {
        match self.1.checked_add(1) {
            Some(low) => Some(Self(self.0, low)),
            None => self.0.checked_add(1).map(|high| Self(high, 0)),
        }
    }

    fn network(self, length: u8) -> IpNet {
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from(self), length.min(Self::WIDTH)))
    }
}

impl From<Ipv6Addr> for Wide {
    fn from(address: Ipv6Addr) -> Self {
        let octets = address.octets();
        let half =
            |from: usize| octets[from..from + 8].iter().fold(0, |half, octet| half << 8 | u64::from(*octet));
        Self(half(0), half(8))
    }
}

impl From<Wide> for Ipv6Addr {
    fn from(bits: Wide) -> Self {
        Self::from_bits((u128::from(bits.0) << 64) | u128::from(bits.1))
    }
}
