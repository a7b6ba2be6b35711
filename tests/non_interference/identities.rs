//! Who the viewers are: everything by which a person could be known, made up anew for each set.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::world::random::Random;

/// One viewer.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) address: IpAddr,
    /// By what name the viewer calls the edge.
    pub(super) host: String,
    pub(super) fields: Vec<(String, String)>,
    /// Parameters that no origin's rule names.
    pub(super) query: String,
}

/// Which addresses a set has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Of this machine, so that a socket can have one.
    Loopback,
    V4,
    V6,
}

/// Fields that tell about who asks; with the length of what stands in them.
const FIELDS: [(&str, usize); 34] = [
    ("Cookie", 40),
    ("User-Agent", 60),
    ("Referer", 30),
    ("Origin", 20),
    ("Authorization", 30),
    ("Proxy-Authorization", 30),
    ("From", 12),
    ("Accept", 20),
    ("Accept-Language", 10),
    ("Accept-Encoding", 10),
    ("Accept-Charset", 8),
    ("Via", 12),
    ("X-Real-IP", 12),
    ("X-Client-IP", 12),
    ("True-Client-IP", 12),
    ("CF-Connecting-IP", 12),
    ("X-Internal-Address", 12),
    ("X-Request-Id", 32),
    ("X-Session-Token", 32),
    ("X-Device-Id", 16),
    ("Traceparent", 40),
    ("Tracestate", 20),
    ("Baggage", 30),
    ("CMCD-Request", 20),
    ("CMCD-Session", 30),
    ("CMCD-Object", 20),
    ("CMCD-Status", 10),
    ("Sec-CH-UA", 20),
    ("Sec-Fetch-Site", 10),
    ("DNT", 1),
    ("Save-Data", 2),
    ("Priority", 3),
    ("Downlink", 3),
    ("X-Anything", 20),
];

/// Parameters with which players and portals name a session.
const PARAMETERS: [&str; 12] = [
    "ks",
    "userId",
    "sessionId",
    "hdnts",
    "Policy",
    "Signature",
    "CMCD",
    "_HLS_throughput",
    "playSessionId",
    "referrer",
    "clientTag",
    "uiConfId",
];

/// So many viewers of one family, whose addresses all differ.
pub(super) fn set(seed: u64, family: Family, count: usize) -> Vec<Identity> {
    let mut random = Random::of(seed);
    (0..count).map(|number| identity(&mut random, family, number)).collect()
}

fn identity(random: &mut Random, family: Family, number: usize) -> Identity {
    let own = u8::try_from(number + 1).expect("few viewers");
    let (high, low) = (random.octet(), random.octet());
    let address = match family {
        Family::Loopback => Ipv4Addr::new(127, 1 + high / 2, own, low).into(),
        Family::V4 => Ipv4Addr::new(10, own, high, low).into(),
        Family::V6 => {
            let parts =
                [0x2001, 0xdb8, u16::from(own), u16::from(high), u16::from(low), 0, 0, 1 + u16::from(low)];
            Ipv6Addr::from(parts).into()
        }
    };
    // Not everybody sends everything, and not in the same order.
    let mut fields = Vec::new();
    for (name, length) in FIELDS {
        if !random.one_in(3) {
            fields.push((name.to_owned(), random.word(length)));
        }
    }
    fields.push((format!("X-{}", random.word(8)), random.word(12)));
    fields.push(("Forwarded".into(), format!("for={};by={}", random.word(6), random.word(6))));
    let turn = usize::from(random.octet()) % fields.len();
    fields.rotate_left(turn);
    let mut query: Vec<_> = PARAMETERS.iter().map(|name| format!("{name}={}", random.word(16))).collect();
    query.push(format!("{}={}", random.word(5), random.word(5)));
    let turn = usize::from(random.octet()) % query.len();
    query.rotate_left(turn);
    let host = format!("{}.example:{}", random.word(9), 1000 + random.below(60_000));
    Identity { address, host, fields, query: query.join("&") }
}
