//! What a crate's manifest names.

use toml::{Table, Value};

use super::{Fault, File};

/// One crate and every package that it names: to run, to test, to build, on any system.
pub(super) struct Manifest {
    pub(super) path: String,
    pub(super) name: String,
    /// Package names, each with its line.
    pub(super) dependencies: Vec<(String, usize)>,
}

/// Whether this is the manifest of a crate of ours: tests, benches and fuzz targets may name what they test.
pub(super) fn is_of_a_crate(path: &str) -> bool {
    matches!(path.split('/').collect::<Vec<_>>()[..], ["crates", _, "Cargo.toml"])
}

impl Manifest {
    /// `workspace` is the text of the root manifest, where a dependency may be given another name.
    pub(super) fn parse(file: &File, workspace: &str) -> Result<Self, Fault> {
        let fault = |what: String| Fault::new(&file.path, 1, what);
        let manifest: Table = file.text.parse().map_err(|error| fault(format!("not TOML: {error}")))?;
        let root: Table =
            workspace.parse().map_err(|error| fault(format!("the root Cargo.toml is not TOML: {error}")))?;
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let name = name.ok_or_else(|| fault("no package.name".to_owned()))?.to_owned();

        let shared = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        let systems = manifest.get("target").and_then(Value::as_table);
        let everywhere =
            std::iter::once(&manifest).chain(systems.into_iter().flatten().filter_map(|(_, v)| v.as_table()));
        let mut dependencies = Vec::new();
        for (key, value) in everywhere.flat_map(sections) {
            let package = package(value).or_else(|| package(shared?.get(key)?)).unwrap_or(key);
            dependencies.push((package.to_owned(), line_of(file, key)));
        }
        Ok(Self { path: file.path.clone(), name, dependencies })
    }
}

fn sections(table: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    sections.into_iter().filter_map(|section| table.get(section)?.as_table()).flatten()
}

/// The package behind a dependency that goes by another name.
fn package(dependency: &Value) -> Option<&str> {
    dependency.get("package")?.as_str()
}

fn line_of(file: &File, key: &str) -> usize {
    let names_it = |text: &str| text.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
    file.lines().find(|(_, text)| names_it(text)).map_or(1, |(line, _)| line)
}
