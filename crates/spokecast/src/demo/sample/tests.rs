//! The folder's life, without a real ffmpeg.

use std::{process::Command, sync::mpsc, thread};

use super::*;

#[test]
fn the_cache_folder_follows_the_xdg_rules() {
    let folder =
        |xdg: Option<&str>, home: Option<&str>| folder_in_caches(xdg.map(Into::into), home.map(Into::into));
    assert_eq!(folder(Some("/c"), Some("/h")), Some("/c/spokecast/demo".into()));
    assert_eq!(folder(Some("c"), Some("/h")), Some("/h/.cache/spokecast/demo".into()));
    assert_eq!(folder(None, Some("/h")), Some("/h/.cache/spokecast/demo".into()));
    assert_eq!(folder(None, Some("")), None);
    assert_eq!(folder(None, None), None);
}

#[test]
fn a_folder_of_someone_else_is_left_alone() {
    let place = tempfile::tempdir().expect("a temporary folder");
    fs::write(place.path().join("thesis.txt"), "years of work").expect("writable");
    let error = ensure(place.path(), &mut |_| {}).expect_err("not ours");
    assert!(matches!(error, SampleError::Foreign { .. }), "{error}");
    assert_eq!(names(place.path()), ["thesis.txt"]);
}

#[test]
fn a_failure_leaves_nothing_that_counts_as_whole() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("demo");
    for (script, expected) in
        [("exit 1", "ffmpeg failed while encoding"), ("touch encoded.mp4", "cannot read")]
    {
        let error = ensure_with(stand_in(place.path(), script), &folder, &mut |_| {}).expect_err(script);
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(names(place.path()), ["demo.lock", "ffmpeg"], "{script}");
    }
}

#[test]
fn an_old_version_is_replaced_whole_and_leftovers_go() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("demo");
    for name in ["demo", "demo.unfinished", "demo.outdated"] {
        fs::create_dir(place.path().join(name)).expect("writable");
        fs::write(place.path().join(name).join("old"), "").expect("writable");
    }
    fs::write(folder.join(MARKER), "0\n").expect("writable");

    let mut steps = Vec::new();
    ensure_with(stand_in(place.path(), PRETEND), &folder, &mut |progress| steps.push(progress))
        .expect("made");

    assert_eq!(names(place.path()), ["demo", "demo.lock", "ffmpeg"]);
    assert_eq!(names(&folder), [MARKER, "vod"]);
    assert_eq!(steps[0], Progress::Making { step: 1, steps: 5, doing: "encoding", fraction: 0.0 });
    assert_eq!(steps[1], Progress::Making { step: 1, steps: 5, doing: "encoding", fraction: 0.25 });
    assert!(matches!(steps.last(), Some(Progress::Making { step: 5, fraction: 1.0, .. })), "{steps:?}");

    let mut silent = true;
    ensure_with("/nowhere/ffmpeg".into(), &folder, &mut |_| silent = false).expect("is there already");
    assert!(silent);
}

#[test]
fn the_second_of_two_waits_for_the_first() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("demo");
    let program = stand_in(place.path(), PRETEND);
    let (waits, waiting) = mpsc::channel();
    let second =
        || ensure_with("/nowhere/ffmpeg".into(), &folder, &mut |progress| waits.send(progress).unwrap());
    thread::scope(|scope| {
        let mut second_run = None;
        ensure_with(program, &folder, &mut |_| {
            second_run.get_or_insert_with(|| {
                let run = scope.spawn(second);
                assert_eq!(waiting.recv(), Ok(Progress::Waiting));
                run
            });
        })
        .expect("made");
        let second_run = second_run.expect("started during the first step");
        second_run.join().expect("no panic").expect("found what the first one made");
    });
}

/// Says how far it is and writes what every step expects to find after it.
const PRETEND: &str = "echo out_time_us=12000000; for last; do :; done; echo made > $last";

/// A program in place of ffmpeg. A shell writes it: if this process did, a child that another test starts at that
/// moment would inherit the open file, and the system refuses to run a program that is being written.
fn stand_in(place: &Path, script: &str) -> OsString {
    let path = place.join("ffmpeg");
    let written = Command::new("sh")
        .args(["-c", r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#, "sh"])
        .args([path.as_os_str(), script.as_ref()])
        .status();
    assert!(written.expect("a shell").success());
    path.into()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("readable")
        .map(|file| file.expect("readable").file_name().into_string().expect("plain names"))
        .collect();
    names.sort();
    names
}
