//! What breaks: the process at any moment, the disk. No report that was answered is lost, and none counts twice.

use std::net::SocketAddr;
use std::path::Path;
use std::time::SystemTime;

use http::StatusCode;
use tempfile::TempDir;

use crate::world::collecting::{Sender, key, report, total};
use crate::world::program::Program;
use crate::world::{Viewer, Wire, within};

/// Arguments of a collector over a file in this folder.
fn arguments(folder: &TempDir) -> Vec<String> {
    let database = folder.path().join("reports.sqlite");
    ["collect", "--database", database.to_str().expect("text"), "--listen", "127.0.0.1:0"]
        .map(str::to_owned)
        .into()
}

async fn start(folder: &TempDir) -> (Program, SocketAddr) {
    let mut program = Program::start(&arguments(folder));
    let address = program.listening_at().await;
    (program, address)
}

async fn total_at(address: SocketAddr) -> u64 {
    total(&Viewer::of(address).get("/v1/counts").await.json())
}

/// A report as bytes on the wire.
fn request(number: usize, body: &str) -> String {
    format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
        key(number),
        body.len()
    )
}

#[tokio::test]
async fn a_report_whose_answer_was_never_heard_counts_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let body = report(10, 3);
    let (program, address) = start(&folder).await;
    let mut unheard = Wire::connect(address).await;
    unheard.send(request(1, &body)).await;
    // Half of another.
    let mut half = Wire::connect(address).await;
    half.send(&request(2, &body)[..300]).await;
    let stored = async {
        while total_at(address).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    within("the report to be stored", stored).await;
    program.kill().await;

    let (program, address) = start(&folder).await;
    let sender = Sender::of(address);
    assert_eq!(total_at(address).await, 30);
    assert_eq!(sender.send(&key(1), &body).await.status, StatusCode::OK);
    assert_eq!(sender.send(&key(2), &body).await.status, StatusCode::CREATED);
    assert_eq!(total_at(address).await, 60);
    program.kill().await;
}

/// What tells that a file was written to.
fn state(file: &Path) -> Option<(u64, SystemTime)> {
    file.metadata().and_then(|metadata| Ok((metadata.len(), metadata.modified()?))).ok()
}

/// Killed at once, or after so many writes to the journal: somewhere between the first byte and the answer.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_each_report_counts_once() {
    const ROUNDS: usize = 12;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("reports.sqlite-wal");
    let body = report(2000, 1);
    let mut answered = Vec::new();
    for round in 0..ROUNDS {
        let (program, address) = start(&folder).await;
        let mut seen = state(&journal);
        let request = request(round, &body).replace("\r\nhost", "\r\nconnection: close\r\nhost");
        let mut wire = Wire::connect(address).await;
        let sending = tokio::spawn(async move {
            wire.send(&request).await;
            String::from_utf8(wire.rest().await).expect("text")
        });
        let written = async {
            let mut writes = 0;
            while writes < round && !sending.is_finished() {
                let now = state(&journal);
                writes += usize::from(now != seen);
                seen = now;
                tokio::task::yield_now().await;
            }
        };
        within("the journal to be written, or an answer", written).await;
        program.kill().await;
        answered.push(sending.await.expect("no panic").starts_with("HTTP/1.1 201 "));
    }
    let (program, address) = start(&folder).await;
    let sender = Sender::of(address);
    for (round, was_answered) in answered.into_iter().enumerate() {
        let status = sender.deliver(&key(round), &body).await;
        assert!(
            status == StatusCode::OK || status == StatusCode::CREATED && !was_answered,
            "{round}: {status}"
        );
    }
    assert_eq!(total_at(address).await, ROUNDS as u64 * 2000);
    program.kill().await;
}

#[tokio::test]
async fn what_a_full_disk_refuses_is_taken_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::with_file_size(500, &arguments(&folder));
    let address = program.listening_at().await;
    let (sender, body) = (Sender::of(address), report(2000, 1));
    let mut stored = 0;
    let refused = loop {
        let answer = sender.send(&key(stored), &body).await;
        if answer.status != StatusCode::CREATED {
            break answer;
        }
        stored += 1;
        assert!(stored < 100, "the disk is not full");
    };
    assert!(stored > 0, "there was room for one");
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "30"));
    assert_eq!(total_at(address).await, stored as u64 * 2000, "what is there can be read");
    assert_eq!(sender.send(&key(stored), &body).await.status, StatusCode::SERVICE_UNAVAILABLE);
    program.lift_file_size();
    assert_eq!(sender.send(&key(stored), &body).await.status, StatusCode::CREATED);
    assert_eq!(sender.send(&key(0), &body).await.status, StatusCode::OK);
    assert_eq!(total_at(address).await, (stored as u64 + 1) * 2000);
    program.terminate();
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0));
    let warnings = ended.log.lines().filter(|line| line.contains("could not be stored")).count();
    assert_eq!(warnings, 2, "{}", ended.log);
    assert!(!ended.log.contains("munich") && !ended.log.contains(&key(stored)), "{}", ended.log);
}
