//! `spokecast key`: the files and what is printed of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::world::program::{Ended, Program};

async fn key(command: &str, file: &Path, options: &[&str]) -> Ended {
    Program::run(&[&["key", command, file.to_str().expect("text")], options].concat()).await
}

#[tokio::test]
async fn a_new_key_is_shown_as_it_was_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("locator.key");
    let made = key("new", &file, &[]).await;
    assert_eq!((made.code, made.log.as_str()), (Some(0), ""));
    let [id, begin, public, end] = made.output.lines().collect::<Vec<_>>()[..] else {
        panic!("{}", made.output)
    };
    let id = id.strip_prefix("Key id: ").expect("the id first");
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!([begin, end], ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"]);

    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o7777, 0o600);
    let content = fs::read_to_string(&file).expect("text");
    let [begin, private, end] = content.lines().collect::<Vec<_>>()[..] else { panic!("three lines") };
    assert_eq!([begin, end], ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]);
    assert!(!made.output.contains(private) && private != public);

    let shown = key("show", &file, &[]).await;
    assert_eq!((shown.code, &shown.output), (Some(0), &made.output));
    let shown = key("show", &file, &["--json"]).await;
    let json: Value = serde_json::from_str(&shown.output).expect("JSON");
    assert_eq!(json["id"], id);
    assert_eq!(
        json["public"]["pem"],
        format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n")
    );
    assert_eq!(json["public"]["base64url"].as_str().map(str::len), Some(43));
    assert!(!shown.output.contains(private));

    let other = key("new", &folder.path().join("other.key"), &["--json"]).await;
    let other: Value = serde_json::from_str(&other.output).expect("JSON");
    assert_ne!(other["id"], id);
}

#[tokio::test]
async fn a_key_is_never_replaced_nor_shown_when_others_can_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("locator.key");
    let name = file.display();
    let missing = key("show", &file, &[]).await;
    let line = format!("spokecast: {name}: there is no such file; `spokecast key new {name}` makes one");
    assert_eq!((missing.code, missing.output.as_str(), missing.one_line()), (Some(1), "", line.as_str()));

    assert_eq!(key("new", &file, &[]).await.code, Some(0));
    let content = fs::read(&file).expect("a key");
    let again = key("new", &file, &["--json"]).await;
    let line = format!("spokecast: {name}: is there already, and is left as it is");
    assert_eq!((again.code, again.output.as_str(), again.one_line()), (Some(1), "", line.as_str()));
    assert_eq!(fs::read(&file).expect("a key"), content);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("ours");
    let exposed = key("show", &file, &[]).await;
    assert_eq!((exposed.code, exposed.output.as_str()), (Some(1), ""));
    assert!(exposed.one_line().contains("its mode 0644 lets others read or change it"), "{}", exposed.log);
}
