//! Coverage zones of Apache Traffic Control, plain and deep.
//!
//! A zone is a site. The caches of a deep zone are named without an address, so they cannot become edges; coordinates
//! have no place in a map.

use super::Options;
use super::intake::{Intake, Listed};
use super::keys::{self, Keys};
use super::tree::{Entry, Node, Value};
use crate::description::Description;
use crate::fault::{Code, Fault, Place};
use crate::network::Kind;

const ROOT: &[&str] =
    &["coverageZones", "deepCoverageZones", "revision", "customerName", "customername", "version"];
const ZONES: [&str; 2] = ["coverageZones", "deepCoverageZones"];
const ZONE: &[&str] = &["network", "network6", "coordinates", "caches"];
const NETWORKS: [&str; 2] = ["network", "network6"];

pub(super) fn read(description: &mut Description, root: &Node<'_>, file: u16, options: &Options) {
    let Some(root) = Keys::of(root, "", ROOT, file, &mut description.faults) else {
        return;
    };
    let mut intake = Intake::new(options, file);
    let mut are_there_zones = false;
    for key in ZONES {
        let Some(node) = root.find(key) else { continue };
        are_there_zones = true;
        let zones = keys::table(node, key, file, &mut description.faults).unwrap_or_default();
        for zone in zones {
            if !read_zone(description, &mut intake, zone, file) {
                return intake.finish(description);
            }
        }
    }
    if !are_there_zones {
        let message = "there is neither `coverageZones` nor `deepCoverageZones`";
        description.faults.push(Fault::new(Code::Missing, root.place, "coverageZones", message));
    }
    intake.finish(description);
}

fn read_zone(description: &mut Description, intake: &mut Intake<'_>, zone: &Entry<'_>, file: u16) -> bool {
    let Some(keys) = Keys::of(&zone.node, "coverageZones", ZONE, file, &mut description.faults) else {
        return true;
    };
    let place = keys.place;
    let Some(site) = intake.site(description, zone.key.trim(), place, "coverageZones") else {
        return true;
    };
    if keys.find("coordinates").is_some() {
        intake.leave_out("coordinates of zones", place);
    }
    if keys.find("caches").is_some_and(|node| !matches!(&node.value, Value::List(list) if list.is_empty())) {
        intake.leave_out("caches of zones: they have no URL; describe them as edges", place);
    }
    NETWORKS.into_iter().all(|key| {
        let items = keys.list(key, &mut description.faults);
        items.iter().all(|item| {
            let found = keys::networks(item, key, file, &mut description.faults);
            let place = Place::new(file, item.line);
            found.unwrap_or_default().into_iter().all(|network| {
                let listed =
                    Listed { network, site, realm: None, kind: Kind::default(), policy: None, place };
                intake.add(description, &listed)
            })
        })
    })
}
