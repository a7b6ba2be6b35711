//! Canaries: whatever a viewer sends is found nowhere but where the viewer is answered.
//!
//! Each place of a request that holds something holds a word or an address of its own, through hits, misses and errors,
//! behind proxies, and where no HTTP is spoken at all. Then all that comes out of an edge is searched for each of them in
//! every way to write it: what origins and the collector get, the log at its finest level, all that operators see, each
//! file in the edge's folders, and what other viewers are answered.

mod carriers;
mod encodings;
mod visits;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use edge::locate::key;
use edge::{Clock, Config, Edge};
use tempfile::TempDir;

use crate::world::collector::Collector;
use crate::world::frames::{END_STREAM, Frame, Frames, INITIAL_WINDOW_SIZE};
use crate::world::origin::{answer, ok};
use crate::world::program::Program;
use crate::world::{Origin, Script, Seen, Step, Viewer, Wire, within};
use carriers::Aviary;
use encodings::Search;
use visits::{End, PATHS, Visit};

/// When the edge whose time is moved by hand begins: 2026-11-21T10:15Z.
const BEGIN: Duration = Duration::from_mins(29_920_935);

/// What operators ask for.
const OPERATORS: [&str; 11] = [
    "/metrics",
    "/healthz",
    "/readyz",
    "/cache?limit=10000",
    "/telemetry.json",
    "/telemetry.json?entry=1_birds000",
    "/telemetry/sent.json",
    "/telemetry/sent.jsonl",
    "/telemetry",
    "/telemetry/sent",
    "/nothing",
];

/// The fields with which a report travels, as PRIVACY.md has them.
const FIELDS_OF_A_REPORT: [&str; 6] =
    ["content-encoding", "content-length", "content-type", "host", "idempotency-key", "user-agent"];

/// What came out of an edge.
type Out = Vec<(String, Vec<u8>)>;

/// An origin, a collector, and the folder in which an edge has all its files.
struct Site {
    origin: Origin,
    collector: Collector,
    folder: TempDir,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
        write("sites.csv", "site,internal,kind\ns17,127.0.0.0/8,lan\ns17,10.0.0.0/8,wifi\n");
        write("edges.csv", "edge,site,url\ns17-1,s17,http://127.0.0.1:1\n");
        key::create(&folder.path().join("locator.key")).expect("a key");
        Self { origin: Origin::start(script).await, collector: Collector::start().await, folder }
    }

    /// Everything is on, and everything that may be logged is.
    fn configuration(&self, format: &str) -> String {
        let folder = self.folder.path().display();
        let (origin, collector) = (self.origin.address(), self.collector.url());
        format!(
            r#"
[viewers]
listen = ["127.0.0.1:0"]
cache-status = true
[admin]
listen = "127.0.0.1:0"
[cache]
memory = "64 MiB"
[proxies]
trusted = ["127.0.0.7"]
header = "x-forwarded-for"
protocol = "proxy"
internal-address = "X-Internal-Address"
[map]
files = ["{folder}/sites.csv", "{folder}/edges.csv"]
realm = "local"
site = "s17"
[admission]
open = true
[locator]
portals = ["https://portal.example"]
key-file = "{folder}/locator.key"
[redirect]
enabled = true
[watch]
enabled = true
activity = true
[telemetry]
threshold = 3
folder = "{folder}/telemetry"
[telemetry.upstream]
to = "{collector}"
spread = "0s"
[log]
level = "trace"
format = "{format}"
[drain]
timeout = "2s"
[[origin]]
url = "http://{origin}"
"#
        )
    }

    /// What the origin and the collector got, and what lies in the folder.
    fn out(&self) -> Out {
        let seen = self.origin.seen();
        let mut out: Out = seen
            .into_iter()
            .map(|seen| ("the origin".to_owned(), [seen.head.as_bytes(), &seen.body].concat()))
            .collect();
        for delivered in self.collector.delivered() {
            out.push(("the head of a report".into(), delivered.head.into()));
            out.push(("a report as it was sent".into(), delivered.packed));
            out.push(("a report".into(), delivered.report));
        }
        files(self.folder.path(), &mut out);
        out
    }
}

/// Every file below a folder.
fn files(folder: &Path, out: &mut Out) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((format!("the file {}", path.display()), fs::read(&path).expect("readable")));
        }
    }
}

fn script(seen: &Seen) -> Script {
    let path = seen.target.split('?').next().unwrap_or_default();
    let fresh = [("Cache-Control", "max-age=600"), ("ETag", "\"1\"")];
    if path.contains("/gone/") {
        return answer("404 Not Found", "gone", &[]);
    }
    if path.contains("/reset/") {
        return vec![Step::Reset];
    }
    if path.contains("/elsewhere/") {
        return answer("302 Found", "", &[("Location", "https://elsewhere.example/a.ts")]);
    }
    if matches!(path.rsplit_once('.'), Some((_, "m3u8" | "mpd"))) {
        return ok("no manifest at all", &fresh);
    }
    ok("0123456789", &fresh)
}

/// Visits that are answered with what they ask for: were they refused, nothing of them could be found anywhere.
const SERVED: [&str; 5] = ["a miss", "hits", "X-Forwarded-For", "PROXY, version 1", "PROXY, version 2"];

/// Pays every visit, and gives what each was answered.
async fn pay(viewers: SocketAddr, visits: &[Visit]) -> Out {
    let mut answers = Out::new();
    for Visit { what, own, bytes, end } in visits {
        let mut wire = Wire::connect_from(*own, viewers).await;
        let answer = if *end == End::Stream {
            let mut frames = Frames::over(wire.into_stream(), &[(INITIAL_WINDOW_SIZE, 1 << 30)]).await;
            frames.send(bytes).await;
            let is_last = |frame: &Frame| frame.stream == 1 && frame.flags & END_STREAM != 0;
            frames.wait_for(is_last).await.map(|frame| frame.payload).unwrap_or_default()
        } else {
            wire.send(bytes).await;
            if *end == End::Half {
                wire.finish().await;
            }
            within(what, wire.rest()).await
        };
        answers.push((what.clone(), answer));
    }
    answers
}

/// What is answered over HTTP/2, with heads that can be read.
async fn over_http2(viewers: SocketAddr, aviary: &mut Aviary) -> Out {
    let (lines, query) = (aviary.plain_fields(), aviary.query());
    let fields: Vec<_> = lines.iter().filter_map(|line| line.split_once(": ")).collect();
    let viewer = Viewer::http2(viewers);
    let mut answers = Out::new();
    for path in PATHS.into_iter().chain(["/%zz", "/self-test.json", "/where.json", "/nothing"]) {
        let answer = viewer.ask(&format!("{path}?{query}"), &fields).await;
        let head = format!("{:?}\n", answer.headers);
        answers.push((path.to_owned(), [head.as_bytes(), &answer.body].concat()));
    }
    answers
}

/// What somebody else is answered for all of it.
async fn others(viewers: SocketAddr, paths: &[String]) -> Out {
    let other = Viewer::of(viewers);
    let mut out = Out::new();
    let fixed = PATHS.into_iter().chain([
        "/%zz",
        "/self-test.json",
        "/where.json",
        "/watch/status.json",
        "/kVOD/x.example/a",
    ]);
    for path in fixed.map(str::to_owned).chain(paths.iter().cloned()) {
        let answer = other.get(&path).await;
        out.push((
            format!("another viewer, {path}"),
            [format!("{:?}\n", answer.headers).as_bytes(), &answer.body].concat(),
        ));
    }
    out
}

async fn operators(admin: SocketAddr) -> Out {
    let operator = Viewer::of(admin);
    let mut out = Out::new();
    for path in OPERATORS {
        let answer = operator.get(path).await;
        out.push((
            format!("an operator, {path}"),
            [format!("{:?}\n", answer.headers).into(), answer.body.to_vec()].concat(),
        ));
    }
    out
}

/// Who asks the operators' listener without being one.
fn at_the_admin_listener(aviary: &mut Aviary) -> Vec<Visit> {
    let mut visits = Vec::new();
    let fields = aviary.fields();
    for (what, target, host) in [
        ("metrics", "/metrics", "127.0.0.1"),
        ("a wrong name", "/metrics", "{}"),
        ("nothing", "/{}?{}", "127.0.0.1"),
        ("a limit", "/cache?limit={}", "127.0.0.1"),
        ("a purge of nothing", "/purge?what={}", "127.0.0.1"),
        ("a purge of an entry", "/purge?entry={}", "127.0.0.1"),
        ("a purge of a URL", "/purge?url=/{}", "127.0.0.1"),
        ("an entry's counts", "/telemetry.json?entry={}", "127.0.0.1"),
        ("a place in what was sent", "/telemetry/sent.json?before={}", "127.0.0.1"),
    ] {
        let word = aviary.word(&format!("admin: {what}"));
        let method = if target.starts_with("/purge") { "POST" } else { "GET" };
        let fields: Vec<_> = fields.iter().filter(|line| !line.starts_with("Origin:")).cloned().collect();
        let bytes = visits::request(
            method,
            &target.replace("{}", &word),
            &host.replace("{}", &word),
            &fields,
            "close",
        );
        visits.push(Visit { what: format!("admin: {what}"), own: [127, 0, 0, 1], bytes, end: End::Close });
    }
    visits
}

/// Panics with every canary that is in there, and how it is written.
fn assert_none(search: &Search, out: &Out) {
    let leaks: Vec<_> = out
        .iter()
        .flat_map(|(place, bytes)| {
            search
                .found(bytes)
                .into_iter()
                .map(move |(carrier, encoding)| format!("{place}: {carrier} ({encoding})"))
        })
        .collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks[..leaks.len().min(60)].join("\n"));
}

/// What its own sender gets back, by visit and carrier.
fn echoed(search: &Search, answers: &Out) -> Vec<(String, String)> {
    let mut echoed: Vec<_> = answers
        .iter()
        .flat_map(|(what, bytes)| {
            search.carriers(bytes).into_iter().map(move |carrier| (what.clone(), carrier))
        })
        .collect();
    echoed.sort_unstable();
    echoed.dedup();
    echoed
}

/// The part of all this that needs the time moved on: reports.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_viewer_leaves_or_stays() {
    let site = Site::new().await;
    let config = Config::parse("canaries", &site.configuration("json")).expect("a configuration");
    let (clock, hand) = Clock::by_hand_from(SystemTime::UNIX_EPOCH + BEGIN);
    let edge = Edge::start(config, clock).expect("the edge starts");
    let mut aviary = Aviary::new();
    let visits = visits::of_viewers(&mut aviary);
    let at_admin = at_the_admin_listener(&mut aviary);
    let mut answers = pay(edge.viewers()[0], &visits).await;
    for served in SERVED {
        let is_served =
            |(what, answer): &(String, Vec<u8>)| what == served && answer.starts_with(b"HTTP/1.1 200 ");
        assert!(answers.iter().any(is_served), "{served} was not served");
    }
    answers.extend(over_http2(edge.viewers()[0], &mut aviary).await);
    pay(edge.admin(), &at_admin).await;
    // Enough others for a report.
    for own in 1..=4 {
        let viewer = Viewer::from([127, 0, 1, own], edge.viewers()[0]);
        assert_eq!(viewer.get(PATHS[0]).await.status, 200);
    }
    let search = Search::new(aviary.canaries());
    let mut out = others(edge.viewers()[0], &[]).await;
    out.extend(operators(edge.admin()).await);
    hand.advance(Duration::from_hours(1));
    site.collector.wait_for(REPORTS).await;
    out.extend(operators(edge.admin()).await);
    edge.drain().await;
    for delivered in site.collector.delivered() {
        let lines = delivered.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut names: Vec<_> = lines.map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        assert_eq!(names, FIELDS_OF_A_REPORT, "{}", delivered.head);
    }
    out.extend(site.out());
    assert_none(&search, &out);

    // What a viewer gets back of what it sent: where it is to go on, and nothing else.
    for (what, carrier) in echoed(&search, &answers) {
        let goes_on = match what.as_str() {
            "/go/" => carrier.contains("parameter") || carrier.contains("CMCD"),
            "/where" | "/where again" => ["the way back", "a nonce"].contains(&carrier.as_str()),
            "/where.json" => carrier == "a nonce of a script",
            _ => false,
        };
        assert!(goes_on, "{what} answers with {carrier}");
    }
}

/// The real program, for its log.
#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_anything_of_a_viewer() {
    for format in ["json", "human"] {
        let site = Site::new().await;
        let file = site.folder.path().join("edge.toml");
        fs::write(&file, site.configuration(format)).expect("writable");
        let mut program = Program::start(&["edge", "--config", file.to_str().expect("text")]);
        let line = program.log_line("listening").await;
        let (viewers, admin) = listening(&line);
        let mut aviary = Aviary::new();
        let visits = visits::of_viewers(&mut aviary);
        let at_admin = at_the_admin_listener(&mut aviary);
        pay(viewers, &visits).await;
        pay(admin, &at_admin).await;
        let mut out = others(viewers, &[]).await;
        out.extend(operators(admin).await);
        program.hang_up();
        program.log_line("is reloaded").await;
        program.terminate();
        let ended = program.ended().await;
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        // It did say something of what happened.
        for word in ["refused", "a connection ended", "did not answer"] {
            assert!(ended.log.contains(word), "{word} is not in the log: {}", ended.log);
        }
        out.push((format!("the log, {format}"), ended.log.into()));
        out.push(("standard output".into(), ended.output.into()));
        out.extend(site.out());
        assert_none(&Search::new(aviary.canaries()), &out);
    }
}

/// A credential in a path names the content for the origin, which gets it, and is a part of the key under which the
/// answer is stored, which operators can see. It is nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_paths_stay_with_the_cache_and_the_origin() {
    let site = Site::new().await;
    let file = site.folder.path().join("edge.toml");
    fs::write(&file, site.configuration("json")).expect("writable");
    let mut program = Program::start(&["edge", "--config", file.to_str().expect("text")]);
    let (viewers, admin) = program.listening().await;
    let mut aviary = Aviary::new();
    let paths = visits::paths_with_credentials(&mut aviary);
    let visits: Vec<_> = (1..=5)
        .flat_map(|own| paths.iter().map(move |path| (own, path)))
        .map(|(own, path)| {
            let bytes = visits::request("GET", path, "edge", &[], "close");
            Visit { what: path.clone(), own: [127, 0, 2, own], bytes, end: End::Close }
        })
        .collect();
    for (path, answer) in pay(viewers, &visits).await {
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{path}");
    }
    let mut out = operators(admin).await;
    program.terminate();
    let ended = program.ended().await;
    out.push(("the log".into(), ended.log.into()));
    out.extend(site.out());
    let search = Search::new(aviary.canaries());
    out.retain(|(place, bytes)| {
        let is_known = place == "the origin" || place == "an operator, /cache?limit=10000";
        // Else what is known here is not so any more, and PRIVACY.md says less good of the edge than is true.
        assert!(!is_known || !search.found(bytes).is_empty(), "{place}");
        !is_known
    });
    assert_none(&search, &out);
}

/// Where the program listens, in any format of its log.
fn listening(line: &str) -> (SocketAddr, SocketAddr) {
    let addresses: Vec<SocketAddr> = line
        .split(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ':'))
        .filter_map(|word| word.parse().ok())
        .collect();
    let of = |name: &str| {
        let at = line.find(name).expect("it is told");
        *addresses
            .iter()
            .min_by_key(|address| line[at..].find(&address.to_string()).unwrap_or(usize::MAX))
            .expect("an address")
    };
    (of("viewers"), of("admin"))
}

/// Reports that come.
const REPORTS: usize = 1;
