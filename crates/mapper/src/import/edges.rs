//! `edges.csv`: a row per server.

use super::table::{Column, Comments, Others, Table};
use crate::description::{Description, excerpt};
use crate::fault::{Code, Fault};

const COLUMNS: &[Column] = &[Column::needed("edge"), Column::needed("site"), Column::needed("url")];
const EDGE: usize = 0;
const SITE: usize = 1;
const URL: usize = 2;

/// The sites were read before: an edge does not make one, for a slip of the pen would.
pub(super) fn read(description: &mut Description, text: &str, file: u16) {
    // Where the sites could not be read, each edge would be told to stand nowhere.
    let are_sites_known = !description.sites().is_empty() || description.faults.is_empty();
    let Some(mut table) =
        Table::open(text, file, COLUMNS, (Others::Refused, Comments::Skipped), &mut description.faults)
    else {
        return;
    };
    while let Some(row) = table.next(&mut description.faults) {
        let site = row.cell(SITE);
        match description.find_site(site) {
            Some(site) => description.add_edge(row.cell(EDGE), site, row.cell(URL), row.place),
            None if !are_sites_known => {}
            None => {
                let message =
                    format!("`{}` is no site of this map; edges are read with the sites", excerpt(site));
                description.faults.push(Fault::new(Code::UnknownSite, row.place, "site", message));
            }
        }
    }
}
