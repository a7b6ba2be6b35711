//! Networks as Infoblox exports them: rows of several kinds, each after a header of its kind, and headers repeat.
//!
//! The site is in an extensible attribute, `EA-Site` unless it is said otherwise. A network view other than `default` is a
//! realm. Containers hold other networks and no viewers. Masks are dotted, and bits of the address beyond them are
//! allowed there: they are cut off, with a warning.

use std::collections::HashMap;

use csv::StringRecord;
use ipnet::IpNet;

use super::Options;
use super::intake::{Intake, Listed};
use super::table::{Comments, Rows};
use crate::cidr;
use crate::description::{Description, excerpt};
use crate::fault::{Code, Fault, Place};
use crate::format::column_name;
use crate::network::Kind;

const SITE_COLUMN: &str = "EA-Site";
const HEADER: &str = "header-";

/// Where the cells of rows of one kind stand.
struct Header {
    address: Option<usize>,
    mask: Option<usize>,
    view: Option<usize>,
    site: Option<usize>,
}

struct Reader<'o> {
    intake: Intake<'o>,
    options: &'o Options,
    headers: HashMap<String, Header>,
}

pub(super) fn read(description: &mut Description, text: &str, file: u16, options: &Options) {
    let mut rows = Rows::new(text, file, b',', Comments::Skipped);
    let mut reader = Reader { intake: Intake::new(options, file), options, headers: HashMap::new() };
    let mut is_any_network = false;
    while let Some((record, place)) = rows.next(&mut description.faults) {
        let kind = record.get(0).unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(kind) = kind.strip_prefix(HEADER) {
            is_any_network |= is_network(kind);
            reader.read_header(description, kind, record, place);
        } else if is_network(&kind) {
            if !reader.read_row(description, &kind, record, place) {
                break;
            }
        } else if is_container(&kind) {
            reader.intake.leave_out("network containers", place);
        } else {
            reader.intake.leave_out("rows about something else than networks", place);
        }
    }
    if !is_any_network && description.faults.is_empty() {
        let message = "there is no row `HEADER-NETWORK` or `HEADER-IPV6NETWORK`";
        description.faults.push(Fault::new(Code::Missing, Place::new(file, 0), "", message));
    }
    reader.intake.finish(description);
}

impl Reader<'_> {
    fn read_header(
        &mut self,
        description: &mut Description,
        kind: &str,
        record: &StringRecord,
        place: Place,
    ) {
        if !is_network(kind) {
            return;
        }
        let names: Vec<String> = record.iter().map(column_name).collect();
        let find = |wanted: &[&str]| {
            names.iter().position(|name| wanted.iter().any(|wanted| column_name(wanted) == *name))
        };
        let wanted = self.options.site_column.as_deref().unwrap_or(SITE_COLUMN);
        let prefixed = format!("EA-{wanted}");
        let header = Header {
            address: find(&["address"]),
            mask: find(&["netmask", "cidr"]),
            view: find(&["network_view"]),
            site: find(&[wanted, prefixed.as_str()]),
        };
        for (cell, column) in [(header.address, "ADDRESS"), (header.mask, "NETMASK")] {
            if cell.is_none() {
                let message = format!("the header has no column `{column}`");
                description.faults.push(Fault::new(Code::Missing, place, column, message));
            }
        }
        if header.site.is_none() && self.options.site.is_none() {
            let attributes = record.iter().map(str::trim).filter(|name| name.starts_with("EA-"));
            let attributes: Vec<String> =
                attributes.take(20).map(|name| format!("`{}`", excerpt(name))).collect();
            let message = format!(
                "there is no column `{}` for the site; the attributes are: {}",
                excerpt(wanted),
                if attributes.is_empty() { "none".to_owned() } else { attributes.join(", ") }
            );
            description.faults.push(Fault::new(Code::Missing, place, SITE_COLUMN, message));
        }
        self.headers.insert(kind.to_owned(), header);
    }

    fn read_row(
        &mut self,
        description: &mut Description,
        kind: &str,
        record: &StringRecord,
        place: Place,
    ) -> bool {
        let Some(header) = self.headers.get(kind) else {
            let message = "the row stands before the header of its kind";
            description.faults.push(Fault::new(Code::Missing, place, "", message));
            return true;
        };
        // Empty cells at the end are left away.
        let cell =
            |index: Option<usize>| index.and_then(|index| record.get(index)).unwrap_or_default().trim();
        let (Some(_), Some(_)) = (header.address, header.mask) else { return true };
        let (name, view) = (cell(header.site), cell(header.view));
        let network = match cidr::masked(cell(header.address), cell(header.mask)) {
            Ok(network) => truncated(description, network, place),
            Err(error) => {
                description.faults.push(Fault::new(Code::Value, place, "ADDRESS", error.to_string()));
                return true;
            }
        };
        let stated = Some(name).filter(|name| !name.is_empty());
        let Some(name) = stated.or(self.options.site.as_deref()) else {
            self.intake.leave_out("networks without a site", place);
            return true;
        };
        let Some(site) = self.intake.site(description, name, place, SITE_COLUMN) else { return true };
        let mut realm = None;
        if !matches!(view, "" | "default") {
            realm = Intake::realm(description, view, place, "network_view");
            if realm.is_none() {
                return true;
            }
        }
        let listed = Listed { network, site, realm, kind: Kind::default(), policy: None, place };
        self.intake.add(description, &listed)
    }
}

fn truncated(description: &mut Description, network: IpNet, place: Place) -> IpNet {
    let whole = network.trunc();
    if network != whole {
        let message = format!("`{network}` has bits beyond its mask; it is taken as `{whole}`");
        description.warnings.push(Fault::new(Code::HostBits, place, "ADDRESS", message));
    }
    whole
}

fn is_network(kind: &str) -> bool {
    matches!(kind, "network" | "ipv6network")
}

fn is_container(kind: &str) -> bool {
    matches!(kind, "networkcontainer" | "ipv6networkcontainer")
}
