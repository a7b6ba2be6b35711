//! What is asked for, by whom, in an order that looks drawn and is the same in every run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::Arc;

use telemetry::viewers::{Family, Viewer};

use crate::stopwatch::BLOCK;

/// Different viewers.
const PEOPLE: u64 = 10_000;
/// Segments of one entry.
pub(crate) const PER_ENTRY: usize = 1_000;

/// What tells viewers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewers {
    Unknown,
    /// 4 bytes.
    Four,
    /// 16 bytes.
    Six,
}

/// A segment, as the label of a stored object names it: each has its own copy of the entry's name.
pub(crate) struct Segment {
    pub(crate) entry: Arc<str>,
    pub(crate) number: u64,
}

/// One request.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'e> {
    pub(crate) segment: &'e Segment,
    person: u16,
}

/// Requests.
pub(crate) struct Events {
    segments: Vec<Segment>,
    /// Which segment, and which viewer.
    asked: Vec<(u32, u16)>,
}

impl Viewers {
    pub(crate) const ALL: [Self; 3] = [Self::Unknown, Self::Four, Self::Six];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "no viewer",
            Self::Four => "4 bytes",
            Self::Six => "16 bytes",
        }
    }
}

impl Events {
    /// So many, each for one of so many segments.
    pub(crate) fn drawn(segments: usize, events: usize) -> Self {
        let segment = |at: usize| Segment { entry: entry(at / PER_ENTRY), number: (at % PER_ENTRY) as u64 };
        let request = |event: u64| {
            let at = drawn(event) % segments as u64;
            (u32::try_from(at).expect("few segments"), person(event))
        };
        let asked = (0..events as u64).map(request).collect();
        Self { segments: (0..segments).map(segment).collect(), asked }
    }

    /// One for each of so many segments.
    pub(crate) fn each_once(segments: usize) -> Self {
        let asked = (0..).take(segments).map(|segment| (segment, 0)).collect();
        Self { asked, ..Self::drawn(segments, 0) }
    }

    /// All of them, as many at a time as may wait to be counted.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let length = self.asked.len();
        (0..length).step_by(BLOCK).map(move |begin| begin..(begin + BLOCK).min(length))
    }

    pub(crate) fn each(&self, range: Range<usize>, mut work: impl FnMut(Asked<'_>)) {
        for (segment, person) in &self.asked[range] {
            work(Asked { segment: &self.segments[*segment as usize], person: *person });
        }
    }
}

impl Asked<'_> {
    pub(crate) fn address(&self, viewers: Viewers) -> Option<IpAddr> {
        match viewers {
            Viewers::Unknown => None,
            Viewers::Four => Some(four(self.person).into()),
            Viewers::Six => Some(six(self.person).into()),
        }
    }
}

/// The viewer, as the recorder takes it, from room for what tells them apart.
pub(crate) fn viewer(address: IpAddr, room: &mut [u8; 16]) -> Viewer<'_> {
    match address {
        IpAddr::V4(address) => {
            room[..4].copy_from_slice(&address.octets());
            Viewer::new(Family::Four, &room[..4])
        }
        IpAddr::V6(address) => {
            *room = address.octets();
            Viewer::new(Family::Six, room)
        }
    }
}

/// What an entry is called, in the shape of a Kaltura server's.
pub(crate) fn entry(number: usize) -> Arc<str> {
    format!("1_{number:08x}").into()
}

/// Some number that `of` alone decides, by the mixing of `SplitMix64`.
pub(crate) fn drawn(of: u64) -> u64 {
    let mixed = of.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Who asks in this event.
pub(crate) fn person(event: u64) -> u16 {
    u16::try_from(drawn(event ^ (1 << 63)) % PEOPLE).expect("few people")
}

/// Where this person asks from.
pub(crate) fn four(person: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 | u32::from(person))
}

fn six(person: u16) -> Ipv6Addr {
    Ipv6Addr::from_bits(0x2001_0db8_u128 << 96 | u128::from(drawn(person.into())))
}
