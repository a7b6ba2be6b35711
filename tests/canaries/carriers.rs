//! What viewers send, with a canary in each place that holds something.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::encodings::{Canary, Is};
use crate::world::random::Random;

/// From where a viewer asks; also what a trusted proxy says of viewers.
pub(super) const SOURCE: Ipv4Addr = Ipv4Addr::new(127, 77, 31, 9);
pub(super) const STATED: Ipv6Addr =
    Ipv6Addr::new(0x2001, 0xdb8, 0x7c31, 0x9a5e, 0x41, 0xb7d2, 0x603f, 0x1c8e);
pub(super) const INTRODUCED: Ipv4Addr = Ipv4Addr::new(10, 83, 47, 201);
pub(super) const INTERNAL: Ipv4Addr = Ipv4Addr::new(10, 91, 203, 67);
pub(super) const LIED: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 151);

/// Fields in which a client, or something on its way, says something.
const FIELDS: [&str; 72] = [
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Proxy-Authorization",
    "Baggage",
    "CF-Connecting-IP",
    "CF-IPCountry",
    "CF-Ray",
    "Client-IP",
    "CMCD-Object",
    "CMCD-Request",
    "CMCD-Session",
    "CMCD-Status",
    "Content-Language",
    "Content-Location",
    "Content-Type",
    "Cookie",
    "Cookie2",
    "Device-Memory",
    "DNT",
    "Downlink",
    "DPoP",
    "ECT",
    "Fastly-Client-IP",
    "From",
    "If-Match-Not",
    "Last-Event-ID",
    "Max-Forwards",
    "MS-ASPROTOCOLVERSION",
    "Origin",
    "Priority",
    "Proxy-Connection",
    "Purpose",
    "Referer",
    "RTT",
    "Save-Data",
    "Sec-CH-UA",
    "Sec-CH-UA-Full-Version-List",
    "Sec-CH-UA-Model",
    "Sec-CH-UA-Platform",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Fetch-User",
    "Sec-GPC",
    "Sec-WebSocket-Key",
    "Surrogate-Capability",
    "Traceparent",
    "Tracestate",
    "True-Client-IP",
    "User-Agent",
    "Via",
    "Viewport-Width",
    "Warning",
    "Want-Digest",
    "X-Amzn-Trace-Id",
    "X-Api-Key",
    "X-Azure-ClientIP",
    "X-B3-TraceId",
    "X-Client-Cert",
    "X-Correlation-Id",
    "X-CSRF-Token",
    "X-Device-Id",
    "X-Forwarded-Host",
    "X-Forwarded-User",
    "X-KS",
    "X-Ms-Client-Principal-Name",
    "X-Real-IP",
    "X-Request-Id",
    "X-Requested-With",
];

/// Parameters of queries; the names are the content's or a player's own.
const PARAMETERS: [&str; 24] = [
    "ks",
    "userId",
    "sessionId",
    "playSessionId",
    "hdnts",
    "hdntl",
    "__gda__",
    "Policy",
    "Signature",
    "Key-Pair-Id",
    "token",
    "e",
    "h",
    "ip",
    "referrer",
    "clientTag",
    "uiConfId",
    "partnerUserId",
    "access_token",
    "id_token",
    "_HLS_throughput",
    "_DASH_throughput",
    "email",
    "nva",
];

/// Makes canaries, and remembers where each was put.
pub(super) struct Aviary {
    random: Random,
    canaries: Vec<Canary>,
}

impl Aviary {
    pub(super) fn new() -> Self {
        let addresses = [
            ("the address of the socket", IpAddr::from(SOURCE)),
            ("the address in X-Forwarded-For", STATED.into()),
            ("the address in the PROXY header", INTRODUCED.into()),
            ("the internal address", INTERNAL.into()),
            ("an address that nobody trusts", LIED.into()),
        ];
        let canaries =
            addresses.map(|(carrier, address)| Canary { carrier: carrier.into(), is: Is::Address(address) });
        Self { random: Random::of(77_319), canaries: canaries.into() }
    }

    /// All that are out.
    pub(super) fn canaries(&self) -> &[Canary] {
        &self.canaries
    }

    /// A new one.
    pub(super) fn word(&mut self, carrier: &str) -> String {
        // It begins with a letter, so that it may be a host's name, and none of them is like another.
        let word = format!("q{}", self.random.word(21));
        self.canaries.push(Canary { carrier: carrier.to_owned(), is: Is::Word(word.clone()) });
        word
    }

    /// Fields with a canary in each, and names that are canaries.
    pub(super) fn fields(&mut self) -> Vec<String> {
        let mut lines: Vec<_> = FIELDS.iter().map(|name| self.field(name)).collect();
        lines.push(format!("X-{}: 1", self.word("the name of a field")));
        lines.push(format!(
            "Cookie: a={}; {}=1",
            self.word("a second cookie"),
            self.word("the name of a cookie")
        ));
        let (session, content) = (self.word("the session of CMCD"), self.word("the content of CMCD"));
        lines.push(format!("CMCD-Session: sid=\"{session}\",cid=\"{content}\",sf=h"));
        let basic = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("ada:{}", self.word("a password")),
        );
        lines.push(format!("Authorization: Basic {basic}"));
        lines.push(format!("Forwarded: for=\"{LIED}\";by={}", self.word("the parameter of Forwarded")));
        lines
    }

    /// As few as a browser sends for a segment: such a request is plain.
    pub(super) fn plain_fields(&mut self) -> Vec<String> {
        ["User-Agent", "Accept", "Accept-Language", "Origin", "Referer", "Cookie", "Sec-CH-UA", "X-Device-Id"]
            .map(|name| self.field(name))
            .into()
    }

    fn field(&mut self, name: &str) -> String {
        format!("{name}: {}", self.word(&format!("the field {name}")))
    }

    /// A query with a canary in each parameter, and a name that is one.
    pub(super) fn query(&mut self) -> String {
        let mut pairs: Vec<_> = PARAMETERS
            .iter()
            .map(|name| format!("{name}={}", self.word(&format!("the parameter {name}"))))
            .collect();
        pairs.push(format!("{}=1", self.word("the name of a parameter")));
        let (session, content) = (self.word("sid of CMCD"), self.word("cid of CMCD"));
        pairs.push(format!("CMCD=sid%3D%22{session}%22%2Ccid%3D%22{content}%22"));
        pairs.join("&")
    }
}
