//! Where packages come from is each machine's own setting: no registry's address stands in the tree, lock files
//! included, so that a mirror serves as well.

use super::Fault;
use super::tree::File;

/// Hosts by their labels, so that this file keeps its own rule.
const HOSTS: [&[&str]; 9] = [
    &["registry", "npmjs", "org"],
    &["registry", "yarnpkg", "com"],
    &["files", "pythonhosted", "org"],
    &["//pypi", "org"],
    &["index", "crates", "io"],
    &["static", "crates", "io"],
    &["//crates", "io"],
    &["deb", "debian", "org"],
    &["proxy", "golang", "org"],
];

/// How a Cargo.lock names crates.io, whatever mirror it was read from.
const CARGO_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let hosts: Vec<String> = HOSTS.iter().map(|labels| labels.join(".")).collect();
    let mut faults = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            faults.extend(fault(file, text, &hosts).map(|what| Fault::new(&file.path, line, what)));
        }
    }
    faults
}

fn fault(file: &File, text: &str, hosts: &[String]) -> Option<&'static str> {
    match file.name() {
        "Cargo.lock" if text.starts_with("source = ") && text != CARGO_SOURCE => {
            Some("a dependency comes from crates.io; take this one from there or leave it out")
        }
        "package-lock.json" if text.trim_start().starts_with("\"resolved\": \"http") => {
            Some("put omit-lockfile-registry-resolved=true into .npmrc beside it and run npm install again")
        }
        _ => hosts
            .iter()
            .any(|host| text.contains(host.as_str()))
            .then_some("leave out the registry's address"),
    }
}

#[test]
fn registries_are_found_in_any_file() {
    for labels in HOSTS {
        let host = labels.join(".");
        let text = format!("fine\nsee https://{}/x\n", host.trim_start_matches("//"));
        let faults = check(&[File::new("deploy/Dockerfile", &text)]);
        assert_eq!(faults.len(), 1, "{text}");
        assert_eq!(faults[0].line, 2);
    }
}

#[test]
fn lock_files_name_no_address_of_their_own() {
    let npm = "{\n  \"resolved\": \"https://mirror.example/a.tgz\",\n  \"resolved\": \"../a\"\n}";
    let lines: Vec<_> =
        check(&[File::new("crates/ui/package-lock.json", npm)]).iter().map(|f| f.line).collect();
    assert_eq!(lines, [2], "a link to a folder is no address");

    let cargo = format!("{CARGO_SOURCE}\nsource = \"git+https://example.org/a\"\n");
    let lines: Vec<_> = check(&[File::new("Cargo.lock", &cargo)]).iter().map(|f| f.line).collect();
    assert_eq!(lines, [2]);
}
