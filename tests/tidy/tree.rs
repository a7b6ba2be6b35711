//! The files that the rules judge: what git tracks or would track.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::rust_code;

/// A text file of the checkout.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// From the root of the checkout, with `/` between folders.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(super) fn is_rust(&self) -> bool {
        self.has_extension(&["rs"])
    }

    /// Code that runs in the browser or drives it.
    pub(super) fn is_script(&self) -> bool {
        self.has_extension(&["ts", "tsx", "mts", "js", "mjs"])
    }

    fn has_extension(&self, extensions: &[&str]) -> bool {
        self.name().rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// A record of exact versions, which a tool writes.
    pub(super) fn is_lock(&self) -> bool {
        matches!(self.name(), "Cargo.lock" | "package-lock.json")
    }

    /// Whether all of it is test code: a file below a folder `tests`, or a module `tests` in its own file.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs"))
            || self.name().contains(".test.")
    }

    /// Lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Lines with their numbers, of Rust without comments and strings; other files as they are.
    pub(super) fn code_lines(&self) -> Vec<(usize, String)> {
        let code = if self.is_rust() { rust_code::code_only(&self.text) } else { self.text.clone() };
        (1..).zip(code.lines().map(str::to_owned)).collect()
    }

    /// Which lines, from 1, are test code: all of a test file; else each item under `#[cfg(test)]`, and from a module
    /// so marked on everything, because it comes last.
    pub(super) fn test_lines(&self) -> HashSet<usize> {
        let mut found = HashSet::new();
        let mut lines = self.lines();
        while let Some((number, text)) = lines.next() {
            if self.is_test() {
                found.insert(number);
            } else if text == "#[cfg(test)]" {
                found.insert(number);
                let mut in_module = false;
                for (number, text) in lines.by_ref() {
                    found.insert(number);
                    in_module |= text.starts_with("mod ") && text.ends_with('{');
                    let is_item_end = text == "}" || !text.starts_with(' ') && text.ends_with(';');
                    if is_item_end && !in_module {
                        break;
                    }
                }
            }
        }
        found
    }
}

/// Every text file of the checkout, read once.
pub(super) fn tree() -> Vec<File> {
    static TREE: OnceLock<Vec<File>> = OnceLock::new();
    TREE.get_or_init(read_tree).clone()
}

fn read_tree() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git is needed to list the files of the checkout");
    assert!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));

    let list = String::from_utf8(output.stdout).expect("file names are UTF-8");
    // What cannot be read was removed but not yet committed, or is no text.
    let files = list.split('\0').filter(|path| !path.is_empty()).filter_map(|path| {
        let text = std::fs::read_to_string(root.join(path)).ok()?;
        Some(File { path: path.to_owned(), text })
    });
    files.collect()
}

#[test]
fn the_tree_has_this_very_file() {
    assert!(
        tree().iter().any(|file| file.path == "tests/tidy/tree.rs" && file.text.contains("fn read_tree"))
    );
}

#[test]
fn test_code_is_told_from_production_code() {
    let test_lines = |path: &str, text: &str| {
        let mut lines: Vec<_> = File::new(path, text).test_lines().into_iter().collect();
        lines.sort_unstable();
        lines
    };
    let path = "crates/a/src/b.rs";
    assert_eq!(test_lines(path, "fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), [3, 4, 5]);
    assert_eq!(test_lines(path, "#[cfg(test)]\nmod tests;\n\nfn a() {}\n"), [1, 2]);
    assert_eq!(test_lines(path, "#[cfg(test)]\nimpl A {\n    b;\n}\nfn a() {}\n"), [1, 2, 3, 4]);
    assert_eq!(test_lines("crates/a/src/b/tests.rs", "fn a() {}\n"), [1]);
    assert_eq!(test_lines("tests/world.rs", "fn a() {}\n"), [1]);
}
