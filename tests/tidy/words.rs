//! What is merged is finished: no note to come back later.

use super::Fault;
use super::rust_code::words;
use super::tree::File;

/// Written in halves, so that this file keeps its own rule.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const MACROS: [&str; 2] = [concat!("to", "do!"), concat!("unimpl", "emented!")];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.is_lock()) {
        for (line, text) in file.lines() {
            if let Some(word) = unfinished(text) {
                faults.push(Fault::new(&file.path, line, format!("{word}: finish it, or leave it out")));
            }
        }
    }
    faults
}

fn unfinished(text: &str) -> Option<&'static str> {
    let note = NOTES.into_iter().find(|note| words(text).any(|word| word == *note));
    note.or_else(|| MACROS.into_iter().find(|name| text.contains(name)))
}

#[test]
fn every_kind_of_note_is_found() {
    for word in NOTES.into_iter().chain(MACROS) {
        let faults = check(&[File::new("README.md", &format!("fine\n// {word}(): later\n"))]);
        assert_eq!(faults.len(), 1, "{word}");
        assert_eq!(faults[0].line, 2);
    }
}

#[test]
fn parts_of_other_words_are_left_alone() {
    let text = format!("let {}S = 1; todo = \"warn\"", NOTES[0]);
    assert_eq!(check(&[File::new("a.rs", &text)]), []);
}
