//! Ranges of addresses: what nested prefixes are when the longest counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use crate::prefix::Match;

/// Addresses of one family from one to another, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    is_v6: bool,
    first: u128,
    last: u128,
}

impl Range {
    pub(super) fn of(network: IpNet) -> Self {
        match (network.network(), network.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                Self { is_v6: false, first: first.to_bits().into(), last: last.to_bits().into() }
            }
            (first, last) => Self { is_v6: true, first: bits(first), last: bits(last) },
        }
    }

    /// Whether `other` begins where this ends.
    pub(super) fn is_followed_by(self, other: Self) -> bool {
        self.is_v6 == other.is_v6 && self.last.checked_add(1) == Some(other.first)
    }

    /// From the beginning of this to the end of `other`.
    pub(super) fn until(self, other: Self) -> Self {
        Self { last: other.last, ..self }
    }

    pub(super) fn v4_addresses(self) -> u64 {
        if self.is_v6 { 0 } else { u64::try_from(self.last - self.first + 1).unwrap_or(u64::MAX) }
    }

    pub(super) fn v6_networks(self) -> u64 {
        let networks = (self.last >> 64) - (self.first >> 64) + 1;
        if self.is_v6 { u64::try_from(networks).unwrap_or(u64::MAX) } else { 0 }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Prefixes, by family and address and shorter ones first, as ranges without overlap; each with the value of the
/// longest prefix there.
pub(super) fn cut(prefixes: &[Match]) -> Vec<(Range, u32)> {
    let mut ranges = Vec::with_capacity(prefixes.len());
    // Prefixes that are open, and from where on the innermost has its range.
    let mut open: Vec<(Range, u32)> = Vec::new();
    let mut from = Some(0_u128);
    for prefix in prefixes {
        let range = Range::of(prefix.network);
        while let Some((outer, value)) = open.last().copied()
            && (outer.is_v6 != range.is_v6 || outer.last < range.first)
        {
            open.pop();
            from = end(&mut ranges, outer, value, from, outer.last);
        }
        if let Some((outer, value)) = open.last().copied()
            && let Some(before) = range.first.checked_sub(1)
        {
            end(&mut ranges, outer, value, from, before);
        }
        from = Some(range.first);
        open.push((range, prefix.value));
    }
    while let Some((outer, value)) = open.pop() {
        from = end(&mut ranges, outer, value, from, outer.last);
    }
    ranges
}

/// Closes the range of `outer` from `from` to `last`; the next address, if there is one.
fn end(
    ranges: &mut Vec<(Range, u32)>,
    outer: Range,
    value: u32,
    from: Option<u128>,
    last: u128,
) -> Option<u128> {
    if let Some(first) = from.map(|from| from.max(outer.first)).filter(|first| *first <= last) {
        ranges.push((Range { is_v6: outer.is_v6, first, last }, value));
    }
    last.checked_add(1)
}

/// Both cut at the same places: what the one and the other say of each range of which one says something.
pub(super) fn overlay(old: &[(Range, u32)], new: &[(Range, u32)]) -> Vec<(Range, Option<u32>, Option<u32>)> {
    // Where anything begins, and behind what ends.
    let mut marks: Vec<(bool, u128)> = Vec::new();
    for (range, _) in old.iter().chain(new) {
        marks.push((range.is_v6, range.first));
        marks.extend(range.last.checked_add(1).map(|next| (range.is_v6, next)));
    }
    marks.sort_unstable();
    marks.dedup();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut overlaid = Vec::with_capacity(marks.len());
    for (index, (is_v6, first)) in marks.iter().copied().enumerate() {
        let value = |ranges: &mut std::iter::Peekable<std::slice::Iter<'_, (Range, u32)>>| {
            while ranges.next_if(|(range, _)| (range.is_v6, range.last) < (is_v6, first)).is_some() {}
            ranges
                .peek()
                .filter(|(range, _)| range.is_v6 == is_v6 && range.first <= first)
                .map(|(_, value)| *value)
        };
        let values = (value(&mut old), value(&mut new));
        if values == (None, None) {
            continue;
        }
        let last = match marks.get(index + 1) {
            Some((next_is_v6, next)) if *next_is_v6 == is_v6 => next - 1,
            _ if is_v6 => u128::MAX,
            _ => u32::MAX.into(),
        };
        overlaid.push((Range { is_v6, first, last }, values.0, values.1));
    }
    overlaid
}

/// A range as prefixes, as few as there can be.
pub(super) fn prefixes(range: Range) -> Vec<IpNet> {
    if range.is_v6 {
        let [first, last] = [range.first, range.last].map(Ipv6Addr::from_bits);
        return Ipv6Subnets::new(first, last, 0).map(IpNet::V6).collect();
    }
    let [first, last] =
        [range.first, range.last].map(|bits| Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX)));
    Ipv4Subnets::new(first, last, 0).map(IpNet::V4).collect()
}
