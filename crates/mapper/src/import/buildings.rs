//! The building file of Microsoft's Call Quality Dashboard: 15 columns without a header, between tabs or commas.
//!
//! A building is a site. Older files have no last column. `InsideCorp` and `ExpressRoute` are not taken over.

use super::Options;
use super::intake::{Intake, Listed};
use super::statement::state;
use super::table::{Comments, Rows};
use crate::cidr;
use crate::description::{Attribute, Description, excerpt};
use crate::fault::{Code, Fault, Faults, Place};
use crate::format::column_name;
use crate::network::Kind;

const NETWORK_IP: usize = 0;
const NETWORK_NAME: usize = 1;
const NETWORK_RANGE: usize = 2;
const BUILDING: usize = 3;
const CITY: usize = 7;
const COUNTRY: usize = 9;
const VPN: usize = 14;

pub(super) fn read(description: &mut Description, text: &str, file: u16, options: &Options) {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = if first.contains('\t') { b'\t' } else { b',' };
    let mut rows = Rows::new(text, file, delimiter, Comments::None);
    let mut intake = Intake::new(options, file);
    let mut is_first = true;
    while let Some((record, place)) = rows.next(&mut description.faults) {
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if std::mem::take(&mut is_first) && matches!(column_name(cells[0]).as_str(), "networkip" | "network")
        {
            intake.leave_out("a header, which these files do not have", place);
            continue;
        }
        if !matches!(cells.len(), 14 | 15) {
            let message = format!("the row has {} cells; a building file has 15", cells.len());
            description.faults.push(Fault::new(Code::Value, place, "", message));
            continue;
        }
        if !read_row(description, &mut intake, &cells, place) {
            break;
        }
    }
    intake.finish(description);
}

fn read_row(description: &mut Description, intake: &mut Intake<'_>, cells: &[&str], place: Place) -> bool {
    let faults = &mut description.faults;
    let range = cells[NETWORK_RANGE].trim_start_matches('/');
    let network = match cidr::masked(cells[NETWORK_IP], range) {
        Ok(network) => Some(network),
        Err(error) => {
            faults.push(Fault::new(Code::Value, place, "NetworkRange", error.to_string()));
            None
        }
    };
    let is_vpn = flag(cells.get(VPN).copied().unwrap_or_default(), place, faults);
    let names = [(BUILDING, "BuildingName"), (NETWORK_NAME, "NetworkName")];
    let Some((name, column)) = names.into_iter().find(|(index, _)| !cells[*index].is_empty()) else {
        let message = "the row names neither a building nor a network";
        faults.push(Fault::new(Code::Missing, place, "BuildingName", message));
        return true;
    };
    let site = intake.site(description, cells[name], place, column);
    let (Some(network), Some(site), Some(is_vpn)) = (network, site, is_vpn) else {
        return true;
    };
    state(description, site, Attribute::City, cells[CITY], place);
    state(description, site, Attribute::Country, cells[COUNTRY], place);
    let kind = if is_vpn { Kind::Vpn } else { Kind::default() };
    intake.add(description, &Listed { network, site, realm: None, kind, policy: None, place })
}

fn flag(text: &str, place: Place, faults: &mut Faults) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" => Some(false),
        "1" | "true" | "yes" => Some(true),
        other => {
            let message = format!("`{}` is neither 0 nor 1", excerpt(other));
            faults.push(Fault::new(Code::Value, place, "VPN", message));
            None
        }
    }
}
