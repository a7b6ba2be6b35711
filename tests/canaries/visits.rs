//! Everything that viewers, and others who find the port, may send: what is served, what is refused, what is no HTTP.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::carriers::{Aviary, INTERNAL, INTRODUCED, LIED, SOURCE, STATED};
use crate::world::frames::{self, END_HEADERS, END_STREAM, kind};

/// The proxy whose word is taken.
pub(super) const PROXY: [u8; 4] = [127, 0, 0, 7];

/// An object of each kind, and of each answer of the origin.
pub(super) const PATHS: [&str; 8] = [
    "/vod/1_birds000/seg-1-v1-a1.ts",
    "/vod/1_birds000/seg-2-v1-a1.ts",
    "/vod/1_birds000/master.m3u8",
    "/vod/1_birds000/manifest.mpd",
    "/vod/1_birds000/gone/seg-1-v1-a1.ts",
    "/vod/1_birds000/reset/seg-1-v1-a1.ts",
    "/vod/1_birds000/elsewhere/seg-1-v1-a1.ts",
    "/somewhere/else.bin",
];

/// Where path credentials stand; `{}` is one.
const CREDENTIALS: [(&str, &str); 6] = [
    (
        "ks",
        "/p/1/sp/100/serveFlavor/entryId/1_birds000/v/1/ks/{}/flavorId/1_flavor01/name/a.mp4/seg-1-v1-a1.ts",
    ),
    ("t", "/p/1/e/1_birds000/t/{}/seg-7-s32-v.m4s"),
    ("hdnts", "/hdnts=exp=1~acl=*~hmac={}/vod/1_birds000/seg-3-v1-a1.ts"),
    ("hdnts behind vod", "/vod/hdnts=exp=1~hmac={}/1_birds000/seg-3-v1-a1.ts"),
    ("sig", "/exp/1/sig/{}/vod/1_birds000/seg-4-v1-a1.ts"),
    ("sessionId", "/p/1/e/1_birds000/sessionId/{}/seg-8-s32-v.m4s"),
];

/// What one connection sends.
pub(super) struct Visit {
    /// What it is, for messages.
    pub(super) what: String,
    pub(super) own: [u8; 4],
    pub(super) bytes: Vec<u8>,
    pub(super) end: End,
}

/// When a visit is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The edge closes the connection.
    Close,
    /// An answer has ended on the first stream of HTTP/2, whose preface the bytes come behind.
    Stream,
    /// Nothing more is sent: what there is may be no whole request.
    Half,
}

/// Paths with a credential in each, by what it is called.
pub(super) fn paths_with_credentials(aviary: &mut Aviary) -> Vec<String> {
    CREDENTIALS
        .iter()
        .map(|(name, path)| path.replace("{}", &aviary.word(&format!("the credential {name}"))))
        .collect()
}

/// Every visit of viewers.
pub(super) fn of_viewers(aviary: &mut Aviary) -> Vec<Visit> {
    let mut visits = Vec::new();
    let mut visit = |what: &str, bytes: Vec<u8>, end: End| {
        visits.push(Visit { what: what.to_owned(), own: SOURCE.octets(), bytes, end });
    };
    for path in PATHS {
        let (fields, query) = (aviary.fields(), aviary.query());
        let host = format!("{}.example", aviary.word("Host"));
        visit("a miss", request("GET", &format!("{path}?{query}"), &host, &fields, "close"), End::Close);
        // A plain request, twice over one connection, takes the quick lane.
        let plain = aviary.plain_fields();
        let twice = ["keep-alive", "keep-alive", "close"];
        let target = format!("{path}?{query}");
        visit("hits", twice.map(|end| request("GET", &target, &host, &plain, end)).concat(), End::Close);
        visit("HEAD", request("HEAD", &target, &host, &fields, "close"), End::Close);
        visit(
            "a range too far",
            request("GET", &target, &host, &with(&plain, "Range: bytes=999999999-"), "close"),
            End::Close,
        );
        visit("over HTTP/2", over_http2(&target, &host, &fields, true), End::Stream);
    }
    let conditions = [
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Range",
        "Cache-Control",
        "Pragma",
        "TE",
        "Expect",
        "Upgrade",
    ];
    for name in conditions {
        let line = format!("{name}: {}", aviary.word(&format!("the field {name}")));
        visit(name, request("GET", PATHS[0], "edge", &[line], "close"), End::Close);
    }
    let own = aviary.word("an option of Connection");
    visit(
        "Connection",
        request("GET", PATHS[0], "edge", &[format!("{own}: 1")], &format!("close, {own}")),
        End::Close,
    );
    refused(aviary, &mut visit);
    of_the_edge(aviary, &mut visit);
    no_http(aviary, &mut visit);
    visits.extend(behind_a_proxy(aviary));
    visits
}

/// What ends with an error of the edge.
fn refused(aviary: &mut Aviary, visit: &mut impl FnMut(&str, Vec<u8>, End)) {
    let fields = aviary.fields();
    let mut in_query = |what: &str| aviary.word(what);
    let escape = format!("/%zz?a={}", in_query("the query of a malformed path"));
    visit("400: a malformed path", request("GET", &escape, "edge", &fields, "close"), End::Close);
    let long = format!("/a?{}", in_query("a target that is too long").repeat(600));
    visit("414", request("GET", &long, "edge", &[], "close"), End::Close);
    let large = format!("X-Large: {}", in_query("a head that is too large").repeat(2000));
    visit("431", request("GET", "/a", "edge", &[large], "close"), End::Close);
    let relay = format!("/kVOD/{}.example/a.ts", in_query("the host of a relay path"));
    visit("403: a relay path", request("GET", &relay, "edge", &fields, "close"), End::Close);
    for method in ["DELETE", "PUT", "TRACE", "PROPFIND", "OPTIONS"] {
        visit(method, request(method, PATHS[0], "edge", &fields, "close"), End::Close);
    }
    let method = in_query("a method").to_uppercase();
    visit("an unknown method", request(&method, "/a", "edge", &fields, "close"), End::Close);
    let tunnel = format!("{}.example:443", in_query("the target of CONNECT"));
    visit("CONNECT", request("CONNECT", &tunnel, &tunnel, &fields, "close"), End::Half);
    let absolute = format!("http://{}.example{}", in_query("the host of a target"), PATHS[0]);
    visit("an absolute target", request("GET", &absolute, "edge", &fields, "close"), End::Close);
    let (name, password) = (in_query("the user of a target"), in_query("the password of a target"));
    let absolute = format!("http://{name}:{password}@edge{}", PATHS[0]);
    visit("user and password in a target", request("GET", &absolute, "edge", &fields, "close"), End::Close);
    let fragment = format!("{}#{}", PATHS[0], in_query("a fragment"));
    visit("a fragment", request("GET", &fragment, "edge", &fields, "close"), End::Close);
    let hosts = [format!("Host: {}", in_query("a second Host"))];
    visit("two hosts", request("GET", "/a", "edge", &hosts, "close"), End::Close);
    let host = format!("{}:x y", in_query("a malformed Host"));
    visit("a malformed host", request("GET", "/a", &host, &[], "close"), End::Close);
    let body = in_query("a body");
    for method in ["GET", "POST"] {
        let with_length = with(&fields, &format!("Content-Length: {}", body.len()));
        let head = request(method, PATHS[0], "edge", &with_length, "close");
        visit("a body", [head, body.clone().into()].concat(), End::Close);
    }
    let chunked = with(&fields, "Transfer-Encoding: chunked");
    let trailer = in_query("a trailer");
    let rest = format!("5\r\nhello\r\n0\r\nX-Trailer: {trailer}\r\n\r\n");
    visit(
        "a trailer",
        [request("POST", PATHS[0], "edge", &chunked, "close"), rest.into()].concat(),
        End::Close,
    );
    for (what, line) in
        [("a line without a colon", "{}"), ("a blank before the colon", "{} : 1"), ("a fold", "A: 1\r\n {}")]
    {
        let line = line.replace("{}", &in_query(what));
        visit(what, request("GET", "/a", "edge", &[line], "close"), End::Close);
    }
    let version = format!("GET /a HTTP/{}\r\n\r\n", in_query("a version"));
    visit("a version", version.into(), End::Close);
}

/// What the edge answers by itself.
fn of_the_edge(aviary: &mut Aviary, visit: &mut impl FnMut(&str, Vec<u8>, End)) {
    let fields = aviary.fields();
    let nonce = aviary.word("a nonce");
    let back = format!("https://portal.example/back?x={}", aviary.word("the way back"));
    let back = utf8_percent_encode(&back, NON_ALPHANUMERIC);
    let elsewhere = format!("https://{}.example/", aviary.word("a way back to nobody"));
    let elsewhere = utf8_percent_encode(&elsewhere, NON_ALPHANUMERIC);
    let query = aviary.query();
    for (what, target) in [
        ("/where", format!("/where?nonce={nonce}&return={back}")),
        ("/where again", format!("/where?nonce={nonce}&return={back}")),
        ("/where to nobody", format!("/where?nonce={nonce}&return={elsewhere}")),
        ("/where without a nonce", format!("/where?return={back}&{query}")),
        ("/where.json", format!("/where.json?nonce={}", aviary.word("a nonce of a script"))),
        ("/where.json with more", format!("/where.json?{query}")),
        ("/go/", format!("/go{}?{query}", PATHS[0])),
        ("/go/ to nowhere", format!("/go/%zz?{query}")),
        ("/self-test", format!("/self-test?{query}")),
        ("/self-test/", format!("/self-test/?{query}")),
        ("/self-test.json", format!("/self-test.json?{query}")),
        ("/self-test/ping", format!("/self-test/ping?{query}")),
        ("/watch", format!("/watch?{query}")),
        ("/watch/status.json", format!("/watch/status.json?{query}")),
        ("/metrics for viewers", format!("/metrics?{query}")),
        ("/telemetry for viewers", format!("/telemetry?{query}")),
    ] {
        visit(what, request("GET", &target, "edge", &fields, "close"), End::Close);
    }
}

/// What is no request, or no whole one.
fn no_http(aviary: &mut Aviary, visit: &mut impl FnMut(&str, Vec<u8>, End)) {
    let name = aviary.word("the server name of TLS");
    let hello = [
        &b"\x16\x03\x01\x00\x60\x01\x00\x00\x5c\x03\x03"[..],
        &[7; 32],
        b"\x00\x00\x00",
        name.as_bytes(),
        b".example",
    ]
    .concat();
    visit("TLS", hello, End::Half);
    visit(
        "PROXY of a stranger",
        format!("PROXY TCP4 {LIED} 198.51.100.1 1 2\r\nGET / HTTP/1.1\r\n\r\n").into(),
        End::Half,
    );
    visit("noise", format!("{}\r\n\r\n", aviary.word("noise")).into(), End::Half);
    visit("half a head", format!("GET /a HTTP/1.1\r\nX: {}", aviary.word("half a head")).into(), End::Half);

    let (going, settings) = (aviary.word("the last word of GOAWAY"), frames::opening(&[]));
    for reason in [0_u32, 1, 11] {
        let away = [&0_u32.to_be_bytes()[..], &reason.to_be_bytes(), going.as_bytes()].concat();
        visit("GOAWAY", [&settings[..], &frames::frame(7, 0, 0, &away)].concat(), End::Half);
        let asked = frames::get(1, PATHS[0]);
        visit("GOAWAY behind a request", [&asked[..], &frames::frame(7, 0, 0, &away)].concat(), End::Stream);
    }
    let broken = frames::literals(&[
        (":method", &aviary.word("the method of a malformed head")),
        ("X-Upper", &aviary.word("a malformed head")),
    ]);
    visit(
        "a malformed head of HTTP/2",
        [&settings[..], &frames::frame(kind::HEADERS, END_STREAM | END_HEADERS, 1, &broken)].concat(),
        End::Half,
    );
    let unknown = frames::frame(0xfa, 0, 0, aviary.word("an unknown frame").as_bytes());
    visit(
        "an unknown frame",
        [
            &settings[..],
            &unknown,
            &frames::frame(kind::DATA, 0, 5, aviary.word("DATA of no stream").as_bytes()),
        ]
        .concat(),
        End::Half,
    );
    let plain = aviary.plain_fields();
    visit("HTTP/2 with a body", over_http2(PATHS[0], &aviary.word(":authority"), &plain, false), End::Half);
}

/// What comes through a proxy, whose word is taken.
fn behind_a_proxy(aviary: &mut Aviary) -> Vec<Visit> {
    let mut visits = Vec::new();
    let mut visit = |what: &str, bytes: Vec<u8>, end: End| {
        visits.push(Visit { what: what.to_owned(), own: PROXY, bytes, end });
    };
    let stated = format!("X-Forwarded-For: {LIED}, {STATED}");
    let internal = format!("X-Internal-Address: {INTERNAL}");
    let by_itself = introduction(0x20, INTRODUCED, &[]);
    for path in PATHS {
        let (all, plain) = (aviary.fields(), aviary.plain_fields());
        let forwarded = [&[stated.clone(), internal.clone()], &plain[..]].concat();
        let thrice =
            ["keep-alive", "keep-alive", "close"].map(|end| request("GET", path, "edge", &forwarded, end));
        visit("X-Forwarded-For", [&by_itself[..], &thrice.concat()].concat(), End::Close);
        let forwarded = [&[stated.clone(), internal.clone()], &all[..]].concat();
        visit(
            "X-Forwarded-For with all",
            [&by_itself[..], &request("GET", path, "edge", &forwarded, "close")].concat(),
            End::Close,
        );
        let tlvs = tlvs(aviary);
        let introduced = introduction(0x21, INTRODUCED, &tlvs);
        visit(
            "PROXY, version 2",
            [&introduced[..], &request("GET", path, "edge", &plain, "close")].concat(),
            End::Close,
        );
        let line = format!("PROXY TCP4 {INTRODUCED} 198.51.100.1 4711 443\r\n");
        visit(
            "PROXY, version 1",
            [line.as_bytes(), &request("GET", path, "edge", &plain, "close")].concat(),
            End::Close,
        );
    }
    for (what, line) in [
        ("X-Forwarded-For without sense", "X-Forwarded-For: {}"),
        ("an internal address without sense", "X-Internal-Address: {}"),
    ] {
        let line = line.replace("{}", &aviary.word(what));
        visit(
            what,
            [&by_itself[..], &request("GET", PATHS[0], "edge", &[line], "close")].concat(),
            End::Close,
        );
    }
    for what in ["/where.json", "/self-test.json"] {
        let lines = [stated.clone(), internal.clone()];
        visit(what, [&by_itself[..], &request("GET", what, "edge", &lines, "close")].concat(), End::Close);
    }
    visit(
        "a malformed PROXY header",
        format!("PROXY TCP4 {} x\r\n\r\n", aviary.word("a malformed PROXY header")).into(),
        End::Half,
    );
    let mut wrong = introduction(0x2f, INTRODUCED, &tlvs(aviary));
    wrong.extend(b"GET / HTTP/1.1\r\n\r\n");
    visit("a PROXY header of no command", wrong, End::Half);
    visits
}

/// What a proxy says besides addresses: protocol, server name, an ID, the certificate's name, a network's.
fn tlvs(aviary: &mut Aviary) -> Vec<u8> {
    let mut tlv = |kind: u8, what: &str| {
        let word = aviary.word(what);
        let length = u8::try_from(word.len()).expect("short");
        [&[kind, 0, length], word.as_bytes()].concat()
    };
    let of_tls = [&[1, 0, 0, 0, 0][..], &tlv(0x22, "the name of a client's certificate")].concat();
    let length = u8::try_from(of_tls.len()).expect("short");
    [
        tlv(0x01, "the protocol in a PROXY header"),
        tlv(0x02, "the server name in a PROXY header"),
        tlv(0x05, "the ID in a PROXY header"),
        [&[0x20, 0, length][..], &of_tls].concat(),
        tlv(0x30, "the network in a PROXY header"),
        tlv(0xe0, "something in a PROXY header"),
    ]
    .concat()
}

/// A header of version 2.
fn introduction(command: u8, source: Ipv4Addr, tlvs: &[u8]) -> Vec<u8> {
    let rest = [&source.octets()[..], &[198, 51, 100, 1, 0x12, 0x67, 1, 0xbb], tlvs].concat();
    let length = u16::try_from(rest.len()).expect("short").to_be_bytes();
    [&b"\r\n\r\n\0\r\nQUIT\n"[..], &[command, 0x11], &length, &rest].concat()
}

pub(super) fn request(
    method: &str,
    target: &str,
    host: &str,
    fields: &[String],
    connection: &str,
) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n");
    for field in fields {
        write!(text, "{field}\r\n").expect("text");
    }
    (text + "\r\n").into()
}

fn with(fields: &[String], line: &str) -> Vec<String> {
    [fields, &[line.to_owned()]].concat()
}

/// One request; with the preface before it where it is never whole.
fn over_http2(target: &str, host: &str, fields: &[String], is_whole: bool) -> Vec<u8> {
    let fields: Vec<_> = fields
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name != "proxy-connection")
        .collect();
    let mut block = vec![(":method", "GET"), (":scheme", "http"), (":authority", host), (":path", target)];
    block.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    let block = frames::literals(&block);
    let ends = if is_whole { END_STREAM } else { 0 };
    let headers = frames::frame(kind::HEADERS, ends | END_HEADERS, 1, &block);
    let window = frames::window_update(0, 1 << 30);
    let settings = if is_whole { Vec::new() } else { frames::opening(&[]) };
    [&settings[..], &window, &headers].concat()
}
