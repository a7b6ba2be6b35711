//! No path that only the machine of whoever wrote it has.

use super::Fault;
use super::tree::File;

/// Folders of people, not of systems.
const FOLDERS: [&str; 4] = ["/work/", "/home/", "/root/", "/tmp/"];

/// Looks at everything but tests, which may use such paths as data.
pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.is_lock()) {
        let tests = file.test_lines();
        for (line, text) in file.lines().filter(|(line, _)| !tests.contains(line)) {
            if let Some(folder) = FOLDERS.into_iter().find(|folder| names_a_file_in(folder, text)) {
                let what =
                    format!("a path below {folder}: take it from the caller, or from the temporary folder");
                faults.push(Fault::new(&file.path, line, what));
            }
        }
    }
    faults
}

/// Whether `text` has the folder as the start of a path, with a name after it.
fn names_a_file_in(folder: &str, text: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + folder.len()..].chars().next();
        let is_inside = |c: char| c.is_alphanumeric() || "._-~}*".contains(c);
        !before.is_some_and(is_inside) && after.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
    })
}

#[test]
fn paths_of_a_machine_are_found() {
    for path in ["\"/home/me/x\"", "`/tmp/cache`", "file:///root/.ssh", "cd /work/tree"] {
        let faults = check(&[File::new("README.md", &format!("fine\n{path}\n"))]);
        assert_eq!(faults.len(), 1, "{path}");
        assert_eq!(faults[0].line, 2);
    }
}

#[test]
fn paths_inside_others_and_bare_folders_are_left_alone() {
    let good = "https://example.com/home/page\n~/work/x\n/var/tmp/x\nProtectHome=/home/\n";
    assert_eq!(check(&[File::new("README.md", good)]), []);
}

#[test]
fn tests_may_use_them_as_data() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    \"/tmp/x\"\n}\n";
    assert_eq!(check(&[File::new("crates/a/src/a.rs", text), File::new("tests/a.rs", "\"/tmp/x\"")]), []);
    assert_eq!(check(&[File::new("crates/a/src/a.rs", &text.replace("fn a() {}", "\"/tmp/x\""))]).len(), 1);
}
