//! Who may name whom: the crates' manifests against the table on the architecture page, and what holds whatever the
//! table says.

mod manifest;
mod table;

use super::Fault;
use super::tree::File;
use manifest::Manifest;
use table::Row;

const PAGE: &str = "crates/README.md";

/// Crates that stand on nothing of ours.
const LEAVES: [&str; 6] = ["http-framing", "mapper", "media", "segment-cache", "saml", "ui"];

/// Crates that speak to each other over the network alone.
const STRANGERS: [(&str, &str); 2] = [("edge", "portal"), ("portal", "edge")];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Fault::new(PAGE, 1, "missing: it holds the table of who may name whom")];
    };
    let workspace = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| file.text.as_str());
    let (rows, mut faults) = table::parse(page);
    let mut manifests = Vec::new();
    for file in files.iter().filter(|file| manifest::is_of_a_crate(&file.path)) {
        match Manifest::parse(file, workspace) {
            Ok(manifest) => manifests.push(manifest),
            Err(fault) => faults.push(fault),
        }
    }
    for manifest in &manifests {
        faults.extend(manifest_faults(manifest, &rows, &manifests));
    }
    faults.extend(rows.iter().flat_map(|row| row_faults(row, &manifests)));
    faults
}

/// What a crate names that it may not.
fn manifest_faults(manifest: &Manifest, rows: &[Row], all: &[Manifest]) -> Vec<Fault> {
    let Some(row) = rows.iter().find(|row| row.name == manifest.name) else {
        let what = format!("`{}` has no row in the dependency table of {PAGE}: add one", manifest.name);
        return vec![Fault::new(&manifest.path, 1, what)];
    };
    let ours = manifest.dependencies.iter().filter(|(name, _)| all.iter().any(|other| other.name == *name));
    ours.filter_map(|(name, line)| {
        let from = manifest.name.as_str();
        let what = if STRANGERS.contains(&(from, name.as_str())) {
            format!("`{from}` and `{name}` speak over the network and never name each other")
        } else if LEAVES.contains(&from) {
            format!("`{from}` names nothing of ours: pass what it needs from `{name}` as an argument")
        } else if !row.may_name.contains(name) {
            format!("`{from}` may not name `{name}` ({PAGE}:{}): change the design there first", row.line)
        } else {
            return None;
        };
        Some(Fault::new(&manifest.path, *line, what))
    })
    .collect()
}

/// What the table says of crates that are not there.
fn row_faults(row: &Row, manifests: &[Manifest]) -> Vec<Fault> {
    let exists = |name: &String| manifests.iter().any(|manifest| manifest.name == *name);
    let named = std::iter::once(&row.name).chain(&row.may_name);
    named
        .filter(|name| !exists(name))
        .map(|name| {
            Fault::new(PAGE, row.line, format!("there is no crate `{name}`: take it out of the table"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: &str) -> File {
        let text = format!(
            "# Crates\n<!-- dependency-table -->\n| crate | may name |\n|---|---|\n{rows}\n<!-- /dependency-table -->\n"
        );
        File::new(PAGE, &text)
    }

    fn manifest(name: &str, dependencies: &str) -> File {
        let text = format!("[package]\nname = \"{name}\"\n[dependencies]\n{dependencies}\n");
        File::new(&format!("crates/{name}/Cargo.toml"), &text)
    }

    fn found(files: &[File]) -> Vec<String> {
        check(files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_table_lets_through_passes() {
        let files = [
            page("| `edge` | `media`, ui |\n| media, ui | nothing of ours |"),
            manifest("edge", "media.workspace = true\nserde = \"1\""),
            manifest("media", "serde = \"1\""),
            manifest("ui", ""),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn a_dependency_that_is_not_in_the_table_is_found_on_its_line() {
        let files = [
            page("| edge | ui |\n| media, ui | nothing |"),
            manifest("edge", "ui.workspace = true\nmedia = { path = \"../media\" }"),
            manifest("media", ""),
            manifest("ui", ""),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("crates/edge/Cargo.toml:5: `edge` may not name `media`"), "{found:?}");
    }

    #[test]
    fn dependencies_for_tests_and_builds_and_by_another_name_count() {
        for section in [
            "[dev-dependencies]\nmedia.workspace = true",
            "[build-dependencies]\nmedia.workspace = true",
            "[target.'cfg(unix)'.dependencies]\nmedia.workspace = true",
            "[dependencies]\nother = { path = \"../media\", package = \"media\" }",
        ] {
            let text = format!("[package]\nname = \"edge\"\n{section}\n");
            let files = [
                page("| edge, media | nothing |"),
                File::new("crates/edge/Cargo.toml", &text),
                manifest("media", ""),
            ];
            assert_eq!(found(&files).len(), 1, "{section}");
        }
    }

    #[test]
    fn a_name_given_in_the_workspace_is_followed() {
        let files = [
            File::new(
                "Cargo.toml",
                "[workspace.dependencies]\nother = { path = \"crates/media\", package = \"media\" }",
            ),
            page("| edge, media | nothing |"),
            manifest("edge", "other.workspace = true"),
            manifest("media", ""),
        ];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn leaves_and_strangers_hold_whatever_the_table_says() {
        let files = [
            page("| edge | portal |\n| portal | media |\n| media | ui |\n| ui | nothing |"),
            manifest("edge", "portal.workspace = true"),
            manifest("portal", "media.workspace = true"),
            manifest("media", "ui.workspace = true"),
            manifest("ui", ""),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("never name each other") && found[1].contains("names nothing of ours"));
    }

    #[test]
    fn crates_and_rows_have_to_match() {
        let files =
            [page("| media | nothing |\n| gone | lost |"), manifest("media", ""), manifest("new", "")];
        let found = found(&files);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("`new` has no row"), "{found:?}");
        assert!(found[1].contains("no crate `gone`") && found[2].contains("no crate `lost`"), "{found:?}");
    }

    #[test]
    fn a_page_without_a_table_or_a_broken_manifest_is_a_fault() {
        assert_eq!(found(&[]).len(), 1);
        assert_eq!(found(&[File::new(PAGE, "# Crates\n")]).len(), 1);
        assert_eq!(found(&[page("| media | nothing | more |")]).len(), 1);
        assert_eq!(found(&[page(""), File::new("crates/a/Cargo.toml", "[package")]).len(), 1);
    }
}
