//! Two companies, the internet between them, and who stands where.

use crate::world::network::{Line, Network, Place};
use crate::world::skip::skipped;

/// The internet, the companies' hubs and offices, and the hosts in them.
const PLACES: [Place; 26] = [
    Place { name: "internet", address: [203, 0, 113, 254], above: None, carries: None, hides: false },
    Place::below("internet", "origin", [203, 0, 113, 10]),
    Place::below("internet", "cloud", [203, 0, 113, 250]),
    Place::below("internet", "outsider", [203, 0, 113, 200]),
    // Company A.
    Place::below("internet", "hub-a", [203, 0, 113, 1]).hiding("10.0.0.0/8"),
    Place::below("hub-a", "hub-a-edge", [10, 0, 0, 2]),
    Place::below("hub-a", "hub-a-proxy", [10, 0, 0, 3]),
    Place::below("hub-a", "vpn-a", [10, 99, 0, 77]),
    Place::below("hub-a", "a1", [10, 1, 0, 1]).carrying("10.1.0.0/16"),
    Place::below("a1", "a1-edge", [10, 1, 0, 2]),
    Place::below("a1", "a1-viewer", [10, 1, 0, 77]),
    Place::below("hub-a", "a2", [10, 2, 0, 1]).carrying("10.2.0.0/16"),
    Place::below("a2", "a2-edge", [10, 2, 0, 2]),
    Place::below("a2", "a2-viewer", [10, 2, 0, 77]),
    Place::below("internet", "a3", [198, 51, 100, 7]).hiding("192.168.7.0/24"),
    Place::below("a3", "a3-edge", [192, 168, 7, 2]),
    Place::below("a3", "a3-viewer", [192, 168, 7, 77]),
    // Company B, with the same networks inside.
    Place::below("internet", "hub-b", [192, 0, 2, 1]).hiding("10.0.0.0/8"),
    Place::below("hub-b", "hub-b-edge", [10, 0, 0, 2]),
    Place::below("hub-b", "hub-b-proxy", [10, 0, 0, 3]),
    Place::below("hub-b", "b1", [10, 1, 0, 1]).carrying("10.1.0.0/16"),
    Place::below("b1", "b1-edge", [10, 1, 0, 2]),
    Place::below("b1", "b1-viewer", [10, 1, 0, 77]),
    Place::below("hub-b", "b2", [10, 2, 0, 1]).carrying("10.2.0.0/16"),
    Place::below("b2", "b2-edge", [10, 2, 0, 2]),
    Place::below("b2", "b2-viewer", [10, 2, 0, 77]),
];

/// The office with an internet link of its own has a line to the hub as well.
const LINES: [Line; 1] = [Line { ends: [("a3", "10.0.0.0/8"), ("hub-a", "192.168.7.0/24")] }];

/// The network; none where it cannot be made, and then that is said in the name of `test`.
pub(super) fn network(test: &str) -> Option<Network> {
    if let Some(obstacle) = Network::obstacle() {
        skipped(&format!("topology::{test}"), &obstacle);
        return None;
    }
    Some(Network::lay(&PLACES, &LINES))
}
