//! Networks leave nothing behind.

use std::process::{Command, Stdio};

use crate::world::network::{Network, Place};
use crate::world::skip::skipped;

const ALONE: [Place; 1] = [Place { above: None, ..Place::below("", "alone", [10, 0, 0, 1]) }];

/// Whether networks can be made; where not, that is said in the name of `test`.
fn possible(test: &str) -> bool {
    let obstacle = Network::obstacle();
    if let Some(obstacle) = &obstacle {
        skipped(&format!("topology::leaving::{test}"), obstacle);
    }
    obstacle.is_none()
}

fn namespaces() -> String {
    let listed = Command::new("ip").args(["netns", "list"]).output().expect("ip runs");
    String::from_utf8(listed.stdout).expect("text")
}

#[test]
fn a_network_goes_in_a_panic_too() {
    if !possible("a_network_goes_in_a_panic_too") {
        return;
    }
    let (told, name) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let network = Network::lay(&ALONE, &[]);
        let name = network.namespace("alone");
        assert!(namespaces().contains(&name));
        told.send(name).expect("somebody waits");
        panic!("as a failing test does");
    });
    assert!(panicked.join().is_err());
    let name = name.recv().expect("it was there");
    assert!(!namespaces().contains(&name), "{name} is still there");
}

/// What a process leaves that nothing can clean up after, the next one ends and removes.
#[test]
fn what_a_killed_process_left_goes_with_the_next() {
    if !possible("what_a_killed_process_left_goes_with_the_next") {
        return;
    }
    let mut dead = Command::new("true").spawn().expect("it starts");
    dead.wait().expect("it ends");
    // Other tests may remove the namespace as soon as it has its name: what runs in it is there before.
    let mut left = Command::new("unshare");
    let left = left.args(["--net", "sh", "-c", "echo there; exec cat"]);
    let mut left = left.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut word = [0; 6];
    std::io::Read::read_exact(left.stdout.as_mut().expect("piped"), &mut word).expect("its word");
    let name = format!("{}-{}-0-left", Network::PREFIX, dead.id());
    let named = Command::new("ip").args(["netns", "attach", &name, &left.id().to_string()]).status();
    assert!(named.expect("ip runs").success());

    drop(Network::lay(&ALONE, &[]));
    // Waiting closes what `cat` reads from: by itself it would end well.
    assert!(!left.wait().expect("it ended").success(), "it was not ended");
    assert!(!namespaces().contains(&name), "{name} is still there");
}
