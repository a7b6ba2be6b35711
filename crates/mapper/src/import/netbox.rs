//! Prefixes as `NetBox` exports them, old and new: the site is in `site`, or in the scope.
//!
//! A VRF is a realm. Containers hold other prefixes and no viewers; what is deprecated, or belongs to no site, is left out.

use super::Options;
use super::intake::{Intake, Listed};
use super::table::{Column, Comments, Others, Row, Table};
use crate::cidr;
use crate::description::{Description, excerpt};
use crate::fault::{Code, Fault, Place};
use crate::format::column_name;
use crate::network::Kind;

const COLUMNS: &[Column] = &[
    Column::needed("prefix"),
    Column::optional("vrf"),
    Column::optional("status"),
    Column::optional("site"),
    Column::optional("scope_type"),
    Column::optional("scope"),
    Column::optional("scope_id"),
];
const PREFIX: usize = 0;
const VRF: usize = 1;
const STATUS: usize = 2;
const SITE: usize = 3;
const SCOPE_TYPE: usize = 4;
const SCOPE: usize = 5;
const SCOPE_ID: usize = 6;

pub(super) fn read(description: &mut Description, text: &str, file: u16, options: &Options) {
    let faults = &mut description.faults;
    let Some(mut table) = Table::open(text, file, COLUMNS, (Others::Ignored, Comments::None), faults) else {
        return;
    };
    let own = match &options.site_column {
        None => None,
        Some(name) => {
            let index = table.header().iter().position(|header| column_name(header) == column_name(name));
            if index.is_none() {
                let message = format!("there is no column `{}`", excerpt(name));
                let place = Place::new(file, 0);
                return faults.push(Fault::new(Code::Missing, place, "site", message));
            }
            index
        }
    };
    let is_site_there = own.is_some() || [SITE, SCOPE, SCOPE_ID].into_iter().any(|column| table.has(column));
    if !is_site_there && options.site.is_none() {
        let message = "there is no column that names a site: neither `site` nor `scope`; name one \
                       (`--site-column`), or the site of all rows (`--site`)";
        let place = Place::new(file, 0);
        return faults.push(Fault::new(Code::Missing, place, "site", message));
    }
    let mut intake = Intake::new(options, file);
    while let Some(row) = table.next(&mut description.faults) {
        if !read_row(description, &mut intake, &row, own, options) {
            break;
        }
    }
    intake.finish(description);
}

fn read_row(
    description: &mut Description,
    intake: &mut Intake<'_>,
    row: &Row<'_>,
    own: Option<usize>,
    options: &Options,
) -> bool {
    let place = row.place;
    match row.cell(STATUS).to_ascii_lowercase().as_str() {
        "container" => {
            intake.leave_out("prefixes with the status container", place);
            return true;
        }
        "deprecated" => {
            intake.leave_out("prefixes with the status deprecated", place);
            return true;
        }
        _ => {}
    }
    let network = match cidr::parse(row.cell(PREFIX)) {
        Ok(network) => network,
        Err(error) => {
            description.faults.push(Fault::new(Code::Value, place, "prefix", error.to_string()));
            return true;
        }
    };
    let stated =
        own.map_or_else(|| site_of(row), |index| Some(row.cell_at(index)).filter(|cell| !cell.is_empty()));
    let Some(name) = stated.or(options.site.as_deref()) else {
        intake.leave_out("prefixes that belong to no site", place);
        return true;
    };
    let Some(site) = intake.site(description, name, place, "site") else { return true };
    let mut realm = None;
    if !matches!(row.cell(VRF).to_ascii_lowercase().as_str(), "" | "global" | "none" | "null" | "—" | "-") {
        realm = Intake::realm(description, row.cell(VRF), place, "vrf");
        if realm.is_none() {
            return true;
        }
    }
    let listed = Listed { network, site, realm, kind: Kind::default(), policy: None, place };
    intake.add(description, &listed)
}

/// The site that the row names, by itself or by its scope.
fn site_of<'r>(row: &Row<'r>) -> Option<&'r str> {
    let site = row.cell(SITE);
    if !site.is_empty() {
        return Some(site);
    }
    // `dcim.site`, `DCIM > Site`, or nothing where there are no other scopes.
    let kind = row.cell(SCOPE_TYPE).to_ascii_lowercase();
    let is_site = kind.is_empty() || kind.rsplit(['.', '>']).next().is_some_and(|kind| kind.trim() == "site");
    let scopes = [SCOPE, SCOPE_ID].into_iter().map(|column| row.cell(column));
    scopes.into_iter().find(|name| is_site && !name.is_empty())
}
