//! Two companies, the internet between them, who stands where, and what the companies write down of it.

use crate::world::network::{Line, Place};

/// The internet, the companies' hubs and offices, and the hosts in them.
pub(super) const PLACES: [Place; 26] = [
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
    // Company B, with the same networks inside; only its edges have other addresses, so that they can be told apart.
    Place::below("internet", "hub-b", [192, 0, 2, 1]).hiding("10.0.0.0/8"),
    Place::below("hub-b", "hub-b-edge", [10, 0, 0, 4]),
    Place::below("hub-b", "hub-b-proxy", [10, 0, 0, 3]),
    Place::below("hub-b", "b1", [10, 1, 0, 1]).carrying("10.1.0.0/16"),
    Place::below("b1", "b1-edge", [10, 1, 0, 3]),
    Place::below("b1", "b1-viewer", [10, 1, 0, 77]),
    Place::below("hub-b", "b2", [10, 2, 0, 1]).carrying("10.2.0.0/16"),
    Place::below("b2", "b2-edge", [10, 2, 0, 3]),
    Place::below("b2", "b2-viewer", [10, 2, 0, 77]),
];

/// The office with an internet link of its own has a line to the hub as well.
pub(super) const LINES: [Line; 1] = [Line { ends: [("a3", "10.0.0.0/8"), ("hub-a", "192.168.7.0/24")] }];

/// What company A writes down. Its third office has a link of its own, and is in the company's network too.
pub(super) const SITES_OF_A: &str = "\
site,realm,external,internal,kind,hub
hub-a,a,203.0.113.1,10.0.0.0/16,,
hub-a,a,203.0.113.1,10.99.0.0/16,vpn,
hub-a,a,203.0.113.1,,,
a1,a,203.0.113.1,10.1.0.0/16,,hub-a
a2,a,203.0.113.1,10.2.0.0/16,,hub-a
a3,a,198.51.100.7,192.168.7.0/24,,
a3,a,198.51.100.7,,,
";

/// Where its edges are.
pub(super) const EDGES_OF_A: &str = "\
edge,site,url
hub-a-edge,hub-a,http://10.0.0.2:8080
a1-edge,a1,http://10.1.0.2:8080
a2-edge,a2,http://10.2.0.2:8080
a3-edge,a3,http://192.168.7.2:8080
";

/// What company B writes down.
pub(super) const SITES_OF_B: &str = "\
site,realm,external,internal,kind,hub
hub-b,b,192.0.2.1,10.0.0.0/16,,
hub-b,b,192.0.2.1,,,
b1,b,192.0.2.1,10.1.0.0/16,,hub-b
b2,b,192.0.2.1,10.2.0.0/16,,hub-b
";

/// Where its edges are.
pub(super) const EDGES_OF_B: &str = "\
edge,site,url
hub-b-edge,hub-b,http://10.0.0.4:8080
b1-edge,b1,http://10.1.0.3:8080
b2-edge,b2,http://10.2.0.3:8080
";
