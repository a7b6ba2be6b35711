//! Certificates by ACME, from Pebble: each of the three ways, renewal, restart, and authorities, hooks and folders that
//! do what they should not.

mod authority;
mod client;
mod office;
mod pebble;
mod trouble;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use edge::config::Challenge;
use http::Method;

use crate::world::program::Program;
use crate::world::skip::skipped;
use crate::world::within;
use office::{FAILED, NAME, NEXT_TRY, OK, Office};
use pebble::Pebble;

const DAY: Duration = Duration::from_hours(24);

/// Whether Pebble is there; says so where it is not.
fn can_run(test: &str) -> bool {
    let is_there = Pebble::is_there();
    if !is_there {
        skipped(&format!("acme::{test}"), "Pebble is not installed (Debian: pebble)");
    }
    is_there
}

#[tokio::test]
async fn a_certificate_comes_by_http_01() {
    if !can_run("a_certificate_comes_by_http_01") {
        return;
    }
    let mut office = Office::new(Challenge::Http01, |config| {
        config.tls.acme.contact = vec!["mailto:noc@office.example".into()];
        // Whoever is not served here still may ask for a token, and for nothing else.
        config.admission.networks = vec!["192.0.2.0/24".parse().expect("a network")];
    })
    .await;
    assert!(office.world.address().ip().is_loopback());
    office.open().await;
    assert!(office.shown(NAME).await.is_err(), "there is no certificate before there is one");
    office.world.wait_for_metric(OK, 1.0).await;
    office.shown(NAME).await.expect("whoever trusts the authority trusts the edge");
    assert!(office.shown("other.example").await.is_err());

    assert!(office.counts(FAILED, 0.0).await);
    let renewal = office.next_try_is_after(3600.0).await;
    let days = renewal / 86400.0;
    assert!((59.0..63.5).contains(&days), "30 days before the end, or a little later: {days}");
    let foreign = office.world.get("/.well-known/acme-challenge/foreign").await;
    assert_eq!(foreign.status, 403, "a token that is not ours opens nothing");
    assert_eq!(office.world.origin.count(), 0, "the origin hears of none of it");
    let files = ["account.json", "certificate.pem", "tries.json", "lock"];
    for file in files {
        let mode = fs::metadata(office.acme_folder().join(file)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let names: Vec<_> = fs::read_dir(office.acme_folder()).expect("a folder").collect();
    assert_eq!(names.len(), files.len(), "nothing else is left: {names:?}");
    for asked in office.authority.seen() {
        assert!(asked.headers["user-agent"].to_str().expect("text").starts_with("spokecast/"), "{asked:?}");
        assert!(asked.method == Method::POST || asked.headers.len() <= 3, "{asked:?}");
    }
}

#[tokio::test]
async fn a_token_of_others_goes_to_the_origin() {
    if !can_run("a_token_of_others_goes_to_the_origin") {
        return;
    }
    let office = Office::certified(Challenge::Http01, |_| {}).await;
    let path = "/.well-known/acme-challenge/foreign";
    assert_eq!(office.world.get(path).await.text(), format!("origin{path}"));
    assert_eq!(office.world.origin.count(), 1);
}

#[tokio::test]
async fn a_certificate_comes_by_tls_alpn_01() {
    if !can_run("a_certificate_comes_by_tls_alpn_01") {
        return;
    }
    let office = Office::certified(Challenge::TlsAlpn01, |config| {
        config.tls.acme.names.push("second.office.example".into());
    })
    .await;
    let first = office.shown(NAME).await.expect("trusted");
    assert_eq!(office.shown("second.office.example").await, Ok(first), "one certificate has both");
}

#[tokio::test]
async fn a_certificate_comes_by_dns_01_for_names_that_leave_a_label_open() {
    if !can_run("a_certificate_comes_by_dns_01_for_names_that_leave_a_label_open") {
        return;
    }
    let office = Office::certified(Challenge::Dns01, |config| {
        config.tls.acme.names = vec!["office.example".into(), "*.Office.example".into()];
    })
    .await;
    for name in ["office.example", "any.office.example"] {
        office.shown(name).await.expect("trusted");
    }
    assert!(office.shown("a.b.office.example").await.is_err());
    let told = office.told();
    let (set, removed): (Vec<_>, Vec<_>) = told.iter().partition(|line| line.starts_with("set "));
    assert_eq!((set.len(), removed.len()), (2, 2), "{told:?}");
    for line in set {
        assert!(line.starts_with("set _acme-challenge.office.example "), "{line}");
        assert!(removed.contains(&&line.replacen("set", "remove", 1)), "{told:?}");
    }
}

#[tokio::test]
async fn other_names_are_asked_for_when_the_configuration_has_them() {
    if !can_run("other_names_are_asked_for_when_the_configuration_has_them") {
        return;
    }
    let mut office = Office::certified(Challenge::Http01, |_| {}).await;
    let before = office.shown(NAME).await.expect("trusted");
    // The old one serves on until the new one is there.
    office.authority.set_down(true);
    office.config.tls.acme.names = vec![NAME.into(), "new.office.example".into()];
    office.world.edge.reload(office.config.clone()).await.expect("it can be used");
    office.world.wait_for_metric(FAILED, 1.0).await;
    assert_eq!(office.shown(NAME).await, Ok(before.clone()));
    office.authority.set_down(false);
    office.config.tls.acme.contact = vec!["mailto:noc@office.example".into()];
    office.config.tls.acme.names.reverse();
    office.world.edge.reload(office.config.clone()).await.expect("it can be used");
    office.world.wait_for_metric(OK, 2.0).await;
    let after = office.shown("new.office.example").await.expect("trusted");
    assert_eq!(office.shown(NAME).await, Ok(after.clone()));
    assert_ne!(after, before);

    // The same names in another order, or spelt otherwise, are the same.
    let asked = office.authority.seen().len();
    office.config.tls.acme.names = vec![NAME.to_uppercase(), "new.office.example".into()];
    office.world.edge.reload(office.config.clone()).await.expect("it can be used");
    office.next_try_is_after(3600.0).await;
    assert_eq!(office.authority.seen().len(), asked);

    // Switched off, it is gone; another one answers for its names.
    office.config.tls.certificate = vec![office.certificate_in_files("other.example")];
    office.config.tls.acme = edge::config::Acme::default();
    office.world.edge.reload(office.config.clone()).await.expect("it can be used");
    within("its end", async { while office.shown(NAME).await.is_ok() {} }).await;
    assert!(office.counts(NEXT_TRY, 0.0).await);
}

#[tokio::test]
async fn a_certificate_is_renewed_by_the_clock_and_never_in_a_loop() {
    if !can_run("a_certificate_is_renewed_by_the_clock_and_never_in_a_loop") {
        return;
    }
    let office = Office::certified(Challenge::Http01, |_| {}).await;
    let first = office.shown(NAME).await.expect("trusted");
    let asked = office.authority.seen().len();
    office.hand().advance(DAY * 59);
    office.next_try_is_after(3600.0).await;
    assert_eq!(office.authority.seen().len(), asked, "it is not due yet");
    office.hand().advance(DAY * 4);
    office.world.wait_for_metric(OK, 2.0).await;
    let second = office.shown(NAME).await.expect("trusted");
    assert_ne!(first, second);
    assert_eq!(office.authority.count("/sign-me-up"), 1, "there is one account");

    // The authority's clock was not moved: what it makes is due already by ours. It is not asked again at once.
    let pause = office.next_try_is_after(3600.0).await;
    assert!((86000.0..=86401.0).contains(&pause), "{pause}");
    assert!(office.counts(OK, 2.0).await);
}

#[tokio::test]
async fn what_is_there_is_used_at_start_and_nobody_is_asked() {
    if !can_run("what_is_there_is_used_at_start_and_nobody_is_asked") {
        return;
    }
    let mut office = Office::certified(Challenge::Http01, |_| {}).await;
    let certificate = office.shown(NAME).await.expect("trusted");
    let asked = office.authority.seen().len();
    office.authority.set_down(true);
    office.restart().await;
    assert_eq!(office.shown(NAME).await, Ok(certificate), "from the first handshake on");
    office.next_try_is_after(3600.0).await;
    assert_eq!(office.authority.seen().len(), asked);
    assert!(office.counts(FAILED, 0.0).await);

    // A certificate of another authority is none of this one.
    office.authority.set_down(false);
    let elsewhere = office.authority.directory().replace("/dir", "/dir?");
    office.restart_with(|config| config.tls.acme.directory = Some(elsewhere)).await;
    office.world.wait_for_metric(OK, 1.0).await;
    assert_eq!(office.authority.count("/sign-me-up"), 2);
}

#[tokio::test]
async fn one_edge_has_the_folder_and_only_if_nobody_else_can_read_it() {
    let office = Office::new(Challenge::Http01, |_| {}).await;
    let start = |config: &edge::Config| edge::Edge::start(config.clone(), edge::Clock::system());
    let error = start(&office.config).expect_err("the folder is taken").to_string();
    assert!(error.contains("tls.acme.folder: another edge uses"), "{error}");

    let folder = office.acme_folder();
    drop(office.world.edge);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).expect("it is ours");
    let error = start(&office.config).expect_err("others can read it").to_string();
    assert!(error.contains("tls.acme.folder") && error.contains("0750"), "{error}");
    let error = edge::Edge::rehearse(office.config.clone()).expect_err("likewise").to_string();
    assert!(error.contains("0750"), "{error}");

    let (file, text) =
        (folder.with_file_name("edge.toml"), "[tls]\nlisten = [\"127.0.0.1:0\"]\n[tls.acme]\n");
    let acme = &office.config.tls.acme;
    let text = format!(
        "{text}directory = {:?}\nfolder = {folder:?}\nnames = [\"a.example\"]\nca-file = {:?}\n[[origin]]\nurl = \"http://127.0.0.1\"\n",
        acme.directory.as_ref().expect("set"),
        acme.ca_file.as_ref().expect("set"),
    );
    fs::write(&file, text).expect("written");
    let ended = Program::run(&["check", &file.display().to_string()]).await;
    assert_eq!(ended.code, Some(1), "{}{}", ended.output, ended.log);
    assert!(format!("{}{}", ended.output, ended.log).contains("0750"), "{}{}", ended.output, ended.log);
}
