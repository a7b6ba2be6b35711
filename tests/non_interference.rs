//! Who watches changes no byte that leaves the site.
//!
//! One trace of requests is played to fresh edges for several sets of viewers. Who is who stays (the third viewer of
//! one set asks for what the third of the other does), and everything by which somebody could be known differs:
//! addresses and their family, cookies, agents, languages, tokens, names of the edge, trace contexts, and how the edge
//! learns of an address. What origins and the collector get has to be the same, to the byte.

mod identities;
mod trace;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use edge::Config;
use edge::config::{ForwardingField, Negative, OpeningProtocol, Period};
use futures_util::future::join_all;
use http::StatusCode;

use crate::world::collector::Collector;
use crate::world::frames::{END_HEADERS, END_STREAM, Frame, Frames, frame, kind, literals};
use crate::world::wire::status_of;
use crate::world::{Wire, World, within};
use identities::{Family, Identity};
use trace::{How, Turn, VIEWERS};

/// Another one gives another trace; a failure names it.
const SEED: u64 = 20_261_121;

/// So many turns reach each kind of answer, and each count around the threshold.
const TURNS: usize = 300;

/// When every trace begins: 2026-11-21T00:00Z.
const BEGIN: Duration = Duration::from_hours(498_672);

/// Longer than a trace.
const WINDOW: Duration = Duration::from_hours(24);

/// Whose word the edge takes.
const PROXY: [u8; 4] = [127, 0, 0, 7];

/// How the edge learns who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By the socket; what is stated is a lie.
    Socket,
    /// From a trusted proxy, in `X-Forwarded-For`.
    XForwardedFor,
    /// From a trusted proxy, in `Forwarded`.
    Forwarded,
    /// From a trusted proxy, before the first request; version 1.
    Line,
    /// Version 2.
    Binary,
}

/// What left the site, or is shown of it.
#[derive(Clone)]
struct Left {
    /// Whole requests to the origin, turn by turn.
    upstream: Vec<String>,
    /// What operators see of the counts, and of what may leave.
    counts: Vec<String>,
    /// Reports with the heads of their requests.
    reports: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_changes_no_byte_that_leaves() {
    let trace = trace::trace(SEED, TURNS);
    let mut first: Option<Left> = None;
    for (number, (way, family)) in (1..).zip([
        (Way::Socket, Family::Loopback),
        (Way::Socket, Family::Loopback),
        (Way::XForwardedFor, Family::V4),
        (Way::Forwarded, Family::V6),
        (Way::Line, Family::V4),
        (Way::Binary, Family::V6),
    ]) {
        let viewers = identities::set(SEED + number, family, VIEWERS);
        let left = play(&trace, way, &viewers).await;
        assert!(left.upstream.len() > 100, "the trace is too tame: {}", left.upstream.len());
        let first = &*first.get_or_insert_with(|| left.clone());
        assert_same("upstream", (way, family), &first.upstream, &left.upstream);
        assert_same("counts", (way, family), &first.counts, &left.counts);
        assert_same("reports", (way, family), &first.reports, &left.reports);
    }
}

/// The trace has what it is meant to have: else nothing would show.
#[test]
fn the_trace_has_every_kind_of_request() {
    let trace = trace::trace(SEED, TURNS);
    let has = |what: &str, is: &dyn Fn(&Turn) -> bool| {
        assert!(trace.iter().filter(|turn| is(turn)).count() > 2, "{what}");
    };
    has("HEAD", &|turn| turn.method == "HEAD");
    has("POST", &|turn| turn.method == "POST");
    has("ranges", &|turn| turn.fields.iter().any(|(name, _)| *name == "Range"));
    has("conditions", &|turn| turn.fields.iter().any(|(name, _)| *name == "If-None-Match"));
    has("crowds", &|turn| turn.how == How::Crowd);
    has("HTTP/2", &|turn| turn.how == How::Http2);
    has("pauses", &|turn| !turn.pause.is_zero());
    has("blocking reloads", &|turn| turn.query.is_some() || turn.path.ends_with("s32.m3u8"));
    for path in [
        "master.m3u8",
        ".mpd",
        "fragment-",
        "/e/",
        "part-",
        "film.mp4",
        "/gone/",
        "/broken/",
        "/private/",
        "/moved/",
    ] {
        has(path, &|turn| turn.path.contains(path));
    }
}

async fn play(trace: &[Turn], way: Way, viewers: &[Identity]) -> Left {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::start().await;
    let url = collector.url();
    let world = World::at(SystemTime::UNIX_EPOCH + BEGIN, trace::script, |config| {
        prepare(config, way);
        config.telemetry.folder = Some(folder.path().to_owned());
        config.telemetry.upstream.to = Some(url.try_into().expect("a destination"));
    })
    .await;
    let mut sent = Vec::new();
    for turn in trace {
        world.hand.advance(turn.pause);
        let asking = viewers.iter().enumerate();
        let asking = asking.filter(|(number, _)| turn.how == How::Crowd || turn.viewer == *number);
        let answers = join_all(asking.map(|(_, viewer)| ask(&world, turn, way, viewer))).await;
        assert!(answers.iter().all(|status| *status != 0), "no answer to {turn:?}: {answers:?}");
        world.settle().await;
        // Slices of one file are asked for at the same time, and come in any order.
        let mut requests = upstream(&world, sent.len());
        requests.sort_unstable();
        sent.extend(requests);
    }
    let counts = counts(&world).await;
    world.hand.advance(WINDOW + Duration::from_hours(1));
    collector.wait_for(REPORTS).await;
    let reports = collector.delivered();
    let reports = reports.iter().map(|delivered| {
        let report = String::from_utf8_lossy(&delivered.report);
        format!("{}\n{report}\n{:?}", delivered.head_without_key(), delivered.packed)
    });
    Left { upstream: sent, counts, reports: reports.collect() }
}

fn prepare(config: &mut Config, way: Way) {
    config.proxies.trusted = match way {
        Way::Socket => Vec::new(),
        _ => vec![IpAddr::from(PROXY).to_string().parse().expect("a network")],
    };
    match way {
        Way::Socket => {}
        Way::XForwardedFor => config.proxies.header = ForwardingField::XForwardedFor,
        Way::Forwarded => config.proxies.header = ForwardingField::Forwarded,
        Way::Line | Way::Binary => config.proxies.protocol = OpeningProtocol::Proxy,
    }
    // Times that are never near their end by chance, as those of the trace.
    let between = Period::of(Duration::from_secs(150));
    let errors = [StatusCode::NOT_FOUND, StatusCode::GONE].map(|status| (status, between));
    config.cache.negative = Negative::from_iter(errors);
    config.cache.private_mark = between;
    config.cache.retry_after_failure = between;
    config.origin[0].methods = vec![edge::config::PassedMethod::Post];
    config.telemetry.site = Some("s17".into());
    config.telemetry.threshold = 3;
    config.telemetry.window = Period::of(WINDOW);
    config.telemetry.upstream.spread = Period::of(Duration::ZERO);
}

/// Asks as one viewer does; gives the status.
async fn ask(world: &World, turn: &Turn, way: Way, viewer: &Identity) -> u16 {
    let own = match (way, viewer.address) {
        (Way::Socket, IpAddr::V4(address)) => address.octets(),
        _ => PROXY,
    };
    let mut wire = Wire::connect_from(own, world.address()).await;
    wire.send(introduction(way, viewer)).await;
    let mut fields = viewer.fields.clone();
    match way {
        // A lie about another viewer, and none that counts.
        Way::Socket | Way::Line | Way::Binary => fields.push(("X-Forwarded-For".into(), "192.0.2.99".into())),
        Way::XForwardedFor => {
            fields.push(("X-Forwarded-For".into(), format!("192.0.2.99, {}", viewer.address)));
        }
        Way::Forwarded => {
            let node = match viewer.address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("\"[{address}]:4711\""),
            };
            fields.push(("Forwarded".into(), format!("for=192.0.2.99, for={node};proto=http")));
        }
    }
    let wanted = turn.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    fields.splice(0..0, wanted);
    let query: Vec<_> = turn.query.iter().chain([&viewer.query]).map(String::as_str).collect();
    let target = format!("{}?{}", turn.path, query.join("&"));
    match turn.how {
        How::Http1(times) => over_http1(wire, turn, &target, &viewer.host, &fields, times).await,
        How::Crowd => over_http1(wire, turn, &target, &viewer.host, &fields, 1).await,
        How::Http2 => over_http2(wire, turn, &target, &viewer.host, &fields).await,
    }
}

/// What the proxy says before the first request.
fn introduction(way: Way, viewer: &Identity) -> Vec<u8> {
    match (way, viewer.address) {
        (Way::Line, IpAddr::V4(address)) => format!("PROXY TCP4 {address} 198.51.100.1 4711 443\r\n").into(),
        (Way::Binary, IpAddr::V6(address)) => {
            let name = viewer.host.as_bytes();
            let length = u8::try_from(name.len()).expect("short");
            let tlv = [&[2, 0, length], name].concat();
            let rest = [&address.octets()[..], &[0xfe; 16], &[1, 2, 3, 4], &tlv].concat();
            let length = u16::try_from(rest.len()).expect("short").to_be_bytes();
            [&b"\r\n\r\n\0\r\nQUIT\n\x21\x21"[..], &length, &rest].concat()
        }
        (Way::Socket | Way::XForwardedFor | Way::Forwarded, _) => Vec::new(),
        (Way::Line, IpAddr::V6(_)) | (Way::Binary, IpAddr::V4(_)) => {
            panic!("not one of the ways that are played")
        }
    }
}

async fn over_http1(
    mut wire: Wire,
    turn: &Turn,
    target: &str,
    host: &str,
    fields: &[(String, String)],
    times: usize,
) -> u16 {
    let mut status = 0;
    for number in 1..=times {
        // What is asked for again over the same connection may take the quick lane.
        let connection = if number == times { "close" } else { "keep-alive" };
        let mut request = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", turn.method);
        write!(request, "Connection: {connection}\r\n").expect("text");
        for (name, value) in fields {
            write!(request, "{name}: {value}\r\n").expect("text");
        }
        if !turn.body.is_empty() {
            write!(request, "Content-Length: {}\r\n", turn.body.len()).expect("text");
        }
        write!(request, "\r\n{}", turn.body).expect("text");
        wire.send(request).await;
        if number == times {
            let answer = wire.rest().await;
            return status_of(&String::from_utf8_lossy(&answer[..answer.len().min(64)])).max(status);
        }
        let head = wire.head().await;
        status = status_of(&head);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let is_over = head.contains("connection: close") || head.contains("transfer-encoding");
        if is_over {
            return status;
        }
        if turn.method != "HEAD" && status != 304 {
            wire.bytes(length.unwrap_or_default()).await;
        }
    }
    status
}

async fn over_http2(wire: Wire, turn: &Turn, target: &str, host: &str, fields: &[(String, String)]) -> u16 {
    let mut frames = Frames::over(wire.into_stream(), &[(4, 1 << 30)]).await;
    frames.send(crate::world::frames::window_update(0, 1 << 30)).await;
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
    let mut block =
        vec![(":method", turn.method), (":scheme", "http"), (":authority", host), (":path", target)];
    block.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    let ends = if turn.body.is_empty() { END_STREAM } else { 0 };
    frames.send(frame(kind::HEADERS, ends | END_HEADERS, 1, &literals(&block))).await;
    if !turn.body.is_empty() {
        frames.send(frame(kind::DATA, END_STREAM, 1, turn.body.as_bytes())).await;
    }
    let is_last = |frame: &Frame| {
        let ends = matches!(frame.kind, kind::DATA | kind::HEADERS) && frame.flags & END_STREAM != 0;
        frame.stream == 1 && (ends || frame.kind == kind::RST_STREAM)
    };
    u16::from(within("the end of an answer", frames.wait_for(is_last)).await.is_some())
}

/// Whole requests to the origin behind the first so many. The one thing that a process draws by lot is the name under
/// which it would know its own requests again.
fn upstream(world: &World, behind: usize) -> Vec<String> {
    let origin = world.origin.address().to_string();
    let seen = world.origin.seen();
    let requests = seen[behind..].iter().map(|seen| {
        let own = seen.header("cdn-loop").expect("every request has one");
        assert!(own.starts_with("spokecast; id=") && own.len() == 30, "{own}");
        let head = seen.head.replace(own, "(this process)").replace(&origin, "(the origin)");
        format!("{head}{}", String::from_utf8_lossy(&seen.body))
    });
    requests.collect()
}

/// The counts of all entries and those of each entry's segments, some of which leave and some of which do not.
async fn counts(world: &World) -> Vec<String> {
    let mut counts = vec![world.operator().get("/telemetry.json").await.json()["windows"].clone()];
    for entry in trace::ENTRIES {
        let path = format!("/telemetry.json?entry={entry}");
        counts.push(world.operator().get(&path).await.json()["windows"].clone());
    }
    let all = format!("{counts:?}");
    for leaves in ["segment", "range", "entry", "no"] {
        assert!(all.contains(&format!("\"leaves\": String(\"{leaves}\")")), "no count leaves so: {leaves}");
    }
    counts.iter().map(ToString::to_string).collect()
}

fn assert_same(what: &str, run: (Way, Family), first: &[String], other: &[String]) {
    for (number, (one, another)) in first.iter().zip(other).enumerate() {
        assert_eq!(one, another, "{what}, number {number}, {run:?}; the seed is {SEED}");
    }
    assert_eq!(first.len(), other.len(), "{what}, {run:?}; the seed is {SEED}");
}

/// Reports that a trace causes.
const REPORTS: usize = 1;
