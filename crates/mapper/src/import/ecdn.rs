//! The subnet mapping of Microsoft eCDN: a row per group, or several.
//!
//! A group is a site. Peering is not ours: a group whose peering is off is served by the CDN alone, which is our `bypass`.
//! A label is a site's name where all rows of the group have the same one.

use std::collections::HashMap;

use super::Options;
use super::intake::{Intake, Listed};
use super::statement::{Noted, networks, state};
use super::table::{Column, Comments, Others, Row, Table};
use crate::description::{Attribute, Description, SiteIndex, excerpt};
use crate::fault::{Code, Fault, Faults, Place};
use crate::network::{Kind, Policy};

const COLUMNS: &[Column] = &[
    Column::needed("GroupId"),
    Column::needed("Subnets"),
    Column::optional("P2P"),
    Column::optional("WAN"),
    Column::optional("Label"),
    Column::optional("Country"),
    Column::optional("City"),
];
const GROUP: usize = 0;
const SUBNETS: usize = 1;
const P2P: usize = 2;
const WAN: usize = 3;
const LABEL: usize = 4;
const PLACES: [(usize, Attribute); 2] = [(5, Attribute::Country), (6, Attribute::City)];

/// The labels of groups: `None` when rows of a group differ.
type Labels = HashMap<SiteIndex, Option<(String, Place)>>;

pub(super) fn read(description: &mut Description, text: &str, file: u16, options: &Options) {
    let faults = &mut description.faults;
    let Some(mut table) = Table::open(text, file, COLUMNS, (Others::Refused, Comments::None), faults) else {
        return;
    };
    let (mut intake, mut labels) = (Intake::new(options, file), Labels::new());
    while let Some(row) = table.next(&mut description.faults) {
        if !read_row(description, &mut intake, &mut labels, &row) {
            break;
        }
    }
    let mut labels: Vec<_> = labels.into_iter().collect();
    labels.sort_by_key(|(site, _)| *site);
    for (site, label) in labels {
        match label {
            None => intake
                .leave_out("labels, of which the rows of a group have several", description.site(site).place),
            // The group's own name, where it is more than an identifier, is the better one.
            Some((label, place)) if description.site(site).attribute(Attribute::Name).is_none() => {
                state(description, site, Attribute::Name, &label, place);
            }
            Some(_) => {}
        }
    }
    intake.finish(description);
}

fn read_row(
    description: &mut Description,
    intake: &mut Intake<'_>,
    labels: &mut Labels,
    row: &Row<'_>,
) -> bool {
    let place = row.place;
    let group = row.cell(GROUP);
    if group.is_empty() {
        description.faults.push(Fault::new(Code::Missing, place, "GroupId", "the row names no group"));
        return true;
    }
    let site = intake.site(description, group, place, "GroupId");
    let faults = &mut description.faults;
    let policy = policy(row.cell(P2P), place, faults);
    match row.cell(WAN).to_ascii_lowercase().as_str() {
        "" | "off" | "wan-off" => {}
        "on" | "wan-on" => intake.leave_out("WAN, which is about peers", place),
        other => faults.push(Fault::new(Code::Value, place, "WAN", neither(other))),
    }
    let subnets = networks(row.cell(SUBNETS), &[',', ';'], place, "Subnets", faults);
    let (Some(site), Ok(policy), Some(subnets)) = (site, policy, subnets) else {
        return true;
    };
    if subnets.is_empty() {
        let fault = Fault::new(Code::Missing, place, "Subnets", "the row has no network");
        description.faults.push(fault);
    }
    for (column, attribute) in PLACES {
        state(description, site, attribute, row.cell(column), place);
    }
    let label = row.cell(LABEL);
    if !label.is_empty() {
        let known = labels.entry(site).or_insert_with(|| Some((label.to_owned(), place)));
        if known.as_ref().is_some_and(|(known, _)| known != label) {
            *known = None;
        }
    }
    subnets.into_iter().all(|network| {
        let listed = Listed { network, site, realm: None, kind: Kind::default(), policy, place };
        intake.add(description, &listed)
    })
}

fn policy(p2p: &str, place: Place, faults: &mut Faults) -> Result<Option<Policy>, Noted> {
    match p2p.to_ascii_lowercase().as_str() {
        "" | "on" | "p2p-on" | "leech" | "*leech" | "p2p-leech" => Ok(None),
        "off" | "p2p-off" => Ok(Some(Policy::Bypass)),
        other => {
            faults.push(Fault::new(Code::Value, place, "P2P", neither(other)));
            Err(Noted)
        }
    }
}

fn neither(word: &str) -> String {
    format!("`{}` is none of the words that are known here: On, Off and, for P2P, Leech", excerpt(word))
}
