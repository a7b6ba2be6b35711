//! serde derives stand where data crosses a boundary: configuration, reports, plans, the store. Everywhere else they
//! would let a type of the inside leak out, an address among them.

use super::Fault;
use super::rust_code::{code_only, words};
use super::tree::File;

/// How a file or folder that may have derives begins.
const BOUNDARIES: [&str; 4] = ["config", "report", "plan", "store"];

/// Files that may have derives besides, each with its reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    check_with(files, &EXCEPTIONS)
}

fn check_with(files: &[File], exceptions: &[(&str, &str)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, reason) in exceptions {
        if reason.is_empty() || !files.iter().any(|file| file.path == *path) {
            faults.push(Fault::new(
                path,
                1,
                "an exception of this rule without a reason or a file: remove it",
            ));
        }
    }
    let is_exception = |file: &File| exceptions.iter().any(|(path, _)| *path == file.path);
    for file in files.iter().filter(|file| file.is_rust() && !may_derive(&file.path) && !is_exception(file)) {
        let what = "a serde derive: put the type into a config, report, plan or store file, and convert";
        faults.extend(derive_lines(&file.text).into_iter().map(|line| Fault::new(&file.path, line, what)));
    }
    faults
}

fn may_derive(path: &str) -> bool {
    path.starts_with("crates/xtask/")
        || path.split('/').any(|part| part == "tests")
        || path.split('/').skip(2).any(|part| BOUNDARIES.iter().any(|boundary| part.starts_with(boundary)))
}

/// The line of every `derive(…)` that names one of serde's traits.
fn derive_lines(text: &str) -> Vec<usize> {
    let code = code_only(text);
    let derives = code.match_indices("derive(").filter(|(at, opening)| {
        let inside = code[at + opening.len()..].split(')').next().unwrap_or_default();
        words(inside).any(|word| matches!(word, "Serialize" | "Deserialize"))
    });
    derives.map(|(at, _)| code[..at].matches('\n').count() + 1).collect()
}

#[test]
fn a_derive_in_the_inside_is_found_on_its_line() {
    let text = "use serde::Serialize;\n\n#[derive(Debug, serde::Deserialize)]\nstruct A;\n#[derive(\n    Clone,\n    Serialize,\n)]\nstruct B;\n";
    let lines: Vec<_> =
        check(&[File::new("crates/edge/src/route.rs", text)]).iter().map(|f| f.line).collect();
    assert_eq!(lines, [3, 5]);
}

#[test]
fn derives_at_a_boundary_are_left_alone() {
    let text = "#[derive(Serialize)]\nstruct A;\n";
    for path in [
        "crates/edge/src/config.rs",
        "crates/edge/src/config/listen.rs",
        "crates/portal/src/store/sqlite.rs",
        "crates/xtask/src/a.rs",
        "tests/world.rs",
    ] {
        assert_eq!(check(&[File::new(path, text)]), [], "{path}");
    }
    assert_eq!(
        check(&[File::new("crates/reporting/src/lib.rs", text)]).len(),
        1,
        "a crate's name opens nothing"
    );
    assert_eq!(check(&[File::new("crates/a/src/lib.rs", "#[derive(Debug)]\n// derive(Serialize)\n")]), []);
}

#[test]
fn an_exception_needs_a_reason_and_a_file() {
    let file = [File::new("crates/a/src/a.rs", "#[derive(Serialize)]\nstruct A;\n")];
    assert_eq!(check_with(&file, &[("crates/a/src/a.rs", "because")]), []);
    assert_eq!(check_with(&file, &[("crates/a/src/a.rs", "")]).len(), 1);
    assert_eq!(check_with(&file, &[("crates/a/src/gone.rs", "because")]).len(), 2);
}
