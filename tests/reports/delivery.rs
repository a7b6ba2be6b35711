//! What leaves, to the letter.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::collector::{Received, received, url, willing};
use super::site::{Site, report, waiting_in};
use crate::world::tls::TlsFront;

#[tokio::test]
async fn a_report_leaves_once_over_tls_with_these_fields_and_no_others() {
    let collector = willing().await;
    let front = TlsFront::start("localhost", &["http/1.1"], collector.address()).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    fs::write(&token, "s3cret-t0ken\n").expect("written");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).expect("a mode");
    let authority = format!("localhost:{}", front.address().port());
    let (site, sealed) = Site::with(&[report(0, 3)], &format!("https://{authority}/v1/reports"), |config| {
        config.telemetry.upstream.ca_file = Some(front.ca_file());
        config.telemetry.upstream.token_file = Some(token);
    });
    site.became("delivered", 1).await;
    let seen = collector.seen();
    assert_eq!(seen.len(), 1);
    let body = seen[0].body.len().to_string();
    let mut lines = seen[0].head.trim_end().lines();
    assert_eq!(lines.next(), Some("POST /v1/reports HTTP/1.1"));
    let fields: BTreeMap<_, _> = lines.map(|line| line.split_once(": ").expect("a field")).collect();
    let key = sealed[0].key.to_string();
    let expected = BTreeMap::from([
        ("authorization", "Bearer s3cret-t0ken"),
        ("content-encoding", "gzip"),
        ("content-length", &body),
        ("content-type", "application/json"),
        ("host", &authority),
        ("idempotency-key", &key),
        ("user-agent", "spokecast"),
    ]);
    assert_eq!(fields, expected);
    assert_eq!(Received::of(&seen[0]).bytes, *sealed[0].bytes);
    assert_eq!(seen[0].body[4..8], [0; 4], "no time in what is compressed");
    site.wait_for("spokecast_reports_waiting", 0.0).await;
    let folder = site.end().await;
    assert_eq!(waiting_in(folder.path()), []);
    assert_eq!(collector.count(), 1, "once");
}

#[tokio::test]
async fn a_collector_that_nobody_vouches_for_gets_nothing() {
    let collector = willing().await;
    let front = TlsFront::start("elsewhere.example", &["http/1.1"], collector.address()).await;
    let to = format!("https://localhost:{}/v1/reports", front.address().port());
    let (site, _) = Site::with(&[report(0, 3)], &to, |config| {
        config.telemetry.upstream.ca_file = Some(front.ca_file());
    });
    site.tried("later", 1).await;
    assert_eq!(collector.count(), 0);
}

#[tokio::test]
async fn what_waits_leaves_oldest_first() {
    let collector = willing().await;
    let (site, sealed) = Site::new(&[0, 1, 2, 3].map(|index| report(index, 2)), &url(&collector));
    site.became("delivered", 4).await;
    let keys: Vec<_> = received(&collector).into_iter().map(|received| received.key).collect();
    assert_eq!(keys, sealed.iter().map(|sealed| sealed.key.to_string()).collect::<Vec<_>>());
    assert_eq!(waiting_in(site.end().await.path()), []);
}

#[tokio::test]
async fn a_folder_gets_each_report_as_a_file() {
    let to = tempfile::tempdir().expect("a temporary folder");
    let (site, sealed) = Site::new(&[report(0, 2), report(1, 3)], to.path().to_str().expect("text"));
    site.became("delivered", 2).await;
    let mut files: Vec<_> = fs::read_dir(to.path()).expect("a folder").flatten().collect();
    files.sort_by_key(fs::DirEntry::file_name);
    for ((file, sealed), time) in files.iter().zip(&sealed).zip(["00-00", "00-15"]) {
        let name = format!("2026-11-21T{time}Z-{}.json", sealed.key);
        assert_eq!(file.file_name().to_str(), Some(&*name));
        assert_eq!(fs::read(file.path()).expect("readable"), *sealed.bytes);
    }
    assert_eq!(files.len(), 2, "nothing else stands there");
    assert_eq!(waiting_in(site.end().await.path()), []);
}

#[tokio::test]
async fn a_report_that_is_there_already_is_there_once() {
    let to = tempfile::tempdir().expect("a temporary folder");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sealed = super::site::wait_in(folder.path(), &[report(0, 2)]);
    // As if the edge had died between writing it there and forgetting it, and before that while writing.
    let name = format!("2026-11-21T00-00Z-{}.json", sealed[0].key);
    fs::write(to.path().join(&name), &sealed[0].bytes).expect("written");
    fs::write(to.path().join(format!(".{name}.part")), "half").expect("written");
    let config = super::site::config(folder.path(), to.path().to_str().expect("text"));
    let site = Site::start(folder, config);
    site.became("delivered", 1).await;
    let names: Vec<_> =
        fs::read_dir(to.path()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert_eq!(names, [name.as_str()]);
    assert_eq!(fs::read(to.path().join(&name)).expect("readable"), *sealed[0].bytes);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_not_made_and_reports_wait_for_it() {
    let above = tempfile::tempdir().expect("a temporary folder");
    let to = above.path().join("not-mounted");
    let (site, _) = Site::new(&[report(0, 2)], to.to_str().expect("text"));
    site.tried("misdirected", 1).await;
    assert!(!to.exists());
    fs::create_dir(&to).expect("made");
    site.hand.advance(super::site::WINDOW);
    site.became("delivered", 1).await;
    assert_eq!(fs::read_dir(&to).expect("a folder").count(), 1);
}
