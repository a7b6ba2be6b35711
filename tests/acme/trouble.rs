//! Authorities that are down, refuse, or find what they should not, and hooks that fail: the old certificate serves on,
//! the log says why, and nobody is asked again too soon.

use std::fs;
use std::time::Duration;

use edge::config::Challenge;

use super::can_run;
use super::office::{FAILED, NAME, OK, Office, hook};
use crate::world::program::Program;
use crate::world::{loopback, within};

/// The paths of Pebble.
const NEW_ORDER: &str = "/order-plz";
const NEW_ACCOUNT: &str = "/sign-me-up";

/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_mins(10);

#[tokio::test]
async fn an_edge_starts_and_serves_though_the_authority_is_down() {
    if !can_run("trouble::an_edge_starts_and_serves_though_the_authority_is_down") {
        return;
    }
    let authority = super::authority::Authority::start().await;
    authority.set_down(true);
    let mut office = Office::before(authority, Challenge::Http01, |_| {}).await;
    assert_eq!(office.world.get("/a.ts").await.text(), "origin/a.ts");
    office.world.wait_for_metric(FAILED, 1.0).await;
    let pause = office.next_try_is_after(1.0).await;
    assert!((59.0..=601.0).contains(&pause), "{pause}");
    office.open().await;
    office.authority.set_down(false);
    office.hand().advance(Duration::from_secs(30));
    assert_eq!(office.authority.seen().len(), 0, "nobody is asked before the pause is over");
    office.hand().advance(FIRST_PAUSE);
    office.world.wait_for_metric(OK, 1.0).await;
    office.shown(NAME).await.expect("trusted");
}

#[tokio::test]
async fn what_the_authority_asks_for_is_granted_over_a_restart_too() {
    if !can_run("trouble::what_the_authority_asks_for_is_granted_over_a_restart_too") {
        return;
    }
    let mut office = Office::new(Challenge::Http01, |_| {}).await;
    office.authority.refuse_next(NEW_ORDER, 429, "rateLimited", &[("Retry-After", "86400")]);
    office.open().await;
    office.world.wait_for_metric(FAILED, 1.0).await;
    let pause = office.next_try_is_after(1.0).await;
    assert!((86399.0..=86401.0).contains(&pause), "{pause}");
    let asked = office.authority.seen().len();
    office.restart().await;
    office.next_try_is_after(80000.0).await;
    office.hand().advance(Duration::from_hours(23));
    office.next_try_is_after(1.0).await;
    assert_eq!(office.authority.seen().len(), asked);
    office.hand().advance(Duration::from_hours(2));
    office.world.wait_for_metric(OK, 1.0).await;
}

#[tokio::test]
async fn start_after_start_asks_no_sooner() {
    if !can_run("trouble::start_after_start_asks_no_sooner") {
        return;
    }
    let authority = super::authority::Authority::start().await;
    authority.answer_next("/dir", 503, &[], "<html>no</html>");
    let mut office = Office::before(authority, Challenge::Http01, |_| {}).await;
    office.open().await;
    for failures in 1..=4 {
        if failures > 1 {
            office.next_try_is_after(1.0).await;
            office.authority.answer_next("/dir", 503, &[], "<html>no</html>");
            office.hand().advance(Duration::from_hours(12));
        }
        office.world.wait_for_metric(FAILED, f64::from(failures)).await;
    }
    let asked = office.authority.seen().len();
    for _ in 0..3 {
        office.restart().await;
        let pause = office.next_try_is_after(1.0).await;
        assert!(pause <= 901.0, "whoever starts it again wants to see what becomes of it: {pause}");
    }
    assert_eq!(office.authority.seen().len(), asked);
    // Whoever changes what was wrong is heard at once.
    office.restart_with(|config| config.tls.acme.names.push("b.office.example".into())).await;
    office.world.wait_for_metric(OK, 1.0).await;
}

#[tokio::test]
async fn nonces_that_are_not_taken_are_replaced() {
    if !can_run("trouble::nonces_that_are_not_taken_are_replaced") {
        return;
    }
    let mut office = Office::new(Challenge::Http01, |_| {}).await;
    for _ in 0..2 {
        office.authority.refuse_next(NEW_ORDER, 400, "badNonce", &[]);
    }
    office.open().await;
    office.world.wait_for_metric(OK, 1.0).await;
    assert_eq!(office.authority.count(NEW_ORDER), 3);

    // For ever is too long.
    for _ in 0..20 {
        office.authority.refuse_next(NEW_ORDER, 400, "badNonce", &[]);
    }
    let before = office.shown(NAME).await.expect("trusted");
    office.hand().advance(Duration::from_hours(64 * 24));
    office.world.wait_for_metric(FAILED, 1.0).await;
    assert_eq!(office.authority.count(NEW_ORDER), 6);
    assert_eq!(office.shown(NAME).await, Ok(before), "the old one serves on");
}

#[tokio::test]
async fn an_account_that_the_authority_has_forgotten_is_made_anew() {
    if !can_run("trouble::an_account_that_the_authority_has_forgotten_is_made_anew") {
        return;
    }
    let mut office = Office::certified(Challenge::Http01, |_| {}).await;
    // Another Pebble knows nobody.
    office.open().await;
    office.hand().advance(Duration::from_hours(64 * 24));
    office.world.wait_for_metric(OK, 2.0).await;
    assert_eq!(office.authority.count(NEW_ACCOUNT), 2);
    office.shown(NAME).await.expect("trusted");
}

#[tokio::test]
async fn names_that_are_found_to_be_anothers_are_told_in_the_log() {
    if !can_run("trouble::names_that_are_found_to_be_anothers_are_told_in_the_log") {
        return;
    }
    let mut office = Office::new(Challenge::Http01, |_| {}).await;
    // The program has no hand on its clock: it is another edge, with a folder of its own.
    let folder = office.acme_folder().with_file_name("other");
    let acme = &office.config.tls.acme;
    let text = format!(
        "[viewers]\nlisten = [\"{any}\"]\n[admin]\nlisten = \"{any}\"\n[log]\nformat = \"json\"\n\
         [tls]\nlisten = [\"{any}\"]\n[tls.acme]\ndirectory = {:?}\nfolder = {folder:?}\nnames = [\"{NAME}\"]\n\
         ca-file = {:?}\n[[origin]]\nurl = \"http://{}\"\n",
        acme.directory.as_ref().expect("set"),
        acme.ca_file.as_ref().expect("set"),
        office.world.origin.address(),
        any = loopback(),
    );
    let file = folder.with_extension("toml");
    fs::write(&file, text).expect("written");
    // It looks at the origin, which answers, but not with what it wants to see.
    office.open_looking(office.world.origin.address().port()).await;
    let mut program = Program::start(&["edge", "--config", &file.display().to_string()]);
    let line = program.logs("no certificate was got").await;
    let reason = line["reason"].as_str().expect("text");
    assert!(reason.contains(NAME) && reason.contains("unauthorized"), "{line}");
    assert!(reason.len() < 2000 && !reason.contains(char::is_control), "{line}");
    assert!(line["next"].as_str().expect("text").ends_with('Z'), "{line}");
    assert_eq!(line["level"], "WARN", "{line}");
    program.terminate();
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(!ended.log.contains("PRIVATE"), "{}", ended.log);

    // And one that says things which no terminal should read.
    office.authority.refuse_next(NEW_ORDER, 403, "rejectedIdentifier", &[]);
    fs::remove_dir_all(&folder).expect("it is there");
    let mut program = Program::start(&["edge", "--config", &file.display().to_string()]);
    let line = program.logs("no certificate was got").await;
    let reason = "the authority says: said by [31mthe authority (rejectedIdentifier)";
    assert_eq!(line["reason"], reason, "{line}");
    program.terminate();
    program.ended().await;
}

#[tokio::test]
async fn a_hook_that_fails_ends_the_try_and_what_was_set_is_removed() {
    if !can_run("trouble::a_hook_that_fails_ends_the_try_and_what_was_set_is_removed") {
        return;
    }
    let mut office = Office::new(Challenge::Dns01, |config| {
        let records = config.tls.acme.hook[2].clone();
        config.tls.acme.hook = hook(&format!("{records}; test \"$1\" = remove"));
    })
    .await;
    office.open().await;
    office.world.wait_for_metric(FAILED, 1.0).await;
    let told = office.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1], told[0].replacen("set", "remove", 1));
    assert_eq!(office.authority.count("/chalZ"), 0, "the authority was not told to look");
}

#[tokio::test]
async fn a_hook_that_hangs_is_killed() {
    if !can_run("trouble::a_hook_that_hangs_is_killed") {
        return;
    }
    let mut office = Office::new(Challenge::Dns01, |config| {
        let records = config.tls.acme.hook[2].clone();
        config.tls.acme.hook = hook(&format!("{records}; test \"$1\" = remove || sleep 600"));
    })
    .await;
    office.open().await;
    hook_was_told(&office, 1).await;
    office.hand().advance(Duration::from_mins(6));
    office.world.wait_for_metric(FAILED, 1.0).await;
    assert_eq!(office.told().len(), 2, "{:?}", office.told());
}

#[tokio::test]
async fn a_hook_that_floods_is_nobodys_trouble() {
    if !can_run("trouble::a_hook_that_floods_is_nobodys_trouble") {
        return;
    }
    let office = Office::certified(Challenge::Dns01, |config| {
        let records = config.tls.acme.hook[2].clone();
        config.tls.acme.hook =
            hook(&format!("{records}; head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"));
    })
    .await;
    office.shown(NAME).await.expect("trusted");
}

#[tokio::test]
async fn an_edge_that_ends_takes_its_records_back() {
    if !can_run("trouble::an_edge_that_ends_takes_its_records_back") {
        return;
    }
    let mut office = Office::new(Challenge::Dns01, |config| {
        let records = config.tls.acme.hook[2].clone();
        config.tls.acme.hook = hook(&format!("{records}; test \"$1\" = remove || sleep 600"));
    })
    .await;
    office.open().await;
    hook_was_told(&office, 1).await;
    let records = office.records();
    let drained = office.world.edge.drain();
    within("the end", drained).await;
    let told = fs::read_to_string(records).expect("there is one");
    assert_eq!(told.lines().count(), 2, "{told}");
}

/// Waits until the hook has written so many lines.
async fn hook_was_told(office: &Office, lines: usize) {
    within("the hook", async {
        while office.told().len() < lines {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
