//! Handshakes that never end, or are none: they have their time, and hold nothing when it is over.

use std::net::IpAddr;
use std::time::Duration;

use edge::config::OpeningProtocol;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::authority::{Authority, Files};
use super::visitor::Visitor;
use super::{SEGMENT, over_tls, world};
use crate::world::origin::ok;
use crate::world::program::Program;
use crate::world::{Origin, Viewer, Wire, World, descriptors, ms, within};

const CONNECTIONS: usize = 300;

/// The beginning of a handshake: a record of 512 bytes, of which most are still to come.
const HALF: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half";

fn event(name: &str) -> String {
    format!("spokecast_connections_total{{event=\"{name}\"}}")
}

async fn office(change: impl FnOnce(&mut edge::Config)) -> (World, Authority, Files) {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    (world(vec![certificate], change).await, authority, files)
}

#[tokio::test]
async fn a_handshake_that_does_not_come_whole_in_time_ends_the_connection() {
    let (world, ..) = office(|config| config.viewers.header_timeout = ms(150)).await;
    for (index, begin) in [&b""[..], HALF].into_iter().enumerate() {
        let mut wire = Wire::connect(over_tls(&world)).await;
        wire.send(begin).await;
        assert!(wire.rest().await.is_empty());
        #[expect(clippy::cast_precision_loss, reason = "few")]
        world.wait_for_metric(&event("header-timeout"), index as f64 + 1.0).await;
    }
    // Byte by byte is no faster.
    let mut dripping = Wire::connect(over_tls(&world)).await;
    dripping.send(HALF).await;
    let drip = async {
        while world.metric(&event("header-timeout")).await < 3.0 {
            dripping.send("a").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("the dripping handshake to be cut off", drip).await;
    let closed = async {
        while world.metric("spokecast_connections").await > 0.0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the last to go", closed).await;
}

#[tokio::test]
async fn what_is_no_handshake_ends_at_once_and_is_counted() {
    let (world, authority, _files) = office(|_| {}).await;
    for (index, garbage) in [
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n").into_bytes(),
        b"\x16\x03\x01\xff\xff".repeat(20),
        vec![0; 1000],
        b"\x15\x03\x01\x00\x02\x02\x28".to_vec(),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wire = Wire::connect(over_tls(&world)).await;
        wire.send(&garbage).await;
        let answer = wire.rest().await;
        // An alert at most.
        assert!(answer.len() < 16 && !answer.starts_with(b"HTTP"), "{answer:?}");
        #[expect(clippy::cast_precision_loss, reason = "few")]
        world.wait_for_metric(&event("no-handshake"), index as f64 + 1.0).await;
    }
    Visitor::trusting(&authority)
        .ask(over_tls(&world), "edge.example", SEGMENT)
        .await
        .expect("others are served");
}

#[tokio::test]
async fn a_handshake_comes_after_the_word_of_a_proxy() {
    let (world, authority, _files) = office(|config| {
        config.viewers.unlimited = Vec::new();
        config.viewers.max_connections_per_address = 1;
        config.proxies.trusted = vec![IpAddr::from([127, 0, 0, 1]).to_string().parse().expect("a network")];
        config.proxies.protocol = OpeningProtocol::Proxy;
    })
    .await;
    let visitor = Visitor::trusting(&authority);
    let begin = async |header: &[u8]| {
        let mut stream = TcpStream::connect(over_tls(&world)).await.expect("connects");
        stream.write_all(header).await.expect("written");
        stream
    };
    let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n";
    let mut first = visitor.come_over(begin(line).await, "edge.example").await.expect("a visit");
    assert_eq!(first.get(SEGMENT).await.expect("an answer").0, 200);
    // It counts as that of whom the proxy names.
    assert!(visitor.come_over(begin(line).await, "edge.example").await.is_err());
    let other = b"PROXY TCP4 192.0.2.2 198.51.100.1 4711 443\r\n";
    visitor.come_over(begin(other).await, "edge.example").await.expect("somebody else");
    // And the header with the handshake's first bytes in one piece, or without a header.
    let mut wire = Wire::of(begin(&[&line[..30], &[]].concat()).await);
    wire.send([&line[30..], &HALF[..4]].concat()).await;
    assert!(visitor.come(over_tls(&world), "edge.example").await.is_err());
    world.wait_for_metric(&event("no-proxy-header"), 1.0).await;
}

/// The real program, for its memory is its own.
async fn program(header_timeout: &str) -> (Program, Authority, Files, Origin) {
    descriptors::allow(4 * CONNECTIONS);
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let origin = Origin::start(|_| ok("x", &[])).await;
    let text = format!(
        "[viewers]\nlisten = [\"127.0.0.1:0\"]\nheader-timeout = \"{header_timeout}\"\n[admin]\nlisten = \"127.0.0.1:0\"\n\
         [cache]\nmemory = \"16 MiB\"\n[tls]\nlisten = [\"127.0.0.1:0\"]\n[[tls.certificate]]\nfile = \"{}\"\n\
         key-file = \"{}\"\n[[origin]]\nurl = \"http://{}\"\n",
        certificate.file.display(),
        certificate.key_file.display(),
        origin.address()
    );
    let path = files.write("edge.toml", &text);
    (Program::start(&["edge", "--config", path.to_str().expect("text")]), authority, files, origin)
}

#[tokio::test]
async fn handshakes_that_never_end_hold_little_and_leave_nothing() {
    let (mut program, authority, _files, _origin) = program("2s").await;
    let [_, address, admin] = program.listening_over_tls().await;
    let visitor = Visitor::trusting(&authority);
    visitor.ask(address, "edge.example", SEGMENT).await.expect("an answer");
    let (before, _) = program.memory_kib();
    let mut wires = Vec::new();
    for index in 0..CONNECTIONS {
        let mut wire = Wire::connect(address).await;
        wire.send(if index % 2 == 0 { HALF } else { b"" }).await;
        wires.push(wire);
    }
    visitor.ask(address, "edge.example", SEGMENT).await.expect("others are served meanwhile");
    for wire in &mut wires {
        assert!(wire.rest().await.is_empty());
    }
    let (_, peak) = program.memory_kib();
    let grown = peak.saturating_sub(before);
    assert!(grown <= CONNECTIONS as u64 * 24 + 4096, "grown by {grown} KiB");
    let metrics = Viewer::of(admin).get("/metrics").await.text();
    let timed_out = format!("{} {CONNECTIONS}", event("header-timeout"));
    assert!(metrics.lines().any(|line| line == timed_out), "{metrics}");
}

/// Whoever has loaded a page keeps a connection open, and many do so at a time.
#[tokio::test]
async fn a_connection_that_waits_holds_little() {
    const MOST_KIB: u64 = 18;
    let (mut program, authority, _files, _origin) = program("10s").await;
    let [_, address, _] = program.listening_over_tls().await;
    let mut visits = Vec::new();
    // What the first ones make the program allocate for good is no part of it.
    for _ in 0..CONNECTIONS / 3 {
        let visit = Visitor::trusting(&authority).ask(address, "edge.example", SEGMENT).await;
        visits.push(visit.expect("an answer"));
    }
    let (before, _) = program.memory_kib();
    for _ in 0..CONNECTIONS {
        let visit = Visitor::trusting(&authority).ask(address, "edge.example", SEGMENT).await;
        visits.push(visit.expect("an answer"));
    }
    let (after, _) = program.memory_kib();
    let each = after.saturating_sub(before) / CONNECTIONS as u64;
    assert!(each <= MOST_KIB, "{each} KiB for each");
    assert_eq!(visits.pop().expect("the last").get(SEGMENT).await.expect("it is there still").0, 200);
}
