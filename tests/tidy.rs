//! Architecture rules as tests: what the compiler and its lints do not check.
//!
//! Each rule is a pure function over the files of the checkout, in a file of its own, with a test that it does
//! find a bad example. Here they are put to the real tree. A fault names its file and line and says what to do.
//!
//! Rust is read by words with comments and strings blanked out, not parsed: a rule that needed types would belong
//! in a lint.

mod dependencies;
mod derives;
mod documents;
mod lints;
mod machine_paths;
mod naming;
mod persons;
mod purity;
mod registries;
mod rust_code;
mod size;
mod tree;
mod words;

use std::fmt;

use tree::tree;

/// One place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    path: String,
    /// From 1; 1 as well for a fault of the file as a whole.
    line: usize,
    /// What is wrong and what to do.
    what: String,
}

impl Fault {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

#[track_caller]
fn assert_none(faults: &[Fault]) {
    let list: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} to mend:\n{}\n", faults.len(), list.join("\n"));
}

#[test]
fn crates_name_only_those_that_the_architecture_page_lets_them() {
    assert_none(&dependencies::check(&tree()));
}

#[test]
fn files_are_short_enough_to_read() {
    assert_none(&size::check(&tree()));
}

#[test]
fn names_say_what_a_thing_is() {
    assert_none(&naming::check(&tree()));
}

#[test]
fn pure_crates_touch_nothing_outside() {
    assert_none(&purity::check(&tree()));
}

#[test]
fn what_leaves_the_site_is_made_where_persons_have_no_name() {
    assert_none(&persons::check(&tree()));
    assert_none(&persons::are_there(&tree()));
}

#[test]
fn serde_derives_stand_where_data_crosses_a_boundary() {
    assert_none(&derives::check(&tree()));
}

#[test]
fn no_path_of_a_developers_machine() {
    assert_none(&machine_paths::check(&tree()));
}

#[test]
fn no_unfinished_business() {
    assert_none(&words::check(&tree()));
}

#[test]
fn no_registry_is_named() {
    assert_none(&registries::check(&tree()));
}

#[test]
fn every_crate_says_what_it_is_for() {
    assert_none(&documents::module_docs(&tree()));
}

#[test]
fn every_example_configuration_is_tested() {
    assert_none(&documents::examples_tested(&tree()));
}

#[test]
fn the_documents_that_people_start_from_are_there() {
    assert_none(&documents::entrance(&tree()));
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    assert_none(&lints::check(&tree()));
}
