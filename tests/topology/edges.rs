//! What runs in the companies and outside of them: the edges, the origin, the proxies.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;

use tempfile::TempDir;

use super::companies::{EDGES_OF_A, EDGES_OF_B, LINES, PLACES, SITES_OF_A, SITES_OF_B};
use super::proxy;
use crate::world::network::{Network, Running};
use crate::world::origin::{Origin, ok};
use crate::world::program::Program;
use crate::world::skip::skipped;

/// Where each company's proxy is asked.
pub(super) const PROXY: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 3)), 3128);

/// What holds for all edges.
const EVERY_EDGE: &str = r#"
[admin]
listen = "127.0.0.1:9090"
[cache]
memory = "16 MiB"
[log]
format = "json"
[[origin]]
url = "http://203.0.113.10"
"#;

/// Where an edge listens, and what it knows: `{folder}` has the maps and keys.
type Edge = (&'static str, &'static str, &'static str);

/// The edges in the offices.
const OFFICES: [Edge; 5] = [
    ("a1-edge", "10.1.0.2:8080", "[admission]\nnetworks = [\"10.1.0.0/16\"]\n"),
    (
        "a2-edge",
        "10.2.0.2:8080",
        r#"
[map]
files = ["{folder}/a-sites.csv", "{folder}/a-edges.csv"]
realm = "a"
site = "a2"
[admission]
own-site = true
"#,
    ),
    ("a3-edge", "192.168.7.2:8080", "[admission]\nopen = true\n"),
    ("b1-edge", "10.1.0.3:8080", "[admission]\nopen = true\n"),
    ("b2-edge", "10.2.0.3:8080", "[admission]\nopen = true\n"),
];

/// The edges that know where viewers are, and send them there.
const CROSSROADS: [Edge; 3] = [
    (
        "hub-a-edge",
        "10.0.0.2:8080",
        r#"
[map]
files = ["{folder}/a-sites.csv", "{folder}/a-edges.csv"]
realm = "a"
site = "hub-a"
[admission]
networks = ["10.0.0.0/8", "192.168.7.0/24"]
[locator]
portals = ["http://portal.example"]
key-file = "{folder}/a.key"
[redirect]
enabled = true
check-every = "100ms"
"#,
    ),
    (
        "hub-b-edge",
        "10.0.0.4:8080",
        r#"
[map]
files = ["{folder}/b-sites.csv", "{folder}/b-edges.csv"]
realm = "b"
site = "hub-b"
[admission]
own-site = true
[locator]
portals = ["http://portal.example"]
key-file = "{folder}/b.key"
[redirect]
enabled = true
"#,
    ),
    (
        "cloud",
        "203.0.113.250:8080",
        r#"
[map]
files = ["{folder}/a-sites.csv", "{folder}/a-edges.csv", "{folder}/b-sites.csv", "{folder}/b-edges.csv"]
[admission]
open = true
[redirect]
enabled = true
# From outside no office's edge answers: that must not matter.
check-every = "100ms"
[proxies]
trusted = ["203.0.113.1", "192.0.2.1"]
internal-address = "X-Internal-Address"
"#,
    ),
];

/// Everything that runs. The network goes last.
pub(super) struct Companies {
    edges: HashMap<&'static str, Program>,
    _proxies: [Running; 2],
    pub(super) origin: Origin,
    pub(super) folder: TempDir,
    pub(super) network: Network,
}

/// The network alone; none where it cannot be made, and then that is said in the name of `test`.
pub(super) fn network(test: &str) -> Option<Network> {
    if let Some(obstacle) = Network::obstacle() {
        skipped(&format!("topology::{test}"), &obstacle);
        return None;
    }
    Some(Network::lay(&PLACES, &LINES))
}

impl Companies {
    /// Starts everything, with an origin that answers with the path it was asked for.
    pub(super) async fn start(test: &str) -> Option<Self> {
        let network = network(test)?;
        let listener = network.listen("origin", 80);
        let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
        let origin = Origin::on(listener, |seen| ok(&seen.target, &[("Cache-Control", "max-age=60")]));
        let proxies = ["hub-a-proxy", "hub-b-proxy"];
        let proxies =
            proxies.map(|place| network.start(place, proxy::serve(network.listen(place, PROXY.port()))));

        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in [
            ("a-sites.csv", SITES_OF_A),
            ("a-edges.csv", EDGES_OF_A),
            ("b-sites.csv", SITES_OF_B),
            ("b-edges.csv", EDGES_OF_B),
        ] {
            fs::write(folder.path().join(name), text).expect("writable");
        }
        for name in ["a.key", "b.key"] {
            let file = folder.path().join(name);
            let ended = Program::run(&["key", "new", file.to_str().expect("text")]).await;
            assert_eq!(ended.code, Some(0), "{}", ended.log);
        }
        let mut edges = HashMap::new();
        // Who sends viewers to edges starts last: it must not find any that is not there yet.
        for group in [&OFFICES[..], &CROSSROADS] {
            let mut started: Vec<_> = group.iter().map(|edge| start(&network, &folder, *edge)).collect();
            for edge in &mut started {
                edge.listening().await;
            }
            edges.extend(group.iter().map(|(place, ..)| *place).zip(started));
        }
        Some(Self { edges, _proxies: proxies, origin, folder, network })
    }

    /// Ends one edge.
    pub(super) async fn stop(&mut self, edge: &str) {
        let edge = self.edges.remove(edge).expect("it runs");
        edge.terminate();
        edge.ended().await;
    }
}

fn start(network: &Network, folder: &TempDir, (place, listen, more): Edge) -> Program {
    let path = folder.path().to_str().expect("text");
    let text = format!("[viewers]\nlisten = [\"{listen}\"]\n{}{EVERY_EDGE}", more.replace("{folder}", path));
    let file = folder.path().join(format!("{place}.toml"));
    fs::write(&file, text).expect("writable");
    Program::inside(&network.namespace(place), &["edge", "--config", file.to_str().expect("text")])
}
