//! What leaves an office: its edge stands behind a filter that lets out nothing but what goes to the configured origin
//! and collector, and counts what else tries.
//!
//! ```text
//!   origin 203.0.113.10    collector 203.0.113.20    elsewhere 203.0.113.66
//!        │                        │                        │
//!  ──┬───┴────────────────────────┴────────────────────────┴──────  the internet
//!    │ NAT 198.51.100.7
//!  office ─┬─ edge 10.1.0.2 (the filter)
//!          └─ viewers 10.1.0.77, .78, .79
//! ```

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

use edge::locate::key;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::world::collector::Collector;
use crate::world::network::{Network, Place};
use crate::world::origin::{Origin, answer, ok};
use crate::world::program::Program;
use crate::world::skip::skipped;
use crate::world::tls::TlsFront;
use crate::world::{Response, Script, Seen};

const PLACES: [Place; 9] = [
    Place { name: "internet", address: [203, 0, 113, 254], above: None, carries: None, hides: false },
    Place::below("internet", "origin", [203, 0, 113, 10]),
    Place::below("internet", "collector", [203, 0, 113, 20]),
    Place::below("internet", "elsewhere", [203, 0, 113, 66]),
    Place::below("internet", "office", [198, 51, 100, 7]).hiding("10.1.0.0/16"),
    Place::below("office", "edge", [10, 1, 0, 2]),
    Place::below("office", "viewer", [10, 1, 0, 77]),
    Place::below("office", "second", [10, 1, 0, 78]),
    Place::below("office", "third", [10, 1, 0, 79]),
];

/// Nothing goes out unless it stands here: answers to viewers, and what begins towards origin and collector. The system
/// itself looks for neighbours with `ICMPv6`, which is dropped and not counted: no program has a hand in it.
const FILTER: &str = "
table inet egress {
  counter denied { }
  counter to_origin { }
  counter to_collector { }
  chain out {
    type filter hook output priority 0; policy drop;
    oif lo accept
    meta l4proto ipv6-icmp drop
    tcp sport 8080 tcp flags & (syn | ack) != syn accept
    ip daddr 203.0.113.10 tcp dport 80 counter name to_origin accept
    ip daddr 203.0.113.20 tcp dport 443 counter name to_collector accept
    counter name denied drop
  }
}
";

const EDGE: &str = "http://10.1.0.2:8080";

/// The network behind its filter, the origin, and a host that nobody is to ask.
struct Office {
    edge: Program,
    origin: Origin,
    collector: Collector,
    elsewhere: Vec<Origin>,
    folder: TempDir,
    _tls: TlsFront,
    _way_to_collector: JoinHandle<()>,
    network: Network,
}

/// The network with its filter; none where it cannot be made, and then that is said in the name of `test`.
fn filtered(test: &str) -> Option<Network> {
    if let Some(obstacle) = Network::obstacle() {
        skipped(&format!("topology::egress::{test}"), &obstacle);
        return None;
    }
    let network = Network::lay(&PLACES, &[]);
    let mut nft = Command::new("ip")
        .args(["netns", "exec", &network.namespace("edge"), "nft", "-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("nft starts");
    nft.stdin.take().expect("piped").write_all(FILTER.as_bytes()).expect("it reads");
    assert!(nft.wait().expect("it ends").success(), "the filter is not one");
    Some(network)
}

/// Packets that a counter of the filter has seen.
fn counted(network: &Network, counter: &str) -> u64 {
    let listed = Command::new("ip")
        .args([
            "netns",
            "exec",
            &network.namespace("edge"),
            "nft",
            "list",
            "counter",
            "inet",
            "egress",
            counter,
        ])
        .output()
        .expect("nft starts");
    let text = String::from_utf8(listed.stdout).expect("text");
    let (_, rest) = text.split_once("packets ").unwrap_or_else(|| panic!("no counter {counter}: {text}"));
    rest.split(' ').next().and_then(|count| count.parse().ok()).expect("a number")
}

impl Office {
    async fn open(test: &str) -> Option<Self> {
        let network = filtered(test)?;
        let listen =
            |place: &str, port| TcpListener::from_std(network.listen(place, port)).expect("a runtime");
        let origin = Origin::on(listen("origin", 80), script);
        let elsewhere =
            [53, 80, 443, 8443].map(|port| Origin::on(listen("elsewhere", port), |_| ok("no", &[])));

        let collector = Collector::start().await;
        let tls = TlsFront::start("203.0.113.20", &["http/1.1"], collector.address()).await;
        let way = tokio::spawn(pass_on(listen("collector", 443), tls.address()));

        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::copy(tls.ca_file(), folder.path().join("ca.pem")).expect("a certificate");
        key::create(&folder.path().join("locator.key")).expect("a key");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
        write("sites.csv", "site,internal,kind\noffice,10.1.0.0/16,lan\n");
        write("edges.csv", &format!("edge,site,url\noffice-1,office,{EDGE}\n"));
        let path = folder.path().to_str().expect("text");
        write("edge.toml", &CONFIGURATION.replace("{folder}", path));
        let edge = start(&network, &folder).await;
        let elsewhere = elsewhere.into();
        Some(Self { edge, origin, collector, elsewhere, folder, _tls: tls, _way_to_collector: way, network })
    }

    async fn get(&self, from: &str, target: &str, fields: &[(&str, &str)]) -> Response {
        self.network.ask(from, &format!("{EDGE}{target}"), fields).await
    }
}

async fn start(network: &Network, folder: &TempDir) -> Program {
    let file = folder.path().join("edge.toml");
    let arguments = ["edge", "--config", file.to_str().expect("text")];
    let mut edge = Program::inside(&network.namespace("edge"), &arguments);
    edge.listening().await;
    edge
}

/// Passes on what comes to a place to a server outside of the network.
async fn pass_on(listener: TcpListener, to: SocketAddr) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut onward = tokio::net::TcpStream::connect(to).await.expect("it is there");
            // Ends with either of the two.
            let _ended = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
        });
    }
}

/// The edge of an office with everything on.
const CONFIGURATION: &str = r#"
[viewers]
listen = ["10.1.0.2:8080"]
[admin]
listen = "127.0.0.1:9090"
[cache]
memory = "16 MiB"
[map]
files = ["{folder}/sites.csv", "{folder}/edges.csv"]
realm = "local"
site = "office"
[admission]
own-site = true
[locator]
portals = ["http://portal.example"]
key-file = "{folder}/locator.key"
[redirect]
enabled = true
check-every = "100ms"
[watch]
enabled = true
[telemetry]
threshold = 3
folder = "{folder}/telemetry"
[telemetry.upstream]
to = "https://203.0.113.20/v1/reports"
ca-file = "{folder}/ca.pem"
spread = "0s"
[log]
format = "json"
level = "trace"
[[origin]]
url = "http://203.0.113.10"
relay-hosts = ["203.0.113.10"]
"#;

/// An origin that names other hosts wherever it can.
fn script(seen: &Seen) -> Script {
    let fresh = [("Cache-Control", "max-age=1"), ("ETag", "\"1\"")];
    let others = [
        ("Cache-Control", "max-age=60"),
        ("Link", "<http://203.0.113.66/linked>; rel=preload"),
        ("Alt-Svc", "h2=\"203.0.113.66:443\"; ma=3600"),
        ("Report-To", "{\"endpoints\":[{\"url\":\"http://203.0.113.66/report\"}]}"),
        ("NEL", "{\"report_to\":\"203.0.113.66\"}"),
        ("Refresh", "0; url=http://203.0.113.66/refreshed"),
        ("Content-Location", "http://203.0.113.66/located"),
    ];
    match seen.target.as_str() {
        target if target.contains("/moved/") => answer(
            "302 Found",
            "",
            &[("Location", "http://203.0.113.66/moved"), ("Cache-Control", "max-age=60")],
        ),
        target if target.contains("/named/") => {
            answer("307 Temporary Redirect", "", &[("Location", "https://leaks.example/by-name")])
        }
        target if extension(target) == "m3u8" => ok(
            "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-SESSION-DATA:DATA-ID=\"x\",URI=\"http://203.0.113.66/data\"\n\
             #EXT-X-KEY:METHOD=AES-128,URI=\"http://203.0.113.66/key\"\n\
             #EXT-X-MAP:URI=\"https://leaks.example/init.mp4\"\n#EXTINF:4,\nhttp://203.0.113.66/seg-1.ts\n#EXT-X-ENDLIST\n",
            &fresh,
        ),
        target if extension(target) == "mpd" => ok(
            "<!DOCTYPE MPD SYSTEM \"http://203.0.113.66/a.dtd\"><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">\
             <Location>http://203.0.113.66/other.mpd</Location><BaseURL>http://203.0.113.66/</BaseURL></MPD>",
            &fresh,
        ),
        target if target.contains("/gone/") => answer("404 Not Found", "gone", &others),
        _ => ok("0123456789", &others),
    }
}

/// What a viewer may name: hosts by address and by name, everywhere.
const NAMING: [(&str, &str); 14] = [
    ("Referer", "http://203.0.113.66/referer"),
    ("Origin", "http://203.0.113.66"),
    ("Forwarded", "for=203.0.113.66;host=leaks.example;by=203.0.113.66"),
    ("X-Forwarded-For", "203.0.113.66"),
    ("X-Forwarded-Host", "leaks.example"),
    ("X-Original-URL", "http://203.0.113.66/original"),
    ("X-Real-IP", "203.0.113.66"),
    ("Via", "1.1 leaks.example"),
    ("From", "somebody@leaks.example"),
    ("CMCD-Object", "nor=\"http%3A%2F%2F203.0.113.66%2Fnext\""),
    ("CMCD-Session", "sid=\"leaks.example\""),
    ("Destination", "http://203.0.113.66/destination"),
    ("Link", "<http://203.0.113.66/linked>; rel=preload"),
    ("User-Agent", "http://leaks.example/bot"),
];

/// The filter counts: else nothing would show.
#[tokio::test]
async fn the_filter_counts_what_tries_to_leave() {
    let Some(network) = filtered("the_filter_counts_what_tries_to_leave") else { return };
    assert_eq!(counted(&network, "denied"), 0);
    let tries = network.start("edge", async {
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        // A name is asked for, and somebody is called.
        let _denied = socket.send_to(b"a question", SocketAddr::from(([203, 0, 113, 66], 53)));
        let other = SocketAddr::from(([203, 0, 113, 66], 443));
        let _denied = TcpStream::connect_timeout(&other, Duration::from_millis(50));
    });
    tries.ended();
    assert!(counted(&network, "denied") >= 2);
    assert_eq!((counted(&network, "to_origin"), counted(&network, "to_collector")), (0, 0));
}

#[tokio::test]
async fn an_edge_asks_its_origin_and_its_collector_and_nobody_else() {
    let Some(mut office) = Office::open("an_edge_asks_its_origin_and_its_collector_and_nobody_else").await
    else {
        return;
    };
    let query =
        "?url=http://203.0.113.66/query&CMCD=nor%3D%22http%3A%2F%2Fleaks.example%22&host=leaks.example";
    for round in 0..3 {
        for path in [
            "/vod/1_meeting0/seg-1-v1-a1.ts",
            "/vod/1_meeting0/master.m3u8",
            "/vod/1_meeting0/index-v1-a1.m3u8",
            "/vod/1_meeting0/manifest.mpd",
            "/vod/1_meeting0/moved/seg-1-v1-a1.ts",
            "/vod/1_meeting0/named/seg-1-v1-a1.ts",
            "/vod/1_meeting0/gone/seg-1-v1-a1.ts",
            "/kVOD/203.0.113.10/vod/1_meeting0/seg-2-v1-a1.ts",
            "/kVOD/203.0.113.66/vod/1_meeting0/seg-2-v1-a1.ts",
            "/kVOD/leaks.example/vod/1_meeting0/seg-2-v1-a1.ts",
            "/kVOD/203.0.113.10/kVOD/203.0.113.66/vod/1_meeting0/seg-2-v1-a1.ts",
            "//203.0.113.66/vod/1_meeting0/seg-3-v1-a1.ts",
            "/http://203.0.113.66/seg-3-v1-a1.ts",
            "/go/vod/1_meeting0/seg-1-v1-a1.ts",
            "/go/kVOD/203.0.113.66/seg-1-v1-a1.ts",
            "/self-test",
            "/self-test.json",
            "/where.json",
            "/where?nonce=0123456789abcdefghij-_&return=http%3A%2F%2F203.0.113.66%2F",
            "/where?nonce=0123456789abcdefghij-0&return=http%3A%2F%2Fportal.example%2F",
            "/watch/",
        ] {
            let target = if path.contains('?') { path.to_owned() } else { format!("{path}{query}") };
            let answer = office.get("viewer", &target, &NAMING).await;
            assert!(answer.whole, "{round}: {path}");
        }
    }
    for viewer in ["second", "third"] {
        let answer = office.get(viewer, "/vod/1_meeting0/seg-1-v1-a1.ts", &NAMING).await;
        assert_eq!(answer.status, 200, "{viewer}");
    }
    assert_eq!(office.network.get("edge", "http://127.0.0.1:9090/metrics").await.status, 200);
    let first = ended(office.edge).await;
    // The window has ended with the edge, and the next one delivers what waits of it.
    office.edge = start(&office.network, &office.folder).await;
    office.collector.wait_for(1).await;
    let second = ended(office.edge).await;

    let report = String::from_utf8(office.collector.delivered()[0].report.clone()).expect("text");
    assert!(report.contains(r#""entry_id":"1_meeting0","segment_number":1,"#), "{report}");
    assert!(!report.contains("leaks") && !report.contains("10.1.") && !report.contains("203.0."), "{report}");
    assert!(counted(&office.network, "to_collector") > 5);
    let (asked, packets) = (office.origin.count(), counted(&office.network, "to_origin"));
    assert!(asked >= 6 && packets >= 12, "{asked} requests in {packets} packets");
    assert_eq!(counted(&office.network, "denied"), 0, "{first}{second}");
    for origin in &office.elsewhere {
        assert_eq!((origin.connections(), origin.count()), (0, 0), "{}", origin.address());
    }
}

/// Ends an edge as it should, and gives its log.
async fn ended(edge: Program) -> String {
    edge.terminate();
    let ended = edge.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    ended.log
}

fn extension(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}
