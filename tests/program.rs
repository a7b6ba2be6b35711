//! The real program: what it says, how it ends, and what it never logs.

mod certificates;
mod key;
mod log;
mod offices;
mod reload;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use http::{Method, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::certificates::visitor::Visitor;
use crate::world::origin::{head, ok};
use crate::world::program::Program;
use crate::world::sample::folder;
use crate::world::{Gate, Origin, Response, Step, Viewer, loopback, within};

const SEGMENT: &str = "/vod/0_meadow01/hls/720p/seg-1-v1-a1.ts";
const ANY: &str = "127.0.0.1:0";

/// What an edge says where the machine is set up for fewer viewers than the configuration.
const TOO_FEW_FILES: &str =
    "too few open files are allowed for viewers.max-connections: fewer viewers are let in";

/// A file in a folder of its own, which goes with the guard.
fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("writable");
    (folder, path)
}

/// `spokecast edge` before an origin, on free ports.
async fn edge(origin: SocketAddr) -> (Program, SocketAddr, SocketAddr) {
    let url = format!("http://{origin}");
    let mut program = Program::start(&["edge", "--origin", &url, "--listen", ANY, "--admin", ANY]);
    let (viewers, admin) = program.listening().await;
    (program, viewers, admin)
}

#[tokio::test]
async fn help_teaches_every_command() {
    for (arguments, words) in [
        (&["--help"][..], &["Examples:", "spokecast demo", "spokecast edge --origin", "Exit codes: 0"][..]),
        (
            &["edge", "--help"],
            &["spokecast edge --origin https://", "127.0.0.1:8080", "127.0.0.1:9090", "1GiB", "SIGTERM"],
        ),
        (&["check", "--help"], &["spokecast check edge.toml", "--schema", "exit code 1"]),
        (&["cert", "--help"], &["spokecast cert <COMMAND>", "request ", "show "]),
        (&["cert", "request", "--help"], &["spokecast cert request --name", "mode 600", "--json"]),
        (&["cert", "show", "--help"], &["spokecast cert show --connect", "Exit code 1", "--json"]),
        (&["key", "--help"], &["spokecast key <COMMAND>", "new ", "show "]),
        (&["key", "new", "--help"], &["spokecast key new locator.key", "--json", "mode 600"]),
        (&["key", "show", "--help"], &["spokecast key show locator.key", "--json", "is refused"]),
        (
            &["demo", "--help"],
            &[
                "spokecast demo --latency",
                "127.0.0.1:8080",
                "127.0.0.1:8443",
                "256MiB",
                "40ms",
                "/watch",
                "ffmpeg",
            ],
        ),
    ] {
        let ended = Program::run(arguments).await;
        assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""), "{arguments:?}");
        for word in words {
            assert!(ended.output.contains(word), "{arguments:?} lacks `{word}`:\n{}", ended.output);
        }
    }
    let nothing = Program::run::<&str>(&[]).await;
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.log.contains("Usage: spokecast"), "{}", nothing.log);
}

#[tokio::test]
async fn one_flag_makes_an_edge() {
    let origin = Origin::start(|_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await;
    let (program, viewers, admin) = edge(origin.address()).await;
    for _ in 0..2 {
        let response = Viewer::of(viewers).get(SEGMENT).await;
        assert_eq!((response.status, &response.body[..]), (StatusCode::OK, &b"0123456789"[..]));
        assert_eq!(response.cache_status(), "", "off by default");
    }
    assert_eq!(origin.count(), 1);
    assert_eq!(Viewer::of(admin).get("/readyz").await.text(), "ready\n");
    program.terminate();
    let ended = program.ended().await;
    assert_eq!((ended.code, ended.output.as_str()), (Some(0), ""), "{}", ended.log);
    // Somebody other than a terminal reads: every line is JSON.
    for line in ended.log.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["level"] == "INFO" || line["message"] == TOO_FEW_FILES, "{line}");
    }
}

/// As many idle viewers as there are descriptors: those that are let in leave some for fills and operators.
#[tokio::test]
async fn idle_viewers_never_take_the_last_descriptor() {
    const FILES: usize = 200;
    let origin = Origin::start(|_| ok("0123456789", &[])).await;
    let url = format!("http://{}", origin.address());
    let mut program =
        Program::with_open_files(FILES, &["edge", "--origin", &url, "--listen", ANY, "--admin", ANY]);
    let (viewers, admin) = program.listening().await;
    assert_eq!(program.logs(TOO_FEW_FILES).await["allowed"], FILES);
    let mut idle = Vec::new();
    for _ in 0..FILES {
        idle.push(TcpStream::connect(viewers).await.expect("connects"));
    }
    // Connections are taken in order: when the last one has its answer, all were taken.
    let (mut last, mut answer) = (idle.pop().expect("the last"), String::new());
    within("a refusal", last.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");

    let first = &mut idle[0];
    let request = format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n");
    first.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    within("an answer", first.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("0123456789"), "{answer}");
    assert_eq!(Viewer::of(admin).get("/healthz").await.text(), "ok\n");
}

/// An edge that was told to end while a transfer is under way.
struct Draining {
    program: Program,
    viewers: SocketAddr,
    /// Holds the second half of the body.
    gate: Gate,
    response: http::Response<Incoming>,
    _origin: Origin,
}

impl Draining {
    async fn begin() -> Self {
        let gate = Gate::new();
        let closed = gate.clone();
        let origin = Origin::start(move |_| {
            let head = head("200 OK", &[("Content-Length", "10")]);
            let (first, second) = (Step::Send(b"01234".into()), Step::Send(b"56789".into()));
            vec![Step::Send(head), first, Step::Wait(closed.clone()), second]
        })
        .await;
        let (mut program, viewers, _) = edge(origin.address()).await;
        let response = Viewer::of(viewers).open(Method::GET, SEGMENT, &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        program.terminate();
        program.logs("draining").await;
        Self { program, viewers, gate, response, _origin: origin }
    }
}

#[tokio::test]
async fn the_signal_to_end_lets_a_transfer_finish() {
    let edge = Draining::begin().await;
    assert!(TcpStream::connect(edge.viewers).await.is_err(), "a draining edge takes no connection");
    edge.gate.open();
    let response = Response::read(edge.response).await;
    assert_eq!((response.whole, &response.body[..]), (true, &b"0123456789"[..]));
    let ended = edge.program.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.log.contains("\"ended\""), "{}", ended.log);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let edge = Draining::begin().await;
    edge.program.terminate();
    let ended = edge.program.ended().await;
    assert_eq!(ended.code, Some(1), "{}", ended.log);
    assert!(ended.log.contains("ended at once"), "{}", ended.log);
    assert!(!Response::read(edge.response).await.whole, "half a body must not look whole");
}

#[tokio::test]
async fn faults_before_the_start_are_one_clear_line() {
    let taken = TcpListener::bind(loopback()).await.expect("loopback");
    let port = taken.local_addr().expect("bound").to_string();
    let origin = ["edge", "--origin", "http://127.0.0.1:9"];
    for (listen, admin, key, option) in
        [(port.as_str(), ANY, "viewers.listen", "--listen"), (ANY, &port, "admin.listen", "--admin")]
    {
        let ended = Program::run(&[&origin[..], &["--listen", listen, "--admin", admin]].concat()).await;
        assert_eq!(ended.code, Some(1));
        let line = ended.one_line();
        for word in [key, &port, "Address already in use", option] {
            assert!(line.contains(word), "no `{word}` in: {line}");
        }
    }

    let ended = Program::run(&["edge", "--config", "nowhere/edge.toml"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.one_line().starts_with("nowhere/edge.toml: cannot be read: "), "{}", ended.log);

    let ended = Program::run(&[&origin[..], &["--memory", "1MiB"]].concat()).await;
    assert_eq!((ended.code, ended.one_line()), (Some(2), "cache.memory: must be at least 16 MiB"));

    let text = "[[origin]]\nurl = \"https://cdn.example.com\"\nca-file = \"nowhere/ca.pem\"\n";
    let (folder, path) = file("edge.toml", text);
    let ended = Program::run(&["edge", "--config", path.to_str().expect("text")]).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.one_line().starts_with("spokecast: origin `origin`: ca-file nowhere/ca.pem: "),
        "{}",
        ended.log
    );

    // A folder that holds somebody's files is not made the sample's.
    let theirs = folder.path().to_str().expect("text");
    let ended = Program::run(&["demo", "--media", theirs]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.one_line().contains(theirs), "{}", ended.log);
    assert!(path.exists());
}

#[tokio::test]
async fn a_wrong_command_line_says_what_would_be_right() {
    for (arguments, word) in [
        (&["edge", "--origin", "cdn.example.com"][..], "such as `https://cdn.example.com`"),
        (&["edge", "--origin", "https://user:word@cdn.example.com"], "must not carry a user or password"),
        (&["edge", "--origin", "https://a.example", "--memory", "much"], "such as `512 MiB`"),
        (&["edge"], "--origin <URL>"),
        (&["serve"], "unrecognized subcommand"),
    ] {
        let ended = Program::run(arguments).await;
        assert_eq!((ended.code, ended.output.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.log.starts_with("error: ") && ended.log.contains(word), "{}", ended.log);
        assert!(ended.log.ends_with("For more information, try '--help'.\n"), "{}", ended.log);
    }
}

#[tokio::test]
async fn a_fault_in_a_file_is_shown_at_its_place_and_nothing_starts() {
    let text = "[[origin]]\nurl = \"https://cdn.example.com\"\n[cache]\nmemmory = \"1 GiB\"\n";
    let (_folder, path) = file("edge.toml", text);
    let path = path.to_str().expect("text");
    let ended = Program::run(&["edge", "--config", path]).await;
    assert_eq!((ended.code, ended.output.as_str()), (Some(2), ""));
    let lines: Vec<&str> = ended.log.lines().collect();
    let first = format!("{path}:4:1: unknown key `memmory`; did you mean `memory`?");
    assert!(lines[0].starts_with(&first), "{}", ended.log);
    assert_eq!(lines[1..], ["   |", " 4 | memmory = \"1 GiB\"", "   | ^^^^^^^"]);
}

#[tokio::test]
async fn check_finds_every_fault_of_every_file() {
    let (_good_folder, good) = file("good.toml", "[[origin]]\nurl = \"http://cdn.example.com\"\n");
    let (_bad_folder, bad) = file("bad.toml", "[cache]\nmemory = \"lots\"\n[[origin]]\nurl = \"ftp://a\"\n");
    let (good, bad) = (good.to_str().expect("text"), bad.to_str().expect("text"));
    let missing = "nowhere/edge.toml";

    let ended = Program::run(&["check", good]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""));
    assert_eq!(ended.output, format!("{good}: good\n"));

    let ended = Program::run(&["check", good, bad, missing]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(1), ""));
    let starts = [
        format!("{good}: good"),
        format!("{bad}:2:10: `lots` is not a size"),
        format!("{bad}:4:7: `ftp://a` is neither http nor https"),
        format!("{missing}: cannot be read"),
        "3 faults".to_owned(),
    ];
    let mut lines = ended.output.lines().filter(|line| !line.starts_with(' '));
    for start in &starts {
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with(start), "`{line}` does not start with `{start}`");
    }
    assert_eq!(lines.next(), None);

    let ended = Program::run(&["check", "--json", good, bad, missing]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(1), ""));
    let report: Value = serde_json::from_str(&ended.output).expect("JSON");
    let faults = report["faults"].as_array().expect("a list");
    let places: Vec<_> =
        faults.iter().map(|fault| (&fault["file"], &fault["line"], &fault["column"])).collect();
    let null = Value::Null;
    assert_eq!(
        places,
        [
            (&bad.into(), &2.into(), &10.into()),
            (&bad.into(), &4.into(), &7.into()),
            (&missing.into(), &null, &null)
        ]
    );
    let ended = Program::run(&["check", "--json", good]).await;
    assert_eq!(
        (ended.code, ended.output.split_whitespace().collect()),
        (Some(0), "{\"faults\":[]}".to_owned())
    );
}

/// What the file names is looked at too, as a start would.
#[tokio::test]
async fn check_opens_what_the_file_names() {
    let (folder, path) =
        file("edge.toml", "[[origin]]\nurl = \"https://a.example\"\nca-file = \"nowhere/ca.pem\"\n");
    let path = path.to_str().expect("text");
    let ended = Program::run(&["check", path]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(1), ""));
    let start = format!("{path}: origin `origin`: ca-file nowhere/ca.pem: ");
    assert!(ended.output.starts_with(&start), "{}", ended.output);
    assert!(ended.output.ends_with("\n1 fault\n"), "{}", ended.output);
    drop(folder);
}

/// `head` reads one line and leaves; a full disk takes none.
#[tokio::test]
async fn output_that_nobody_can_read_is_no_panic() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let ended = Program::with_output(&["check", "--schema"], writer.into()).ended().await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""));

    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the system has it");
    let ended = Program::with_output(&["check", "--schema"], full.into()).ended().await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.one_line().starts_with("spokecast: No space left"), "{}", ended.log);
}

#[tokio::test]
async fn the_schema_is_json_with_every_section() {
    let ended = Program::run(&["check", "--schema"]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""));
    let schema: Value = serde_json::from_str(&ended.output).expect("JSON");
    let sections: Vec<&str> =
        schema["properties"].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        sections,
        [
            "admin",
            "admission",
            "cache",
            "drain",
            "locator",
            "log",
            "map",
            "media",
            "origin",
            "proxies",
            "redirect",
            "relay",
            "self-test",
            "telemetry",
            "tls",
            "viewers",
            "watch"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_says_where_it_is_and_serves_its_page_and_streams() {
    let media = folder().to_str().expect("text");
    let demo = ["demo", "--json", "--media", media, "--listen", ANY, "--tls-listen", ANY, "--admin", ANY];
    let mut program = Program::start(&[&demo[..], &["--latency", "1ms"]].concat());
    let addresses: Value = serde_json::from_str(&program.output_line().await).expect("one line of JSON");
    let address = |key: &str| -> SocketAddr {
        let url = addresses[key].as_str().expect("a URL");
        url.strip_prefix("http://").and_then(|url| url.parse().ok()).expect("an address")
    };
    let viewer = Viewer::of(address("edge"));
    assert_eq!(addresses["watch"], format!("http://{}/watch", address("edge")));
    let page = viewer.get("/watch").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.text().contains("Spokecast"), "{}", page.text());

    // Over HTTPS, to who trusts the authority alone.
    let pem = fs::read(addresses["ca_file"].as_str().expect("a file")).expect("readable");
    let https = addresses["https"].as_str().and_then(|url| url.strip_prefix("https://")).expect("a URL");
    let https: SocketAddr = https.parse().expect("an address");
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut visit = Visitor::trusting_pem(&pem).come(https, name).await.expect("a certificate for it");
        assert_eq!(visit.get("/watch").await.expect("an answer").0, 200);
    }

    let offered = viewer.get("/watch/streams.json").await.json();
    assert_eq!(offered["streams"], addresses["streams"]);
    let streams = offered["streams"].as_array().expect("a list");
    assert_eq!(streams.len(), 5);
    for stream in streams {
        let path = stream["url"].as_str().expect("a path");
        let manifest = viewer.get(path).await;
        assert_eq!(manifest.status, StatusCode::OK, "{path}");
        let beginning = if stream["format"] == "hls" { "#EXTM3U" } else { "<?xml" };
        assert!(manifest.text().starts_with(beginning), "{path}");
        assert_eq!(Viewer::of(address("origin")).get(path).await.body, manifest.body, "{path}");
    }
    let activity = viewer.get("/watch/activity.json").await.json();
    assert_eq!((&activity["fills"], &activity["errors"]), (&5.into(), &0.into()));
    assert_eq!(Viewer::of(address("admin")).get("/healthz").await.text(), "ok\n");

    program.terminate();
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

/// A signal that comes as soon as the addresses are out is not missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_says_it_is_ready_can_be_ended() {
    let media = folder().to_str().expect("text");
    for _ in 0..5 {
        let free = ["--listen", ANY, "--tls-listen", ANY, "--admin", ANY];
        let mut demo = Program::start(&[&["demo", "--json", "--media", media][..], &free].concat());
        demo.output_line().await;
        demo.terminate();
        assert_eq!(demo.ended().await.code, Some(0));
        let (edge, _, _) = edge(SocketAddr::from(([127, 0, 0, 1], 9))).await;
        edge.terminate();
        assert_eq!(edge.ended().await.code, Some(0));
    }
}
