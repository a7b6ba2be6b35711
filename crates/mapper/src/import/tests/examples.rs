//! The examples that are shipped.

use super::*;
use crate::diff::diff;
use crate::{SiteMap, assemble};

const SITES: &str = include_str!("../../../../../config/sites.csv");
const EDGES: &str = include_str!("../../../../../config/edges.csv");
const MAP: &str = include_str!("../../../../../config/map.toml");

fn map(files: &[(&str, &str)]) -> SiteMap {
    let mut description = Description::default();
    let files: Vec<File<'_>> = files
        .iter()
        .map(|(name, text)| {
            let format = Format::detect(name, text.as_bytes()).expect("it is known by what it holds");
            File { name, bytes: text.as_bytes(), format }
        })
        .collect();
    read_all(&mut description, &files, &Options::default());
    let assembled =
        assemble(&description).unwrap_or_else(|faults| panic!("{}", faults.display(description.files())));
    assert!(assembled.warnings.is_empty(), "{}", assembled.warnings.display(description.files()));
    assembled.map
}

#[test]
fn they_are_one_map_in_two_forms() {
    let tables = map(&[("sites.csv", SITES), ("edges.csv", EDGES)]);
    let file = map(&[("map.toml", MAP)]);
    let diff = diff(&tables, &file);
    assert!(diff.is_empty(), "{diff:?}");
    assert_eq!((tables.sites().count(), tables.edges().len(), tables.rows()), (5, 4, 13));
    for (one, other) in tables.sites().zip(file.sites()) {
        assert_eq!((one.id(), one.name()), (other.id(), other.name()));
    }
    assert!(Format::is_map_toml(MAP.as_bytes()));
}
