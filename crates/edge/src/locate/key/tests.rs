//! Files that hold a key, and those that do not.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locator.key");
    (folder, path)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The names in a folder.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn said(result: Result<SigningKey, KeyFileError>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn a_new_key_is_read_again_and_is_for_its_owner_alone() {
    let (folder, path) = folder();
    let key = create(&path).unwrap();
    assert_eq!(load(&path).unwrap().verifying_key(), key.verifying_key());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(names(&folder), ["locator.key"]);
}

#[test]
fn what_is_there_is_never_replaced() {
    let (folder, path) = folder();
    fs::write(&path, "somebody's").unwrap();
    assert_eq!(said(create(&path)), format!("{}: is there already, and is left as it is", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    // Also not what a link leads to, or would.
    for target in ["locator.key", "nowhere"] {
        let link = folder.path().join(format!("to-{target}"));
        symlink(target, &link).unwrap();
        assert!(matches!(create(&link), Err(KeyFileError::Taken(_))), "{target}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    assert_eq!(names(&folder).len(), 3, "nothing else is left behind");
}

#[test]
fn a_file_that_others_may_read_or_change_is_refused() {
    let (_folder, path) = folder();
    create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666] {
        set_mode(&path, mode);
        let error = said(load(&path));
        let (path, mode) = (path.display(), format!("mode 0{mode:o} "));
        assert!(error.starts_with(&format!("{path}: its {mode}")), "{error}");
        assert!(error.ends_with(&format!("`chmod 600 {path}` keeps it secret")), "{error}");
    }
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&path, mode);
        assert!(load(&path).is_ok(), "{mode:o}");
    }
    // The mode of a link says nothing.
    let link = path.with_extension("link");
    symlink(&path, &link).unwrap();
    assert!(load(&link).is_ok());
}

#[test]
fn a_file_that_is_not_there_says_how_to_make_one() {
    let (folder, path) = folder();
    let (name, error) = (path.display(), said(load(&path)));
    assert_eq!(error, format!("{name}: there is no such file; `spokecast key new {name}` makes one"));

    let nowhere = folder.path().join("nowhere/locator.key");
    let error = said(create(&nowhere));
    let start = format!("{}: cannot be written: No such file", nowhere.display());
    assert!(error.starts_with(&start) && error.ends_with("(os error 2)"), "{error}");
    let error = said(load(folder.path()));
    assert!(error.starts_with(&format!("{}: cannot be read: ", folder.path().display())), "{error}");
}

#[test]
fn a_malformed_file_is_named_and_not_quoted() {
    let (_folder, path) = folder();
    create(&path).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let secret = good.lines().nth(1).unwrap().to_owned();
    for (content, word) in [
        (String::new(), "is not PEM"),
        (secret.clone(), "is not PEM"),
        (good.replace("-----END", "-----ENDE"), "is not PEM"),
        (good.replace(&secret, &secret[..60]), "Ed25519 private key"),
        (good.repeat(2), "one `PRIVATE KEY`"),
        (good.replace("PRIVATE", "PUBLIC"), "one `PRIVATE KEY`"),
        (good.repeat(200), "is larger than 16384 bytes"),
    ] {
        fs::write(&path, &content).unwrap();
        let error = load(&path).err().expect("an error");
        let said = format!("{error} {error:?}");
        assert!(said.starts_with(&format!("{}: ", path.display())) && said.contains(word), "{said}");
        assert!(!said.contains(&secret[..24]) && !said.contains(&secret[40..60]), "{said}");
    }
}
