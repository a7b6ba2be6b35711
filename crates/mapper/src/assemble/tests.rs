use super::*;
use crate::description::{Attribute, MOST_NETWORKS};
use crate::fault::MOST_KEPT;
use crate::tests::{description, faults, map};

/// Each fault as `line code column other-line`.
fn told(rows: &str) -> Vec<String> {
    let faults = faults(rows);
    assert_eq!(faults.kept().len(), faults.total());
    let tell = |fault: &Fault| {
        let other = fault.other.map_or(String::new(), |other| format!(" {}", other.line));
        format!("{} {} {}{other}", fault.at.line, fault.code.as_str(), fault.column)
    };
    faults.kept().iter().map(tell).collect()
}

#[test]
fn rows_that_contradict_each_other_are_both_named() {
    assert_eq!(told("- 203.0.113.0/24 - a\n- 203.0.113.0/24 - b"), ["2 conflict external 1"]);
    assert_eq!(told("- 203.0.113.0/24 - a\n- 203.0.113.0/24 - a"), ["2 duplicate external 1"]);
    assert_eq!(told("- 203.0.113.0/24 - a\n- 203.0.113.0/24 - a vpn"), ["2 conflict external 1"]);
    assert_eq!(told("x - 10.0.0.0/8 a\n\nx - 10.0.0.0/8 b"), ["3 conflict internal 1"]);
    assert_eq!(told("x - 10.0.0.0/8 a\n\nx - 10.0.0.0/8 a"), ["3 duplicate internal 1"]);
    assert_eq!(told("- 203.0.113.1 10.0.0.0/8 a\n- 203.0.113.1 10.0.0.0/8 b"), ["2 conflict internal 1"]);
    assert_eq!(told("x 203.0.113.0/24\ny 203.0.113.0/24"), ["2 conflict realm 1"]);
    assert_eq!(told("x 203.0.113.0/24\n- 203.0.113.0/24 - a"), ["2 conflict realm 1"]);
    assert_eq!(told("x - - a\nx - - b"), ["2 conflict realm 1"]);
    let text = faults("x - 10.0.0.0/8 a\nx - 10.0.0.0/8 b").display(&["sites.csv".into()]).to_string();
    assert_eq!(
        text,
        "sites.csv:2: internal: the internal network `10.0.0.0/8` leads to `b` here and to `a` elsewhere (the other is line 1)"
    );
}

#[test]
fn a_realm_may_be_written_as_pairs() {
    // The same network beside each link of the realm.
    map("x 203.0.113.0/24 10.0.0.0/8 a\nx 198.51.100.0/24 10.0.0.0/8 a");
    assert_eq!(
        told("x 203.0.113.0/24 10.0.0.0/8 a\nx 198.51.100.0/24 10.0.0.0/8 b"),
        ["2 conflict internal 1"]
    );
    // The same private network behind two links that share no plan.
    map("- 203.0.113.0/24 10.0.0.0/8 a\n- 198.51.100.0/24 10.0.0.0/8 b");
}

#[test]
fn a_network_has_no_bits_beyond_its_length() {
    assert_eq!(
        told("- 203.0.113.1/24 10.1.2.3/8 a\n- 2001:db8::1/64 - a"),
        ["1 host-bits external", "1 host-bits internal", "2 host-bits external"]
    );
    let text = faults("- - 10.1.2.3/16 a").display(&[]).to_string();
    assert!(text.ends_with("the network is `10.1.0.0/16`"), "{text}");
}

#[test]
fn a_row_that_can_never_match_is_a_fault() {
    assert_eq!(told("x - 10.0.0.0/24 a\nx - 10.0.0.0/25 b\nx - 10.0.0.128/25 b"), ["1 unreachable internal"]);
    assert_eq!(
        told("- 203.0.113.0/24 - a\n- 203.0.113.0/25 - b\n- 203.0.113.128/25 - b"),
        ["1 unreachable external"]
    );
    map("x - 10.0.0.0/24 a\nx - 10.0.0.0/25 b\nx - 10.0.0.128/26 b");
    // Not covered by another realm's.
    map("x - 10.0.0.0/24 a\ny - 10.0.0.0/25 b\ny - 10.0.0.128/25 b");
}

#[test]
fn a_row_says_where_it_leads() {
    assert_eq!(told("- - 10.0.0.0/8 -"), ["1 missing site"]);
    assert_eq!(told("- 203.0.113.0/24 - -"), ["1 missing site"]);
    assert_eq!(told("x 203.0.113.0/24 - - lan site"), ["1 missing site"]);
    assert_eq!(told("- - - - vpn\n- - - -"), ["2 missing site"]);
    // Who is not served by a site needs none.
    map("x 203.0.113.0/24 - - guest\nx - 10.0.0.0/8 - lan deny");
}

#[test]
fn every_site_is_served() {
    assert_eq!(told("edge a\n- 203.0.113.0/24 - a\n- 198.51.100.0/24 - b"), ["3 unserved site"]);
    map("edge a\n- 203.0.113.0/24 - a\n- 198.51.100.0/24 - b\nhub b c\nhub c a");
    assert_eq!(
        told(
            "edge a\n- 203.0.113.0/24 - a\n- 198.51.100.0/24 - b\n- 192.0.2.0/24 - c\nhub b c\nhub c d\n- - - d"
        ),
        ["3 unserved site", "4 unserved site"]
    );
    // Viewers who bypass need no edge, and neither does a site that is only declared.
    map("edge a\n- 203.0.113.0/24 - b vpn\n- - - c");
    // A map that knows no edges is for locating alone.
    map("- 203.0.113.0/24 - b");
}

#[test]
fn hubs_lead_somewhere() {
    assert_eq!(told("hub a nowhere"), ["1 unknown-site hub"]);
    assert_eq!(told("hub a a"), ["1 hub-loop hub"]);
    assert_eq!(told("hub a b\nhub b c\nhub c b\nhub d a"), ["2 hub-loop hub"]);
    let text = faults("hub a b\nhub b c\nhub c a").display(&[]).to_string();
    assert!(text.ends_with("hubs lead around in a circle: a → b → c → a"), "{text}");
    let long: Vec<String> = (0..2000).map(|at| format!("hub s{at} s{}", (at + 1) % 2000)).collect();
    assert_eq!(told(&long.join("\n")), ["1 hub-loop hub"]);
}

#[test]
fn edges_are_told_apart() {
    let mut description = description("edge a\nedge b");
    let (site, place) = (description.find_site("a").unwrap(), Place::new(0, 9));
    description.add_edge("a-0", site, "http://other.example", place);
    description.add_edge("c", site, "HTTP://A-0.example/", place);
    // Another company's, with the same private address.
    description.add_edge("d", site, "http://b-1.example/", place);
    let faults = assemble(&description).map(|_| ()).unwrap_err();
    let codes: Vec<_> = faults.kept().iter().map(|fault| (fault.code, fault.column)).collect();
    assert_eq!(codes, [(Code::Duplicate, "edge"), (Code::Duplicate, "url")]);
}

#[test]
fn everything_is_told_at_once_and_in_order() {
    let rows =
        "hub a nowhere\nx - 10.0.0.1/8 a\n- 203.0.113.0/24 - a\n- 203.0.113.0/24 - b\n- - 10.0.0.0/8 -";
    assert_eq!(
        told(rows),
        ["1 unknown-site hub", "2 host-bits internal", "4 conflict external 3", "5 missing site"]
    );
}

#[test]
fn a_realm_that_nothing_leads_to_is_doubtful() {
    let warnings =
        assemble(&description("x - 10.0.0.0/8 a\ny 203.0.113.0/24 10.0.0.0/8 a")).unwrap().warnings;
    assert_eq!(warnings.total(), 1);
    assert!(warnings.kept()[0].message.contains("`x`"));
    // The network where the edge stands, whether it is called so or not, and in which order.
    let rows = "local - 10.0.0.0/8 a\n- - 10.1.0.0/16 b\ny 203.0.113.0/24 10.0.0.0/8 a\nw - 10.0.0.0/8 a";
    let assembled = assemble(&description(rows)).unwrap();
    let places: Vec<_> = assembled.warnings.kept().iter().map(|warning| warning.at.line).collect();
    assert_eq!(places, [1, 4]);
    assert_eq!(assembled.map.realm_names.len(), 3);
}

#[test]
fn one_network_too_many_is_told() {
    let mut description = Description::default();
    let file = description.add_file("big.csv");
    let site = description.declare_site("a", Place::new(file, 1));
    for line in 0..=u32::try_from(MOST_NETWORKS).unwrap() {
        let network = Network {
            realm: None,
            external: Some(IpNet::from(std::net::IpAddr::from(line.to_be_bytes()))),
            internal: None,
            site,
            kind: crate::Kind::Lan,
            policy: None,
            place: Place::new(file, line + 2),
        };
        description.add_network(network);
    }
    assert!(description.is_full());
    let faults = assemble(&description).map(|_| ()).unwrap_err();
    assert_eq!((faults.total(), faults.kept()[0].code), (1, Code::TooMuch));
}

#[test]
fn a_million_faults_are_a_short_report() {
    let mut description = Description::default();
    let file = description.add_file("bad.csv");
    let site = description.declare_site("a", Place::new(file, 1)).unwrap();
    for line in 2..1_000_000 {
        description.state(site, Attribute::Hub, &line.to_string(), Place::new(file, line));
    }
    let faults = assemble(&description).map(|_| ()).unwrap_err();
    assert_eq!(faults.kept().len(), MOST_KEPT);
    assert!(faults.total() > 999_990);
}
