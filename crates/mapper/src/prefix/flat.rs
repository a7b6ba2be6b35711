//! Prefixes of one family in a sorted array.
//!
//! Sorted by address and then by length, each prefix stands behind those that hold it. The last prefix that begins at or
//! before an address either holds it, or the longest one that does is among those that hold that prefix: each entry
//! names the nearest of them. A look-up is one binary search and a few steps outwards.
//!
//! In a large plan each step of the search would wait for another piece of memory. So the beginnings of every
//! [`STRIDE`]th entry stand once more, close together, in a guide, which is searched first.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Clash, Match};
use crate::description::MOST_NETWORKS;

/// The prefixes of one family of all plans.
pub(super) struct Flat<B> {
    entries: Vec<Entry<B>>,
    /// Where every [`STRIDE`]th entry begins, whichever plan it is of.
    guide: Vec<B>,
}

/// Where the prefixes of one plan are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

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
    /// The nearest prefix that holds this one, among those of its plan ([`NONE`] for none), and in the last eight bits
    /// the length of this one.
    parent_and_length: u32,
}

/// Beyond every index: a map holds fewer prefixes.
const NONE: u32 = u32::MAX >> 8;
const _: () = assert!(MOST_NETWORKS < NONE as usize);

// Not derived: it would ask the same of `B`.
impl<B> Default for Flat<B> {
    fn default() -> Self {
        Self { entries: Vec::new(), guide: Vec::new() }
    }
}

impl<B: Bits> Entry<B> {
    pub(super) fn new(bits: B, length: u8, value: u32) -> Self {
        Self { bits, value, parent_and_length: NONE << 8 | u32::from(length) }
    }

    pub(super) fn length(&self) -> u8 {
        self.parent_and_length.to_le_bytes()[0]
    }

    fn parent(&self) -> u32 {
        self.parent_and_length >> 8
    }

    fn set_parent(&mut self, index: usize) {
        let parent = u32::try_from(index).unwrap_or(NONE).min(NONE);
        self.parent_and_length = parent << 8 | u32::from(self.length());
    }

    pub(super) fn found(&self) -> Match {
        Match { network: self.bits.network(self.length()), value: self.value }
    }

    fn holds(&self, bits: B) -> bool {
        self.bits.shares(bits, self.length())
    }
}

/// Every so many entries one stands in the guide.
const STRIDE: usize = 32;
/// Smaller plans are soon in the processor's cache, where one search is faster than two (`benches/README.md`).
pub(super) const GUIDED_FROM: usize = 1 << 13;

impl<B: Bits> Flat<B> {
    /// Adds a plan that was arranged.
    pub(super) fn add(&mut self, plan: &[Entry<B>]) -> Span {
        let span = Span { start: index(self.entries.len()), length: index(plan.len()) };
        self.entries.extend_from_slice(plan);
        let of_guide = self.entries.iter().step_by(STRIDE).skip(self.guide.len());
        self.guide.extend(of_guide.map(|entry| entry.bits));
        span
    }

    /// A plan, by address and then by length.
    pub(super) fn plan(&self, span: Span) -> &[Entry<B>] {
        &self.entries[span.start as usize..][..span.length as usize]
    }

    /// The longest prefix of a plan that holds `bits`.
    pub(super) fn longest(&self, span: Span, bits: B) -> Option<&Entry<B>> {
        let plan = self.plan(span);
        let behind = if plan.len() < GUIDED_FROM { behind(plan, bits) } else { self.guided(span, bits) };
        let mut entry = &plan[behind.checked_sub(1)?];
        while !entry.holds(bits) {
            entry = plan.get(entry.parent() as usize)?;
        }
        Some(entry)
    }

    /// As [`behind`], by way of the guide.
    fn guided(&self, span: Span, bits: B) -> usize {
        let (start, plan) = (span.start as usize, self.plan(span));
        let (first, last) = (start.div_ceil(STRIDE), (start + plan.len()).div_ceil(STRIDE));
        let before = self.guide[first..last].partition_point(|guiding| *guiding <= bits);
        let end = ((first + before) * STRIDE - start).min(plan.len());
        let begin = end.saturating_sub(STRIDE);
        begin + behind(&plan[begin..end], bits)
    }

    /// Gives back what was set aside for more.
    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
        self.guide.shrink_to_fit();
    }

    /// How many prefixes there are in all plans.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// How many entries begin at or before an address.
fn behind<B: Bits>(entries: &[Entry<B>], bits: B) -> usize {
    entries.partition_point(|entry| entry.bits <= bits)
}

/// A map holds at most [`MOST_NETWORKS`] of anything.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Sorts, keeps the first of equal ones, finds parents, and tells what is wrong.
pub(super) fn arrange<B: Bits>(entries: &mut Vec<Entry<B>>, clash: &mut impl FnMut(Clash)) {
    // Stable, so that the first row of equal ones stays first.
    entries.sort_by_key(|entry| (entry.bits, entry.length()));
    entries.dedup_by(|second, first| {
        let same = first.bits == second.bits && first.length() == second.length();
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
            entries[index].set_parent(*outer);
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
    let Entry { bits, value, .. } = entries[index];
    let length = entries[index].length();
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

#[cfg(test)]
mod tests;
