//! Maps for tests, written as lines.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::description::{Attribute, Network};
use crate::{Description, Faults, Kind, Place, Policy, SiteMap, assemble};

/// A description of rows such as `acme 203.0.113.0/24 10.1.0.0/16 munich vpn bypass`; `-` leaves a column out, and
/// so do columns that are not there. `edge munich` gives a site an edge, `hub munich berlin` a hub.
pub(crate) fn description(rows: &str) -> Description {
    let mut description = Description::default();
    let file = description.add_file("rows");
    for (line, row) in (1..).zip(rows.lines()) {
        let place = Place::new(file, line);
        let words: Vec<&str> = row.split_whitespace().collect();
        let word = |index: usize| words.get(index).copied().filter(|word| *word != "-");
        match words[..] {
            [] => {}
            ["edge", site] => {
                let index = description.declare_site(site, place).unwrap();
                let number = description.edges().len();
                description.add_edge(
                    &format!("{site}-{number}"),
                    index,
                    &format!("http://{site}-{number}.example"),
                    place,
                );
            }
            ["hub", site, hub] => {
                let index = description.declare_site(site, place).unwrap();
                description.state(index, Attribute::Hub, hub, place);
            }
            _ => {
                let network = Network {
                    realm: word(0).and_then(|realm| description.declare_realm(realm, place)),
                    external: word(1).map(network),
                    internal: word(2).map(network),
                    site: word(3).and_then(|site| description.declare_site(site, place)),
                    kind: word(4).map_or(Kind::Lan, |kind| kind.parse().unwrap()),
                    policy: word(5).map(|policy| policy.parse::<Policy>().unwrap()),
                    place,
                };
                description.add_network(network);
            }
        }
    }
    description
}

fn network(text: &str) -> IpNet {
    text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into())).unwrap()
}

pub(crate) fn map(rows: &str) -> SiteMap {
    let description = description(rows);
    match assemble(&description) {
        Ok(assembled) => assembled.map,
        Err(faults) => panic!("{}", faults.display(description.files())),
    }
}

pub(crate) fn faults(rows: &str) -> Faults {
    assemble(&description(rows)).map(|_| ()).expect_err("there are faults")
}

/// An address.
pub(crate) fn at(text: &str) -> crate::Address {
    crate::Address::from(text.parse::<IpAddr>().unwrap())
}
