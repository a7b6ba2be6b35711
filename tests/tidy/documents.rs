//! What a newcomer reads first is there and true: the entrance, each crate's own words, the examples.

use super::Fault;
use super::tree::File;

/// A module's doc has to say more than its name does.
const SHORTEST_DOC: usize = 40;

const ENTRANCE: [&str; 4] = ["README.md", "PRIVACY.md", "CHANGELOG.md", "crates/README.md"];

/// Every crate's root begins with a module doc.
pub(super) fn module_docs(files: &[File]) -> Vec<Fault> {
    let is_root = |path: &str| {
        matches!(path.split('/').collect::<Vec<_>>()[..], ["crates", _, "src", "lib.rs" | "main.rs"])
    };
    let roots = files.iter().filter(|file| is_root(&file.path));
    let silent = roots.filter(|file| {
        let doc = file.text.lines().take_while(|line| line.starts_with("//!"));
        doc.map(|line| line.trim_start_matches("//!").trim().len()).sum::<usize>() < SHORTEST_DOC
    });
    silent
        .map(|file| Fault::new(&file.path, 1, "begin with a module doc: what for, why so, invariants"))
        .collect()
}

/// Every file in `config/` is named by a test.
pub(super) fn examples_tested(files: &[File]) -> Vec<Fault> {
    let tests: Vec<_> = files.iter().filter(|file| file.is_rust() && has_tests(file)).collect();
    let examples = files.iter().filter(|file| file.path.starts_with("config/") && file.name() != "README.md");
    let untested = examples.filter(|example| !tests.iter().any(|test| test.text.contains(example.name())));
    untested
        .map(|file| {
            Fault::new(&file.path, 1, "no test names this file: parse it in one, so that it stays true")
        })
        .collect()
}

/// The documents that people start from are there, and the first commands on the front page are the right ones.
pub(super) fn entrance(files: &[File]) -> Vec<Fault> {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    let mut faults: Vec<_> = ENTRANCE
        .into_iter()
        .filter(|path| find(path).is_none())
        .map(|path| Fault::new(path, 1, "missing: people start from it"))
        .collect();
    if let Some(readme) = find("README.md") {
        if !readme.text.contains("(PRIVACY.md)") {
            faults.push(Fault::new(&readme.path, 1, "it has to lead to PRIVACY.md"));
        }
        let (line, block) = first_code_block(readme);
        let commands = ["cargo xtask demo", "cargo xtask test"];
        let left_out = commands.into_iter().filter(|command| !block.contains(command));
        faults.extend(left_out.map(|command| {
            Fault::new(&readme.path, line, format!("the first code block has to show `{command}`"))
        }));
    }
    faults
}

fn has_tests(file: &File) -> bool {
    file.is_test() || file.text.contains("#[test]") || file.text.contains("#[cfg(test)]")
}

/// The line where it begins and its text; line 1 and nothing if there is none.
fn first_code_block(file: &File) -> (usize, String) {
    let mut lines = file.lines().skip_while(|(_, text)| !text.starts_with("```"));
    let Some((line, _)) = lines.next() else {
        return (1, String::new());
    };
    let block: Vec<_> = lines.map(|(_, text)| text).take_while(|text| !text.starts_with("```")).collect();
    (line, block.join("\n"))
}

#[test]
fn a_crate_without_words_is_found() {
    let bad = [
        File::new("crates/a/src/lib.rs", "pub fn a() {}\n"),
        File::new("crates/b/src/main.rs", "//! The b.\nfn main() {}\n"),
    ];
    assert_eq!(module_docs(&bad).len(), 2);
    let good = "//! Where a viewer is: the site of an address.\n//! Pure.\nfn main() {}\n";
    assert_eq!(
        module_docs(&[File::new("crates/a/src/lib.rs", good), File::new("crates/a/src/x.rs", "")]),
        []
    );
}

#[test]
fn an_example_that_no_test_names_is_found() {
    let example = File::new("config/edge.toml", "");
    let mention = "let path = \"config/edge.toml\";";
    assert_eq!(examples_tested(&[example.clone(), File::new("crates/a/src/a.rs", mention)]).len(), 1);
    let test = format!("#[test]\nfn a() {{ {mention} }}");
    assert_eq!(examples_tested(&[example.clone(), File::new("crates/a/src/a.rs", &test)]), []);
    assert_eq!(examples_tested(&[example, File::new("tests/configuration.rs", mention)]), []);
}

#[test]
fn a_missing_entrance_is_found() {
    assert_eq!(entrance(&[]).len(), 4);
}

#[test]
fn the_front_page_shows_both_commands_first() {
    let rest = ["PRIVACY.md", "CHANGELOG.md", "crates/README.md"].map(|path| File::new(path, ""));
    let with = |text: &str| [&[File::new("README.md", text)], &rest[..]].concat();
    assert_eq!(entrance(&with("# A [b](PRIVACY.md)\n```\ncargo xtask demo\ncargo xtask test\n```\n")), []);
    assert_eq!(
        entrance(&with(
            "# A [b](PRIVACY.md)\n```\ncargo build\n```\n```\ncargo xtask demo\ncargo xtask test\n```\n"
        ))
        .len(),
        2
    );
    assert_eq!(
        entrance(&with("[b](PRIVACY.md)\ncargo xtask demo\ncargo xtask test\n")).len(),
        2,
        "not in a block"
    );
}
