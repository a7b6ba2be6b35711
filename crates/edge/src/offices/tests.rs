use std::net::IpAddr;

use super::*;

/// The files in a folder, and the offices that they describe.
fn load(files: &[(&str, &str)], realm: Option<&str>, site: Option<&str>) -> Result<Offices, MapError> {
    let folder = tempfile::tempdir().unwrap();
    let paths = files.iter().map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let config = config::Map {
        files: paths.collect(),
        realm: realm.map(str::to_owned),
        site: site.map(str::to_owned),
    };
    Offices::load(&config).map(|offices| offices.expect("files are named"))
}

fn asker(address: &str, internal: Option<&str>) -> Asker {
    let address_of = |text: &str| text.parse::<IpAddr>().unwrap().into();
    Asker { address: Some(address_of(address)), internal: internal.map(address_of) }
}

const SITES: &str = "site,realm,external,internal,hub\n\
                     hq,acme,203.0.113.1,10.0.0.0/16,\n\
                     munich,acme,,10.1.0.0/16,hq\n";
const EDGES: &str = "edge,site,url\nhq-1,hq,http://hq.example\n";

#[test]
fn from_inside_a_realm_addresses_are_internal() {
    let offices = load(&[("edges.csv", EDGES), ("sites.csv", SITES)], Some("acme"), Some("hq")).unwrap();
    let site = |asker| offices.locate(asker).and_then(Location::site).map(|site| site.id().to_string());
    assert_eq!(site(asker("10.1.2.3", None)).as_deref(), Some("munich"));
    assert_eq!(site(asker("10.0.0.9", Some("10.1.2.3"))).as_deref(), Some("munich"));
    assert_eq!(site(asker("203.0.113.1", None)), None);
    assert!(offices.locate(Asker { address: None, internal: None }).is_none());
}

#[test]
fn from_outside_addresses_are_pairs() {
    let offices = load(&[("sites.csv", SITES)], None, None).unwrap();
    let site = |asker| offices.locate(asker).and_then(Location::site).map(|site| site.id().to_string());
    assert_eq!(site(asker("203.0.113.1", Some("10.1.2.3"))).as_deref(), Some("munich"));
    assert_eq!(site(asker("10.1.2.3", None)), None);
}

#[test]
fn a_hub_serves_its_spokes_and_a_spoke_itself_alone() {
    let serves = |own: Option<&str>, address| {
        load(&[("sites.csv", SITES)], Some("acme"), own).unwrap().serves(asker(address, None))
    };
    assert!(serves(Some("hq"), "10.0.0.1") && serves(Some("hq"), "10.1.0.1"));
    assert!(serves(Some("munich"), "10.1.0.1") && !serves(Some("munich"), "10.0.0.1"));
    assert!(!serves(Some("hq"), "10.9.0.1") && !serves(None, "10.0.0.1"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let said = |files: &[(&str, &str)], realm, site| load(files, realm, site).unwrap_err().to_string();
    assert!(
        said(&[("sites.csv", "site,internal\na,10.0.0.1/8\n")], None, None).contains("sites.csv:2: internal")
    );
    assert_eq!(said(&[("sites.csv", SITES)], Some("other"), None), "map.realm: the map has no `other`");
    assert_eq!(said(&[("sites.csv", SITES)], None, Some("other")), "map.site: the map has no `other`");
    assert!(said(&[("sites.csv", "")], None, None).contains("sites.csv"));
    let foreign = said(&[("list.json", r#"{"coverageZones": {}}"#)], None, None);
    assert!(foreign.contains("spokecast map import"), "{foreign}");
    let missing = config::Map { files: vec!["/nonexistent/sites.csv".into()], ..Default::default() };
    assert!(
        Offices::load(&missing)
            .unwrap_err()
            .to_string()
            .starts_with("/nonexistent/sites.csv: cannot be read")
    );
    assert!(Offices::load(&config::Map::default()).unwrap().is_none());
}

#[test]
fn a_thousand_faults_are_a_hundred_and_a_number() {
    let rows: Vec<String> = (0..1000).map(|row| format!("a{row},10.0.0.1/8")).collect();
    let said = load(&[("sites.csv", &format!("site,internal\n{}\n", rows.join("\n")))], None, None)
        .unwrap_err()
        .to_string();
    assert!(said.lines().count() < 110 && said.lines().last().unwrap().starts_with("and "), "{said}");
}
