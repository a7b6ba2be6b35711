//! The map of offices and who is served, by the real program: files that change, what is logged, and what never is.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{ANY, SEGMENT, edge};
use crate::world::origin::ok;
use crate::world::program::Program;
use crate::world::{Origin, Viewer};

const MUNICH: [u8; 4] = [127, 1, 0, 9];
const STRANGER: [u8; 4] = [127, 9, 0, 9];
const RELOADED: &str = "the configuration is reloaded";
const REFUSED: &str = "the configuration is refused; the one before holds";

/// A folder with a configuration that is told everything about offices, and a map.
fn folder(origin: &Origin, level: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let text = format!(
        "[viewers]\nlisten = [\"{ANY}\"]\n[admin]\nlisten = \"{ANY}\"\n[log]\nformat = \"json\"\nlevel = \"{level}\"\n\
         [map]\nfiles = [\"{}\", \"{}\"]\nrealm = \"local\"\nsite = \"munich\"\n[admission]\nown-site = true\n\
         [locator]\nportals = [\"https://portal.example\"]\nkey-file = \"{}\"\n[redirect]\nenabled = true\n\
         [[origin]]\nurl = \"http://{}\"\n",
        at("sites.csv"),
        at("edges.csv"),
        at("locator.key"),
        origin.address()
    );
    edge::locate::key::create(&folder.path().join("locator.key")).expect("a key");
    fs::write(at("edge.toml"), text).expect("writable");
    fs::write(at("sites.csv"), "site,internal\nmunich,127.1.0.0/16\n").expect("writable");
    fs::write(at("edges.csv"), "edge,site,url\nmunich-1,munich,http://127.0.0.1:9\n").expect("writable");
    folder
}

async fn start(folder: &Path) -> (Program, std::net::SocketAddr) {
    let config = folder.join("edge.toml");
    let mut program =
        Program::start(&["edge", "--config", config.to_str().expect("text"), "--memory", "64MiB"]);
    let (viewers, _admin) = program.listening().await;
    (program, viewers)
}

async fn state(edge: std::net::SocketAddr, own: [u8; 4]) -> Value {
    Viewer::from(own, edge).get("/self-test.json").await.json()["location"]["state"].clone()
}

#[tokio::test]
async fn changes_of_the_map_are_followed_and_a_faulty_one_is_refused() {
    let origin = Origin::start(|_| ok("x", &[])).await;
    let folder = folder(&origin, "info");
    let (mut program, edge) = start(folder.path()).await;
    assert_eq!((state(edge, MUNICH).await, state(edge, STRANGER).await), ("site".into(), "unknown".into()));

    let sites = folder.path().join("sites.csv");
    fs::write(&sites, "site,internal\nmunich,127.9.0.0/16\n").expect("writable");
    assert_eq!(program.logs(RELOADED).await["because"], "a file changed");
    assert_eq!((state(edge, MUNICH).await, state(edge, STRANGER).await), ("unknown".into(), "site".into()));

    fs::write(&sites, "site,internal\nmunich,127.9.0.1/16\nmunich,127.1.0.0/33\n").expect("writable");
    for place in ["sites.csv:2: internal: ", "sites.csv:3: internal: "] {
        let fault = program.logs("fault").await;
        assert!(fault["fault"].as_str().is_some_and(|text| text.contains(place)), "{fault}");
    }
    assert_eq!(program.logs(REFUSED).await["error"], "the map of offices has faults: 2");
    assert_eq!(state(edge, STRANGER).await, "site");
}

#[tokio::test]
async fn no_log_line_names_a_viewer_who_is_located_sent_or_refused() {
    let origin = Origin::start(|_| ok("x", &[])).await;
    let folder = folder(&origin, "trace");
    let (program, edge) = start(folder.path()).await;
    for own in [MUNICH, STRANGER] {
        for path in [
            "/where?nonce=0123456789abcdef&return=https%3A%2F%2Fportal.example",
            "/where?nonce=0123456789abcdef&return=https%3A%2F%2Fevil.example",
            "/where.json?nonce=fedcba9876543210",
            "/go/a.ts",
            "/self-test.json",
            SEGMENT,
        ] {
            Viewer::from(own, edge).get(path).await;
        }
    }
    program.terminate();
    let ended = program.ended().await;
    assert!(ended.log.contains("\"DEBUG\"") && ended.log.contains("refused"), "{}", ended.log);
    for secret in ["127.1.0.9", "127.9.0.9", "0123456789abcdef", "evil.example", "PRIVATE KEY"] {
        assert!(!ended.log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn who_listens_wider_and_says_nothing_serves_this_machine_and_is_told() {
    let origin = Origin::start(|_| ok("x", &[])).await;
    let url = format!("http://{}", origin.address());
    let warning = "only this machine is served";
    for (more, is_warned) in [(&[][..], true), (&["--open"], false), (&["--allow", "10.0.0.0/8"], false)] {
        let listen = ["edge", "--origin", &url, "--listen", "0.0.0.0:0", "--admin", ANY];
        let mut program = Program::start(&[&listen[..], more].concat());
        let (mut viewers, _admin) = program.listening().await;
        viewers.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        let expected = if more.contains(&"--allow") { 403 } else { 200 };
        assert_eq!(Viewer::of(viewers).get(SEGMENT).await.status.as_u16(), expected, "{more:?}");
        program.terminate();
        let ended = program.ended().await;
        assert_eq!(ended.log.contains(warning), is_warned, "{more:?}: {}", ended.log);
    }
    let (program, viewers, _admin) = edge(origin.address()).await;
    assert_eq!(Viewer::from(STRANGER, viewers).get(SEGMENT).await.status.as_u16(), 200);
    program.terminate();
    assert!(!program.ended().await.log.contains(warning));
}
