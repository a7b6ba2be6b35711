//! `spokecast collect` as whoever starts it meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::Wire;
use crate::world::collecting::{Sender, key, report};
use crate::world::program::{Ended, Program};

async fn collect(arguments: &[&str]) -> Ended {
    Program::run(&[&["collect"], arguments].concat()).await
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).expect("writable");
    path
}

#[tokio::test]
async fn help_teaches_what_to_do() {
    for (arguments, words) in [
        (&["--help"][..], &["--database reports.sqlite", "serve ", "query ", "check ", "load "][..]),
        (
            &["serve", "--help"],
            &["--certificate", "--token-file", "127.0.0.1:9191", "400d", "/v1/counts", "SIGTERM"],
        ),
        (&["query", "--help"], &["--from 2026-11-01", "--segments", "--json"]),
        (&["check", "--help"], &["Exit codes: 0 no faults", "--schema"]),
        (&["load", "--help"], &["2026-11-21T10-15Z-<key>.json", "Exit codes: 0 all are in"]),
    ] {
        let ended = collect(arguments).await;
        assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""), "{arguments:?}");
        for word in words {
            assert!(ended.output.contains(word), "{arguments:?} lacks `{word}`:\n{}", ended.output);
        }
    }
}

#[tokio::test]
async fn files_are_checked_and_brought_in_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let database = path.join("reports.sqlite");
    let named = |number| format!("2026-11-21T10-15Z-{}.json", key(number));
    let good = [write(path, &named(1), &report(3, 5)), write(path, &named(2), &report(1, 1))];
    let bad = write(path, &named(3), &report(3, 5).replacen("\"count\":5", "\"count\":0", 1));

    let checked = collect(&["check", text(&good[0]), text(&good[1])]).await;
    assert_eq!((checked.code, checked.log.as_str()), (Some(0), ""));
    assert_eq!(
        checked.output,
        format!("{}: good (3 cells)\n{}: good (1 cell)\n", text(&good[0]), text(&good[1]))
    );
    let checked = collect(&["check", text(&good[0]), text(&bad)]).await;
    assert_eq!(checked.code, Some(1));
    let fault = "`cells[0].count`: what was never asked for is not reported";
    assert!(checked.output.ends_with(&format!("{}: {fault}\n1 fault\n", text(&bad))), "{}", checked.output);
    let checked = collect(&["check", "--json", text(&bad)]).await;
    let json: Value = serde_json::from_str(&checked.output).expect("JSON");
    assert_eq!(
        (checked.code, json),
        (Some(1), json!({ "faults": [{ "file": text(&bad), "message": fault }] }))
    );
    let schema = collect(&["check", "--schema"]).await;
    assert_eq!(schema.output.trim_end(), telemetry::report::SCHEMA.trim_end());
    assert_eq!(collect(&["check"]).await.code, Some(2));

    let load = ["load", "--database", text(&database), text(&good[0]), text(&good[1])];
    for line in [
        "2 reports brought in, 0 known already, 0 refused\n",
        "0 reports brought in, 2 known already, 0 refused\n",
    ] {
        let loaded = collect(&load).await;
        assert_eq!((loaded.code, loaded.output.as_str(), loaded.log.as_str()), (Some(0), line, ""));
    }
    assert_eq!(database.metadata().expect("a file").permissions().mode() & 0o7777, 0o600);
    // Another report under a key, one without a key, a broken one; and one that is good beside them.
    let other = folder.path().join("other");
    fs::create_dir(&other).expect("a folder");
    let files = [
        write(&other, &named(1), &report(3, 6)),
        write(&other, "report.json", &report(3, 6)),
        bad,
        write(&other, &named(4), &report(1, 9)),
    ];
    let mut load = vec!["load", "--database", text(&database)];
    load.extend(files.iter().map(|file| text(file)));
    let loaded = collect(&load).await;
    assert_eq!(
        (loaded.code, loaded.output.as_str()),
        (Some(1), "1 report brought in, 0 known already, 3 refused\n")
    );
    let lines: Vec<_> = loaded.log.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for ((line, file), word) in
        lines.iter().zip(&files).zip(["another report has its key", "its name", fault])
    {
        assert!(line.starts_with(text(file)) && line.contains(word), "{line}");
    }

    let told = collect(&["query", "--database", text(&database)]).await;
    assert_eq!(
        (told.code, told.output.as_str()),
        (Some(0), "requests  entry\n      25  1_abcd1234\n"),
        "{}",
        told.log
    );
    let told = collect(&["query", "--database", text(&database), "--segments", "--json"]).await;
    let json: Value = serde_json::from_str(&told.output).expect("JSON");
    let segment = |number: u64, count: u64| json!({ "entry_id": "1_abcd1234", "segment_number": number, "count": count });
    assert_eq!(json, json!({ "counts": [segment(0, 15), segment(1, 5), segment(2, 5)] }));
    let told = collect(&["query", "--database", text(&database), "--site", "berlin"]).await;
    assert_eq!((told.code, told.output.as_str()), (Some(0), "nothing was reported\n"));
    let told = collect(&["query", "--database", text(&database), "--site", "berlin", "--json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&told.output).expect("JSON"), json!({ "counts": [] }));
}

/// More than one page, while the collector runs.
#[tokio::test]
async fn a_long_answer_is_told_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("reports.sqlite");
    let mut program =
        Program::start(&["collect", "serve", "--database", text(&database), "--listen", "127.0.0.1:0"]);
    let sender = Sender::of(program.listening_at().await);
    assert_eq!(sender.send(&key(1), &report(2500, 2)).await.status, StatusCode::CREATED);
    let query = ["query", "--database", text(&database), "--segments"];
    let told = collect(&query).await;
    assert_eq!(told.output.lines().count(), 2501);
    assert_eq!(told.output.lines().last(), Some("       2  1_abcd1234  2499"));
    let told = collect(&[&query[..], &["--json"]].concat()).await;
    let json: Value = serde_json::from_str(&told.output).expect("JSON");
    assert_eq!(json["counts"].as_array().map(Vec::len), Some(2500));
    program.terminate();
    let ended = program.ended().await;
    assert_eq!((ended.code, ended.output.as_str()), (Some(0), ""), "{}", ended.log);
    assert_eq!(ended.log.lines().count(), 2, "no request stands in the log: {}", ended.log);
    let files = folder.path().read_dir().expect("a folder").count();
    assert_eq!(files, 1, "the journal went into the file");
}

#[tokio::test]
async fn what_is_under_way_finishes_before_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("reports.sqlite");
    let mut program = Program::start(&["collect", "--database", text(&database), "--listen", "127.0.0.1:0"]);
    let mut wire = Wire::connect(program.listening_at().await).await;
    let body = report(1, 1);
    let head = format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
         idempotency-key: {}\r\ncontent-length: {}\r\n\r\n",
        key(1),
        body.len()
    );
    wire.send(head).await;
    assert!(wire.head().await.starts_with("http/1.1 100 "));
    program.terminate();
    wire.send(&body).await;
    assert_eq!(wire.answer().await.status(), 201);
    assert_eq!(wire.rest().await, b"", "and the connection ends");
    assert_eq!(program.ended().await.code, Some(0));
    let told = collect(&["query", "--database", text(&database)]).await;
    assert!(told.output.contains("       1  1_abcd1234"), "{}", told.output);
}

#[tokio::test]
async fn a_start_that_would_be_unsafe_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("reports.sqlite");
    let serve = |more: &[&'static str]| {
        [
            &["--database".into(), text(&database).to_owned()],
            &more.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..],
        ]
        .concat()
    };
    for (more, code, words) in [
        (
            &["--listen", "0.0.0.0:0"][..],
            2,
            "beyond it a collector needs a certificate, its key and a token; --certificate",
        ),
        (&["--retention", "23h"], 2, "one at least; --retention"),
        (&["--retention", "400"], 2, "is not a period"),
        (&["--certificate", "cert.pem"], 2, "--key"),
        (&["--token-file", "/nonexistent/token"], 1, "there is no such file"),
    ] {
        let arguments = serve(more);
        let ended = collect(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!((ended.code, ended.output.as_str()), (Some(code), ""), "{more:?}: {}", ended.log);
        assert!(ended.log.contains(words), "{more:?}: {}", ended.log);
        assert!(!database.exists(), "{more:?}");
    }
    let token = write(folder.path(), "token", "secret-canary\n");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o640)).expect("ours");
    let ended = collect(&["--database", text(&database), "--token-file", text(&token)]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.one_line().contains("its mode 0640 lets others read or change it"), "{}", ended.log);
    assert!(!ended.log.contains("canary"));
    fs::write(&database, "no database").expect("writable");
    let exposed = collect(&["query", "--database", text(&database)]).await;
    assert_eq!(exposed.code, Some(1));
    assert!(exposed.one_line().contains("lets others read"), "{}", exposed.log);
}
