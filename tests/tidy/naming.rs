//! A name says what a thing is, not that it is a thing.

use super::Fault;
use super::rust_code::words;
use super::tree::File;

/// Names under which anything could be put.
const DRAWERS: [&str; 8] = ["utils", "util", "common", "shared", "helpers", "helper", "misc", "stuff"];

/// Ends of type names that add nothing.
const EMPTY_ENDINGS: [&str; 3] = ["Manager", "Helper", "Helpers"];

const TYPE_KEYWORDS: [&str; 6] = ["struct", "enum", "trait", "type", "class", "interface"];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults: Vec<_> = files.iter().filter_map(path_fault).collect();
    for file in files.iter().filter(|file| file.is_rust() || file.is_script()) {
        for (line, code) in file.code_lines() {
            faults.extend(code_fault(&code).map(|what| Fault::new(&file.path, line, what)));
        }
    }
    faults
}

fn path_fault(file: &File) -> Option<Fault> {
    if file.name() == "mod.rs" {
        return Some(Fault::new(
            &file.path,
            1,
            "name it after its module: thing.rs beside the folder thing/",
        ));
    }
    let stem = |part: &str| part.split('.').next().unwrap_or_default().to_lowercase();
    let drawer = file.path.split('/').map(stem).find(|stem| DRAWERS.contains(&stem.as_str()))?;
    Some(Fault::new(&file.path, 1, format!("`{drawer}` says nothing: name it after the one concept in it")))
}

fn code_fault(code: &str) -> Option<String> {
    let words: Vec<_> = words(code).collect();
    words.windows(2).find_map(|pair| {
        let (keyword, name) = (pair[0], pair[1]);
        if keyword == "mod" && DRAWERS.contains(&name) {
            return Some(format!("module `{name}` says nothing: name it after the one concept in it"));
        }
        if keyword == "fn" && name.starts_with("get_") {
            return Some(format!("`{name}`: leave out `get_`, or say what it does (find, read, compute)"));
        }
        let is_empty =
            TYPE_KEYWORDS.contains(&keyword) && EMPTY_ENDINGS.iter().any(|end| name.ends_with(end));
        is_empty.then(|| format!("`{name}`: name the role it has (cache, pool, table), not that it has one"))
    })
}

#[test]
fn empty_names_of_files_are_found() {
    for path in
        ["crates/a/src/mod.rs", "crates/a/src/utils.rs", "crates/ui/src/Helpers/x.ts", "tests/common/x.rs"]
    {
        assert_eq!(check(&[File::new(path, "")]).len(), 1, "{path}");
    }
    assert_eq!(check(&[File::new("crates/a/src/model.rs", ""), File::new("docs/commons.md", "")]), []);
}

#[test]
fn empty_names_in_code_are_found_on_their_line() {
    let bad = [
        "mod misc {",
        "pub fn get_name() {",
        "struct CacheManager;",
        "pub trait UrlHelper {",
        "type AHelpers = ();",
    ];
    let file = File::new("a.rs", &bad.join("\n"));
    let lines: Vec<_> = check(&[file]).iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5]);
    assert_eq!(check(&[File::new("a.ts", "export class PlayerManager {")]).len(), 1);
}

#[test]
fn what_only_looks_like_it_is_left_alone() {
    let good =
        "// fn get_a\nlet a = \"struct AManager\";\nmap.get_mut(k);\nfn get(a: B) {}\nstruct Manager2;\n";
    assert_eq!(check(&[File::new("a.rs", good)]), []);
}
