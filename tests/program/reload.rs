//! The configuration of the real program changes while it runs.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use http::Method;
use serde_json::Value;

use super::{ANY, SEGMENT, edge, file};
use crate::world::origin::{head, ok};
use crate::world::program::Program;
use crate::world::viewer::read_some;
use crate::world::{Gate, Origin, Response, Step, Viewer};

const RELOADED: &str = "the configuration is reloaded";
const REFUSED: &str = "the configuration is refused; the one before holds";

/// A file for an edge on free ports before these origins.
fn configuration(origins: &[(&str, &Origin)], more: &str) -> String {
    let origins: Vec<_> = origins
        .iter()
        .map(|(name, origin)| {
            format!("[[origin]]\nname = \"{name}\"\nurl = \"http://{}\"\n", origin.address())
        })
        .collect();
    format!(
        "[viewers]\nlisten = [\"{ANY}\"]\n[admin]\nlisten = \"{ANY}\"\n[log]\nformat = \"json\"\n{more}\n{}",
        origins.concat()
    )
}

/// As editors and provisioners do it: another file takes the name.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).expect("writable");
    fs::rename(&new, path).expect("the same folder");
}

async fn start(path: &Path) -> (Program, SocketAddr, SocketAddr) {
    let mut program =
        Program::start(&["edge", "--config", path.to_str().expect("text"), "--memory", "64MiB"]);
    let (viewers, admin) = program.listening().await;
    (program, viewers, admin)
}

async fn answers(name: &'static str) -> Origin {
    Origin::start(move |_| ok(name, &[("Cache-Control", "max-age=60")])).await
}

async fn limit(admin: SocketAddr) -> Value {
    Viewer::of(admin).get("/cache").await.json()["limit_bytes"].clone()
}

#[tokio::test]
async fn a_changed_file_holds_from_then_on_and_a_faulty_one_is_refused() {
    let (old, new) = (answers("old").await, answers("new").await);
    let (_folder, path) = file("edge.toml", &configuration(&[("a", &old)], ""));
    let (mut program, viewers, admin) = start(&path).await;
    assert_eq!(Viewer::of(viewers).get(SEGMENT).await.text(), "old");

    replace(&path, &configuration(&[("b", &new)], "level = \"debug\"\n[cache]\nmemory = \"32 MiB\""));
    let line = program.logs(RELOADED).await;
    let changes = line["changes"].as_str().expect("text");
    for change in ["origin `b`: added", "origin `a`: removed", "log.level: info → debug"] {
        assert!(changes.contains(change), "no `{change}` in {changes}");
    }
    assert!(!changes.contains("memory"), "the command line wins: {changes}");
    assert_eq!((&line["because"], limit(admin).await), (&"a file changed".into(), (64 << 20).into()));
    assert_eq!(Viewer::of(viewers).get(SEGMENT).await.text(), "new");
    Viewer::of(viewers).get("/kVOD/elsewhere.example/a").await;
    assert_eq!(program.logs("refused").await["level"], "DEBUG", "as much is logged as the file says now");

    // Written in place, with two faults.
    let bad = configuration(&[("b", &old)], "[cache]\nmemmory = \"1 GiB\"\nprivate-mark = \"soon\"");
    fs::write(&path, bad).expect("writable");
    for (line, column, word) in [(8, 1, "did you mean `memory`"), (9, 16, "`soon` is not a period")] {
        let fault = program.logs("fault").await;
        assert_eq!(
            (&fault["level"], &fault["file"]),
            (&"ERROR".into(), &path.to_str().expect("text").into())
        );
        assert_eq!((&fault["line"], &fault["column"]), (&line.into(), &column.into()), "{fault}");
        assert!(fault["fault"].as_str().is_some_and(|text| text.contains(word)), "{fault}");
    }
    assert_eq!(program.logs(REFUSED).await["level"], "ERROR");
    assert_eq!(Viewer::of(viewers).get("/another").await.text(), "new");
    let operator = Viewer::of(admin);
    assert_eq!(operator.get("/readyz").await.text(), "ready\n");
    let metrics = operator.get("/metrics").await.text();
    for result in ["ok", "refused"] {
        let sample = format!("spokecast_config_reloads_total{{result=\"{result}\"}} 1");
        assert!(metrics.lines().any(|line| line == sample), "{metrics}");
    }

    // Good again, and in another shape of log lines than can be had now.
    replace(&path, &configuration(&[("b", &new)], "").replace("\"json\"", "\"human\""));
    assert!(program.logs(RELOADED).await["changes"].as_str().is_some_and(|text| text.contains("log.format")));
    program.terminate();
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.log.contains("log.format holds from the next start on"), "{}", ended.log);
}

#[tokio::test]
async fn a_hang_up_reads_the_file_again_and_drops_nobody() {
    let gate = Gate::new();
    let held = gate.clone();
    let old = Origin::start(move |_| {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(b"56789".to_vec())]
    })
    .await;
    let new = answers("new").await;
    let (_folder, path) = file("edge.toml", &configuration(&[("a", &old)], ""));
    let (mut program, viewers, _) = start(&path).await;
    let mut response = Viewer::of(viewers).open(Method::GET, SEGMENT, &[]).await;
    let begun = read_some(response.body_mut(), 5).await;

    program.hang_up();
    let line = program.logs(RELOADED).await;
    assert_eq!((&line["changes"], &line["because"]), (&"nothing".into(), &"SIGHUP".into()));
    replace(&path, &configuration(&[("b", &new)], ""));
    program.hang_up();
    program.logs(RELOADED).await;
    assert_eq!(Viewer::of(viewers).get("/new").await.text(), "new");
    gate.open();
    let rest = Response::read(response).await;
    assert_eq!((rest.whole, [begun, rest.body.to_vec()].concat()), (true, b"0123456789".to_vec()));
}

#[tokio::test]
async fn an_edge_without_a_file_goes_on_after_a_hang_up() {
    let origin = answers("x").await;
    let (mut program, viewers, _) = edge(origin.address()).await;
    program.hang_up();
    program.logs("SIGHUP changes nothing: this edge was started without --config").await;
    assert_eq!(Viewer::of(viewers).get(SEGMENT).await.text(), "x");
    program.terminate();
    assert_eq!(program.ended().await.code, Some(0));
}
