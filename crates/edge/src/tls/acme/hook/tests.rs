//! Hooks that do as they are told, fail, hang, and write without end.

use std::fs;
use std::path::Path;

use super::*;

const RECORD: &str = "_acme-challenge.edge.office.example";

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script, "hook"].map(String::from).into()
}

async fn run_now(script: &str) -> Result<(), HookError> {
    run(&shell(script), Verb::Set, RECORD, "value", &Clock::system()).await
}

/// Waits until somebody wrote something into a file, and gives it.
async fn written(file: &Path) -> String {
    for _ in 0..4000 {
        match fs::read_to_string(file) {
            Ok(text) if text.ends_with('\n') => return text,
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    panic!("nothing was written into {}", file.display());
}

#[tokio::test]
async fn it_gets_its_arguments_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen");
    let mut hook = shell("{ printf '%s|' \"$@\"; env; } > \"$1\"");
    hook.push(file.display().to_string());
    run(&hook, Verb::Remove, RECORD, "$(touch x); value", &Clock::system()).await.unwrap();
    let seen = fs::read_to_string(&file).unwrap();
    let (arguments, environment) = seen.rsplit_once('|').unwrap();
    assert_eq!(arguments, format!("{}|remove|{RECORD}|$(touch x); value", file.display()));
    // A shell adds some by itself.
    let names: Vec<_> = environment.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"PATH"));
    assert!(names.iter().all(|name| ["PATH", "PWD", "_", "SHLVL", "OLDPWD"].contains(name)), "{names:?}");
}

#[tokio::test]
async fn one_that_fails_or_is_not_there_says_so() {
    run_now("exit 0").await.unwrap();
    let failed = run_now("echo secret; exit 3").await.unwrap_err().to_string();
    assert!(failed.contains("exit status: 3") && !failed.contains("secret"), "{failed}");
    let killed = run_now("kill -9 $$").await.unwrap_err().to_string();
    assert!(killed.contains("signal: 9"), "{killed}");
    let hook = ["/nonexistent/hook".to_owned()];
    let error = run(&hook, Verb::Set, RECORD, "value", &Clock::system()).await.unwrap_err();
    assert!(matches!(error, HookError::Start(_)), "{error}");
    assert!(matches!(run(&[], Verb::Set, "", "", &Clock::system()).await, Err(HookError::None)));
}

#[tokio::test]
async fn one_that_writes_without_end_neither_stops_nor_fills_anything() {
    // Far more than a pipe holds, on both sides.
    run_now("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2").await.unwrap();
    let mut kept = Kept::default();
    kept.read(Some("a".repeat(100_000).as_bytes())).await;
    assert_eq!(kept.0.len(), KEPT);
}

#[tokio::test]
async fn one_that_leaves_something_behind_is_not_waited_for() {
    // What sleeps has the pipes.
    run_now("sleep 60 & exit 0").await.unwrap();
}

#[tokio::test]
async fn one_that_hangs_is_killed_at_the_limit_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let (clock, hand) = Clock::by_hand();
    let script = format!("sleep 600 & echo $! > {}; wait", file.display());
    let running = tokio::spawn(async move { run(&shell(&script), Verb::Set, RECORD, "value", &clock).await });
    let sleeper = written(&file).await;
    hand.advance(PATIENCE / 2);
    tokio::task::yield_now().await;
    assert!(!running.is_finished());
    hand.advance(PATIENCE);
    assert!(matches!(running.await.unwrap(), Err(HookError::TooLong)));
    assert!(is_gone(sleeper.trim()).await);
}

#[tokio::test]
async fn one_that_nobody_waits_for_any_more_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let script = format!("sleep 600 & echo $! > {}; wait", file.display());
    let running = tokio::spawn(async move { run_now(&script).await });
    let sleeper = written(&file).await;
    running.abort();
    assert!(is_gone(sleeper.trim()).await);
}

/// Whether a process has ended, as soon as it has.
async fn is_gone(id: &str) -> bool {
    for _ in 0..2000 {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // What nobody has waited for is a zombie: Z.
        let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        if state.is_empty() || state.starts_with('Z') {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}
