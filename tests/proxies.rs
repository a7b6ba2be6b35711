//! Proxies before the edge: whose word about a connection is taken, and what becomes of those who have to give it and
//! do not.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use edge::Config;
use edge::config::{ForwardingField, OpeningProtocol};
use http::Method;

use crate::world::frames::{Frame, Frames, get, kind};
use crate::world::origin::ok;
use crate::world::{Viewer, Wire, World, ms, raw, within};

const GET: &str = "GET /vod/0_meadow01/seg-1-v1.ts HTTP/1.1\r\nHost: edge\r\n\r\n";
const PROXY: [u8; 4] = [127, 0, 0, 7];
const STRANGER: [u8; 4] = [127, 0, 0, 8];
const ADA: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const GRACE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// A world that takes the word of one proxy.
async fn world(change: impl FnOnce(&mut Config)) -> World {
    World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |config| {
            config.viewers.unlimited = Vec::new();
            config.proxies.trusted = vec![IpAddr::from(PROXY).to_string().parse().expect("a network")];
            config.proxies.protocol = OpeningProtocol::Proxy;
            change(config);
        },
    )
    .await
}

/// A header of version 1.
fn line(source: Ipv4Addr) -> Vec<u8> {
    format!("PROXY TCP4 {source} 198.51.100.1 4711 443\r\n").into()
}

/// A header of version 2.
fn binary(command: u8, source: Ipv4Addr) -> Vec<u8> {
    let start = b"\r\n\r\n\0\r\nQUIT\n";
    // TCP over IPv4, twelve bytes of addresses and ports, and a TLV of four that nobody needs.
    let rest = [&source.octets()[..], &[198, 51, 100, 1, 0x12, 0x67, 1, 0xbb, 4, 0, 1, 0]].concat();
    [&start[..], &[command, 0x11, 0, 16], &rest].concat()
}

async fn connect(world: &World, own: [u8; 4], bytes: impl AsRef<[u8]>) -> Wire {
    let mut wire = Wire::connect_from(own, world.address()).await;
    wire.send(bytes).await;
    wire
}

async fn assert_served(wire: &mut Wire) {
    let answer = wire.answer().await;
    assert_eq!((answer.status(), &answer.body[..]), (200, &b"0123456789"[..]), "{}", answer.head);
}

async fn assert_turned_away(world: &World, header: impl AsRef<[u8]>) {
    let mut wire = connect(world, PROXY, header).await;
    let answer = String::from_utf8(wire.rest().await).expect("text");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

fn event(name: &str) -> String {
    format!("spokecast_connections_total{{event=\"{name}\"}}")
}

async fn assert_event(world: &World, name: &str, count: f64) {
    let found = world.metric(&event(name)).await;
    assert!((found - count).abs() < f64::EPSILON, "{name}: {found}");
}

#[tokio::test]
async fn a_connection_counts_as_that_of_whom_the_proxy_names() {
    let world = world(|config| config.viewers.max_connections_per_address = 1).await;
    let mut open = Vec::new();
    for header in [line(ADA), binary(0x21, GRACE)] {
        let mut wire = connect(&world, PROXY, header).await;
        // By the library, by the lane, and by the library again.
        for request in [GET, GET, "OPTIONS * HTTP/1.1\r\nHost: edge\r\n\r\n"] {
            wire.send(request).await;
            assert!(matches!(wire.answer().await.status(), 200 | 204));
        }
        open.push(wire);
    }
    for header in [line(GRACE), binary(0x21, ADA)] {
        assert_turned_away(&world, header).await;
    }
    // The proxy itself is one more, and who comes without it too.
    let mut proxy = connect(&world, PROXY, [binary(0x20, ADA), GET.into()].concat()).await;
    assert_served(&mut proxy).await;
    assert_turned_away(&world, "PROXY UNKNOWN\r\n").await;
    assert_event(&world, "refused-address", 3.0).await;
    assert_served(&mut connect(&world, STRANGER, GET).await).await;

    assert_event(&world, "no-proxy-header", 0.0).await;
    for page in ["/metrics", "/cache"] {
        let text = world.operator().request(Method::GET, page, &[]).await.text();
        assert!(!text.contains("192.0.2.") && !text.contains("127.0.0."), "{text}");
    }
    for seen in world.origin.seen() {
        assert!(!seen.head.contains("192.0.2."), "{}", seen.head);
    }
}

#[tokio::test]
async fn requests_are_counted_for_whom_the_proxy_names() {
    let world = world(|config| config.viewers.max_requests_per_second_per_address = 1).await;
    let mut ada = connect(&world, PROXY, line(ADA)).await;
    let refused = async {
        loop {
            ada.send(GET).await;
            if ada.answer().await.status() == 429 {
                return;
            }
        }
    };
    within("a refusal", refused).await;
    assert_served(&mut connect(&world, PROXY, [line(GRACE), GET.into()].concat()).await).await;
}

#[tokio::test]
async fn a_header_may_come_in_pieces_and_with_what_follows_it() {
    let world = world(|_| {}).await;
    for header in [line(ADA), binary(0x21, ADA)] {
        let mut wire = connect(&world, PROXY, "").await;
        for byte in [&header[..], GET.as_bytes()].concat() {
            wire.send([byte]).await;
            tokio::task::yield_now().await;
        }
        assert_served(&mut wire).await;
        // Two requests behind it, the second not whole yet.
        let (half, rest) = GET.split_at(20);
        let mut wire = connect(&world, PROXY, [&header[..], GET.as_bytes(), half.as_bytes()].concat()).await;
        assert_served(&mut wire).await;
        wire.send(rest).await;
        assert_served(&mut wire).await;
    }
}

#[tokio::test]
async fn http2_may_follow_the_header() {
    let world = world(|_| {}).await;
    let wire = connect(&world, PROXY, line(ADA)).await;
    let mut frames = Frames::over(wire.into_stream(), &[]).await;
    frames.send(get(1, "/vod/0_meadow01/seg-1-v1.ts")).await;
    let data = frames.wait_for(|frame: &Frame| frame.kind == kind::DATA).await.expect("an answer");
    assert_eq!(data.payload, b"0123456789");
}

#[tokio::test]
async fn nobody_else_may_write_one() {
    let world = world(|_| {}).await;
    for header in [line(ADA), binary(0x21, ADA), "PROXY UNKNOWN\r\n".into()] {
        let mut wire = connect(&world, STRANGER, [&header[..], GET.as_bytes()].concat()).await;
        let answer = String::from_utf8(wire.rest().await).expect("text");
        assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains(" 200 "), "{answer}");
        // Nor a second one behind that of the proxy.
        let mut wire = connect(&world, PROXY, [line(GRACE), header, GET.into()].concat()).await;
        let answer = String::from_utf8(wire.rest().await).expect("text");
        assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains(" 200 "), "{answer}");
    }
    assert_eq!(world.origin.count(), 0);
    assert_event(&world, "no-proxy-header", 0.0).await;
}

#[tokio::test]
async fn a_proxy_that_says_nothing_of_the_viewer_is_cut_off() {
    let world = world(|_| {}).await;
    let endless = format!("PROXY UNKNOWN {}\r\n", "x".repeat(200));
    let malformed = "PROXY TCP4 192.0.2.1 198.51.100.1 1 x\r\n";
    let mut count = 0.0;
    for bytes in [
        GET.as_bytes(),
        malformed.as_bytes(),
        endless.as_bytes(),
        &binary(0x2f, ADA),
        b"PRI * HTTP/2.0\r\n\r\n",
    ] {
        let mut wire = connect(&world, PROXY, bytes).await;
        assert!(wire.rest().await.is_empty());
        count += 1.0;
        assert_event(&world, "no-proxy-header", count).await;
    }
    // Half a header and an end.
    let mut wire = connect(&world, PROXY, "PROXY TCP4 ").await;
    wire.finish().await;
    assert!(wire.rest().await.is_empty());
    assert_event(&world, "no-proxy-header", count + 1.0).await;
    // A look whether somebody listens is none of it.
    let mut wire = connect(&world, PROXY, "").await;
    wire.finish().await;
    assert!(wire.rest().await.is_empty());
    assert_event(&world, "no-proxy-header", count + 1.0).await;
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn a_header_has_the_time_of_a_head() {
    let world = world(|config| config.viewers.header_timeout = ms(150)).await;
    let header = binary(0x21, ADA);
    for (count, bytes) in (1..).zip([&b""[..], b"PROXY TCP4 192.0.2.1", &header[..20]]) {
        let mut wire = connect(&world, PROXY, bytes).await;
        assert!(wire.rest().await.is_empty());
        world.wait_for_metric(&event("header-timeout"), f64::from(count)).await;
    }
    // Byte by byte is no faster.
    let mut dripping = connect(&world, PROXY, "PROXY UNKNOWN ").await;
    let drip = async {
        while world.metric(&event("header-timeout")).await < 4.0 {
            dripping.send("a").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("the dripping header to be cut off", drip).await;
    // Nor is the head behind it.
    let mut wire = connect(&world, PROXY, [&header[..], b"GET /vod"].concat()).await;
    assert!(wire.rest().await.is_empty());
    world.wait_for_metric(&event("header-timeout"), 5.0).await;
    assert_event(&world, "idle-timeout", 0.0).await;
    assert_event(&world, "no-proxy-header", 0.0).await;
}

#[tokio::test]
async fn a_connection_that_is_whose_it_is_may_be_idle() {
    let world = world(|config| {
        config.viewers.header_timeout = ms(250);
        config.viewers.idle_timeout = ms(500);
    })
    .await;
    let mut wire = connect(&world, PROXY, line(ADA)).await;
    assert!(wire.rest().await.is_empty());
    world.wait_for_metric(&event("idle-timeout"), 1.0).await;
    assert_event(&world, "header-timeout", 0.0).await;
}

#[tokio::test]
async fn a_proxy_that_has_said_nothing_yet_does_not_hold_up_the_end() {
    let world = world(|_| {}).await;
    let mut silent = connect(&world, PROXY, "").await;
    world.wait_for_metric(&event("accepted"), 1.0).await;
    assert_eq!(world.edge.drain().await.cut, 0);
    assert!(silent.rest().await.is_empty());
}

#[tokio::test]
async fn another_configuration_decides_about_connections_that_come() {
    let mut config = None;
    let mut world = world(|used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    let mut old = connect(&world, PROXY, [line(ADA), GET.into()].concat()).await;
    assert_served(&mut old).await;
    config.proxies.protocol = OpeningProtocol::None;
    world.edge.reload(config).await.expect("it can be used");
    old.send(GET).await;
    assert_served(&mut old).await;
    assert_served(&mut connect(&world, PROXY, GET).await).await;
}

/// Who asks is read of every request that the library answers: the heads that it gets stay within their bound.
#[tokio::test]
async fn fields_about_addresses_are_bounded_as_heads_are() {
    for header in [ForwardingField::XForwardedFor, ForwardingField::Forwarded] {
        let world = world(|config| {
            config.proxies.protocol = OpeningProtocol::None;
            config.proxies.header = header;
            config.proxies.internal_address = "X-Internal-Address".parse().ok();
        })
        .await;
        for (length, status) in [(100, 200), (15_000, 200), (20_000, 431)] {
            for own in [PROXY, STRANGER] {
                for piece in ["192.0.2.1,", "for=192.0.2.1,", "for=\"", "\\\","] {
                    let value = piece.repeat(length / piece.len());
                    let request = format!(
                        "GET /vod/0_meadow01/seg-1-v1.ts HTTP/1.1\r\nHost: edge\r\nPragma: a\r\n\
                         X-Forwarded-For: {value}\r\nX-Internal-Address: x\r\n\r\n"
                    );
                    let forwarded = request.replace("X-Forwarded-For", "Forwarded");
                    for request in [request, forwarded] {
                        let answer = connect(&world, own, request).await.head().await;
                        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
                    }
                }
            }
        }
        let over_http2 = Viewer::http2(world.address());
        let fields = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1;by=\"")];
        assert_eq!(over_http2.ask("/vod/0_meadow01/seg-1-v1.ts", &fields).await.status, 200);
        for seen in world.origin.seen() {
            assert!(!seen.head.contains("192.0.2."), "{}", seen.head);
        }
    }
    // With nothing configured the fields are those of anybody.
    let world = World::new(|_| ok("x", &[])).await;
    let answer = raw(world.address(), "PROXY UNKNOWN\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
