//! What is counted about where viewers are, and where they are sent: how many, and never who.

use mapper::{Location, Policy};
use prometheus::{IntCounter, IntGauge};

use super::{Register, signed};

/// Counters of the map's users.
#[derive(Debug)]
pub(crate) struct Whereabouts {
    locations: [IntCounter; LOCATIONS.len()],
    redirects: [IntCounter; DESTINATIONS.len()],
    members: [IntGauge; 2],
    map_rows: IntGauge,
    not_admitted: IntCounter,
}

/// Where somebody was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To an edge of their site.
    Site,
    /// To an edge of a hub.
    Hub,
    /// To the origin.
    Origin,
    /// Nowhere.
    Denied,
}

const LOCATIONS: [&str; 5] = ["site", "bypass", "deny", "ambiguous", "unknown"];
const DESTINATIONS: [&str; 4] = ["site", "hub", "origin", "denied"];

impl Whereabouts {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let locations = register.counters(
            "spokecast_locations_total",
            "Viewers that were looked up in the map, by what it says.",
            &["outcome"],
        );
        let redirects = register.counters(
            "spokecast_redirects_total",
            "Requests below /go/, by where they were sent.",
            &["to"],
        );
        let members =
            register.gauges("spokecast_map_edges", "Edges of the map, as checks find them.", &["state"]);
        Self {
            locations: LOCATIONS.map(|outcome| locations.with_label_values(&[outcome])),
            redirects: DESTINATIONS.map(|to| redirects.with_label_values(&[to])),
            members: ["there", "gone"].map(|state| members.with_label_values(&[state])),
            map_rows: register.gauge("spokecast_map_rows", "Rows of the map about networks."),
            not_admitted: register.counter(
                "spokecast_not_admitted_total",
                "Requests of viewers that this edge is not told to serve.",
            ),
        }
    }

    /// Counts a look-up in the map; `None` where no address is known.
    pub(crate) fn count_location(&self, location: Option<Location<'_>>) {
        let outcome = match location {
            Some(Location::Found(found)) => match found.policy() {
                Policy::Site => 0,
                Policy::Bypass => 1,
                Policy::Deny => 2,
            },
            Some(Location::Ambiguous(_)) => 3,
            Some(Location::Unknown(_)) | None => 4,
        };
        self.locations[outcome].inc();
    }

    /// Counts a redirect.
    pub(crate) fn count_redirect(&self, to: Destination) {
        self.redirects[to as usize].inc();
    }

    /// Counts a request that is not served.
    pub(crate) fn count_not_admitted(&self) {
        self.not_admitted.inc();
    }

    /// Notes how many edges of the map are there, and how many are gone.
    pub(crate) fn set_members(&self, there: usize, gone: usize) {
        self.members[0].set(signed(there as u64));
        self.members[1].set(signed(gone as u64));
    }

    /// Notes how large the map is.
    pub(crate) fn set_map_rows(&self, rows: usize) {
        self.map_rows.set(signed(rows as u64));
    }
}
