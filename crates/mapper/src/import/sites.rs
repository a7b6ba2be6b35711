//! `sites.csv`: a row per network, or per office.

use super::statement::{add_pairs, kind, networks, policy, state};
use super::table::{Column, Comments, Others, Row, Table};
use crate::description::{Attribute, Description, Network, SiteIndex};
use crate::fault::{Code, Fault};

const COLUMNS: &[Column] = &[
    Column::needed("site"),
    Column::optional("realm"),
    Column::optional("external"),
    Column::optional("internal"),
    Column::optional("kind"),
    Column::optional("policy"),
    Column::optional("hub"),
    Column::optional("name"),
    Column::optional("country"),
    Column::optional("city"),
];
const SITE: usize = 0;
const REALM: usize = 1;
const EXTERNAL: usize = 2;
const INTERNAL: usize = 3;
const KIND: usize = 4;
const POLICY: usize = 5;
const ATTRIBUTES: [(usize, Attribute); 4] =
    [(6, Attribute::Hub), (7, Attribute::Name), (8, Attribute::Country), (9, Attribute::City)];

pub(super) fn read(description: &mut Description, text: &str, file: u16) {
    let faults = &mut description.faults;
    let Some(mut table) = Table::open(text, file, COLUMNS, (Others::Refused, Comments::Skipped), faults)
    else {
        return;
    };
    while let Some(row) = table.next(&mut description.faults) {
        if !read_row(description, &row) {
            break;
        }
    }
}

/// `false` when the map is full.
fn read_row(description: &mut Description, row: &Row<'_>) -> bool {
    let place = row.place;
    let named = !row.cell(SITE).is_empty();
    let site = if named { description.declare_site(row.cell(SITE), place) } else { None };
    read_attributes(description, row, site, named);

    let is_in_realm = !row.cell(REALM).is_empty();
    let realm = if is_in_realm { description.declare_realm(row.cell(REALM), place) } else { None };
    let faults = &mut description.faults;
    let externals = networks(row.cell(EXTERNAL), &[';'], place, "external", faults);
    let internals = networks(row.cell(INTERNAL), &[';'], place, "internal", faults);
    let kind = kind(row.cell(KIND), place, faults);
    let policy = policy(row.cell(POLICY), place, faults);
    let is_sound = named == site.is_some() && is_in_realm == realm.is_some();
    let (Some(externals), Some(internals), Ok(kind), Ok(policy), true) =
        (externals, internals, kind, policy, is_sound)
    else {
        return true;
    };
    if externals.is_empty() && internals.is_empty() && realm.is_none() {
        let says_how = [KIND, POLICY].into_iter().find(|column| !row.cell(*column).is_empty());
        if let Some(column) = says_how {
            let message = "this is said of a network, and the row has none";
            faults.push(Fault::new(Code::Missing, place, COLUMNS[column].name, message));
        } else if !named {
            faults.push(Fault::new(Code::Missing, place, "site", "the row says nothing"));
        }
        return true;
    }
    let network = Network { realm, external: None, internal: None, site, kind, policy, place };
    add_pairs(description, network, &externals, &internals)
}

fn read_attributes(description: &mut Description, row: &Row<'_>, site: Option<SiteIndex>, named: bool) {
    for (column, attribute) in ATTRIBUTES {
        let value = row.cell(column);
        match site {
            Some(site) => state(description, site, attribute, value, row.place),
            None if value.is_empty() || named => {}
            None => {
                let message = "this is said of a site, and the row names none";
                let fault = Fault::new(Code::Missing, row.place, attribute.as_str(), message);
                description.faults.push(fault);
            }
        }
    }
}
