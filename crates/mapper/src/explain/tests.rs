use crate::tests::{at, map};

const MAP: &str = "\
    acme 203.0.113.0/24\n\
    acme 203.0.113.64/26 - lima\n\
    acme - 10.0.0.0/8 hq\n\
    acme - 10.1.0.0/16 munich\n\
    acme - 10.2.0.0/16 munich vpn\n\
    - 198.51.100.1 10.0.0.0/8 a\n\
    - 198.51.100.1 10.9.0.0/16 b\n\
    - 192.0.2.1 10.0.0.0/8 a";

fn told(external: &str, internal: Option<&str>) -> String {
    map(MAP).explain(at(external), internal.map(at)).to_string()
}

#[test]
fn every_step_names_its_row() {
    assert_eq!(
        told("203.0.113.65", Some("10.1.2.3")),
        "1. 203.0.113.0/24 holds the external address, but 203.0.113.64/26 is longer (rows:1)\n\
         2. 203.0.113.64/26 is the longest external network that holds the external address: it leads to realm `acme` (rows:2)\n\
         3. 10.0.0.0/8 holds the internal address, but 10.1.0.0/16 is longer (rows:3)\n\
         4. 10.1.0.0/16 is the longest internal network that holds the internal address (rows:4)\n\
         5. so they are in site `munich`, in a network of kind lan (rows:4)"
    );
}

#[test]
fn what_settles_it_is_said() {
    let last = |external, internal| told(external, internal).lines().last().unwrap().to_owned();
    assert!(
        told("203.0.113.65", None)
            .contains("3. no internal address is known\n4. 203.0.113.64/26 has a row for")
    );
    assert!(last("203.0.113.65", None).contains("site `lima`"));
    assert!(
        last("203.0.113.1", Some("10.2.0.1")).contains("go to the CDN directly, by a row of site `munich`")
    );
    assert!(last("198.51.100.1", None).contains("would have to tell which site it is"));
    assert!(told("192.0.2.1", None).contains("all internal networks of the realm lead to the same"));
    assert!(
        told("192.0.2.1", Some("172.16.0.1"))
            .contains("there is no default for addresses that are in no network")
    );
    assert_eq!(
        told("192.0.2.2", None),
        "1. no external network holds the external address\n2. so no site is known"
    );
}

#[test]
fn from_inside_the_realm_is_where_it_begins() {
    let map = map(MAP);
    let explanation = map.explain_inside(map.realm("acme").unwrap(), at("10.1.2.3"));
    assert_eq!(explanation.steps[0].text, "the address is inside realm `acme`");
    assert_eq!(explanation.location.site().unwrap().id().as_str(), "munich");
}

#[test]
fn no_step_shows_an_address() {
    for internal in [None, Some("10.1.77.88")] {
        let told = told("203.0.113.99", internal);
        assert!(!told.contains("203.0.113.99") && !told.contains("77.88"), "{told}");
    }
}
