//! What is written, what is refused, and that it is read again as it was.

mod round_trips;

use super::*;
use crate::tests::description;

fn written(format: Format, rows: &str) -> Exported {
    let description = description(rows);
    write(format, &description, &Options::default())
        .unwrap_or_else(|faults| panic!("{}", faults.display(description.files())))
}

#[track_caller]
fn text(format: Format, rows: &str) -> String {
    let exported = written(format, rows);
    assert!(exported.warnings.is_empty(), "{:?}", exported.warnings);
    exported.text
}

/// `line code column: message`, of each warning.
fn warnings(format: Format, rows: &str) -> Vec<String> {
    brief(&written(format, rows).warnings)
}

fn refused(format: Format, rows: &str) -> Vec<String> {
    brief(&write(format, &description(rows), &Options::default()).unwrap_err())
}

fn brief(faults: &Faults) -> Vec<String> {
    let brief = |fault: &Fault| format!("{} {} {}", fault.at.line, fault.code.as_str(), fault.message);
    faults.kept().iter().map(brief).collect()
}

#[track_caller]
fn assert_starts(found: &[String], starts: &[&str]) {
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found} does not start with {start}");
    }
}

const ROWS: &str = "\
- 198.51.100.0/24 10.1.0.0/16 munich
- 198.51.100.0/24 10.2.0.0/16 munich
- 203.0.113.0/24 - berlin vpn
acme 192.0.2.0/24
acme - 10.3.0.0/16 berlin
hub munich berlin
edge berlin
";

#[test]
fn a_map_is_written_as_toml() {
    assert_eq!(
        text(Format::MapToml, ROWS),
        r#"[[site]]
id = "munich"
hub = "berlin"

[[site.network]]
external = "198.51.100.0/24"
internal = [
    "10.1.0.0/16",
    "10.2.0.0/16",
]

[[site]]
id = "berlin"

[[site.network]]
external = "203.0.113.0/24"
kind = "vpn"

[[site.network]]
realm = "acme"
internal = "10.3.0.0/16"

[[site.edge]]
id = "berlin-0"
url = "http://berlin-0.example"

[[realm]]
name = "acme"
external = "192.0.2.0/24"
"#
    );
}

#[test]
fn a_map_is_written_as_a_table() {
    let rows = "munich,,198.51.100.0/24,10.1.0.0/16,,,berlin,,,\nmunich,,198.51.100.0/24,10.2.0.0/16,,,,,,\n\
                berlin,,203.0.113.0/24,,vpn,,,,,\n,acme,192.0.2.0/24,,,,,,,\nberlin,acme,,10.3.0.0/16,,,,,,\n";
    let header = "site,realm,external,internal,kind,policy,hub,name,country,city\n";
    assert_eq!(text(Format::SitesCsv, ROWS), header.to_owned() + rows);
    assert_eq!(text(Format::EdgesCsv, ROWS), "edge,site,url\nberlin-0,berlin,http://berlin-0.example\n");
    assert_eq!(text(Format::SitesCsv, "hub munich munich"), header.to_owned() + "munich,,,,,,munich,,,\n");
}

#[test]
fn groups_of_an_ecdn_hold_what_is_inside() {
    let exported = written(Format::EcdnCsv, ROWS);
    assert_eq!(
        exported.text,
        "Group Id,Subnets,P2P,WAN,Label,Country,City\n\
         munich,10.1.0.0/16 10.2.0.0/16,On,Off,,,\n\
         berlin,10.3.0.0/16,On,Off,,,\n\
         berlin,203.0.113.0/24,Off,Off,,,\n"
    );
    assert_starts(
        &brief(&exported.warnings),
        &[
            "4 doubtful left out: external networks that lead to a realm",
            "1 doubtful left out, 2 times from here on: external networks that others are behind",
            "3 doubtful left out: kinds of networks",
        ],
    );
}

#[test]
fn one_plan_cannot_hold_two_answers() {
    let rows = "a - 10.0.0.0/8 munich\nb - 10.1.0.0/16 berlin\n";
    for format in [Format::EcdnCsv, Format::CoverageZones] {
        assert_starts(&refused(format, rows), &["2 conflict `10.1.0.0/16` leads to `berlin` here"]);
        let realm = Options { realm: Some("a".parse().unwrap()) };
        let chosen = write(format, &description(rows), &realm).unwrap();
        assert!(chosen.text.contains("munich") && !chosen.text.contains("berlin"), "{}", chosen.text);
        // In one plan the longest holds, and two plans may agree.
        text(format, "a - 10.0.0.0/8 munich\na - 10.1.0.0/16 berlin\n");
        text(format, "a - 10.0.0.0/8 munich\nb - 10.1.0.0/16 munich\n");
    }
    let local = Options { realm: Some("local".parse().unwrap()) };
    let local = write(Format::EcdnCsv, &description("- - 10.0.0.0/8 munich\nb - 10.0.0.0/8 berlin"), &local);
    assert!(!local.unwrap().text.contains("berlin"));
}

#[test]
fn what_cannot_be_cut_out_is_refused() {
    let nested = "a - 10.0.0.0/8 munich\na - 10.1.0.0/16 munich vpn\n";
    assert_starts(
        &refused(Format::CoverageZones, nested),
        &["2 value the format cannot say that `10.1.0.0/16`"],
    );
    assert!(written(Format::EcdnCsv, nested).text.contains("munich,10.1.0.0/16,Off"));
    let beside = "a - 10.0.0.0/16 munich\na - 10.1.0.0/16 munich vpn\na - 10.2.0.0/16 - lan deny\n";
    assert_starts(&warnings(Format::CoverageZones, beside), &["2 doubtful left out, 2 times"]);
    let denied = "a - 10.0.0.0/8 munich\na - 10.2.0.0/16 - lan deny\n";
    assert_starts(
        &refused(Format::EcdnCsv, denied),
        &["2 value the format cannot say that `10.2.0.0/16` leads to nothing"],
    );
}

#[test]
fn zones_are_written_plain_and_deep() {
    let rows = "a - 10.1.0.0/16 munich\na - 2001:db8::/48 munich\na - 10.2.0.0/16 berlin\nedge munich\n";
    let plain: serde_json::Value = serde_json::from_str(&text(Format::CoverageZones, rows)).unwrap();
    let expected = serde_json::json!({ "coverageZones": {
        "munich": { "network": ["10.1.0.0/16"], "network6": ["2001:db8::/48"] },
        "berlin": { "network": ["10.2.0.0/16"] },
    }});
    assert_eq!(plain, expected);
    let deep = written(Format::DeepCoverageZones, rows);
    let zones: serde_json::Value = serde_json::from_str(&deep.text).unwrap();
    assert_eq!(zones["deepCoverageZones"]["munich"]["caches"], serde_json::json!(["munich-0"]));
    assert_eq!(zones["deepCoverageZones"]["berlin"], serde_json::Value::Null);
    assert_starts(&brief(&deep.warnings), &["3 doubtful left out: site `berlin`"]);
}

#[test]
fn footprints_are_of_external_networks() {
    let exported = written(Format::CdniFootprints, ROWS);
    let footprints: serde_json::Value = serde_json::from_str(&exported.text).unwrap();
    let of = |networks: &[&str]| serde_json::json!([{ "footprint-type": "ipv4cidr", "footprint-value": networks }]);
    assert_eq!(footprints["munich"], of(&["198.51.100.0/24"]));
    assert_eq!(footprints["berlin"], of(&["192.0.2.0/24"]), "through its realm, and not by VPN");
    assert_starts(
        &brief(&exported.warnings),
        &["3 doubtful left out: external networks that lead to no site"],
    );
    let shared =
        "- 2001:db8::/32 10.1.0.0/16 munich\n- 2001:db8::/32 10.2.0.0/16 berlin\n- - 10.0.0.0/8 paris\n";
    assert_starts(
        &warnings(Format::CdniFootprints, shared),
        &["1 doubtful `2001:db8::/32` stands in the footprints", "3 doubtful left out: sites without"],
    );
}

#[test]
fn a_geofeed_is_of_public_networks_and_countries() {
    let csv = "site,external,internal,country,city\n\
               munich,5.1.2.0/24,10.1.0.0/16,de,\"München, Süd\"\n\
               berlin,5.1.2.0/24,10.2.0.0/16,DE,Berlin\n\
               munich,5.1.3.7,,,\nberlin,192.0.2.0/24,,,\n";
    let read = |csv: &str| {
        let mut description = Description::default();
        let file = crate::import::File { name: "a", bytes: csv.as_bytes(), format: Format::SitesCsv };
        crate::import::read(&mut description, file, &crate::import::Options::default());
        description
    };
    let exported = write(Format::Geofeed, &read(csv), &Options::default()).unwrap();
    assert_eq!(exported.text, "5.1.2.0/24,DE,,,\n5.1.3.7,DE,,\"München, Süd\",\n");
    assert_starts(
        &brief(&exported.warnings),
        &["2 doubtful `5.1.2.0/24` leads to sites in several", "5 doubtful left out"],
    );
    for (from, to, start) in [
        ("de", "Germany", "2 value `Germany` is no country in two letters"),
        ("de", "", "2 missing site `munich` has no country"),
        ("de", "AT", "2 conflict `5.1.2.0/24` leads to sites in AT and DE"),
    ] {
        let faults = write(Format::Geofeed, &read(&csv.replace(from, to)), &Options::default()).unwrap_err();
        assert!(brief(&faults)[0].starts_with(start), "{:?}", brief(&faults));
    }
}

#[test]
fn what_is_only_read_or_was_faulty_is_not_written() {
    assert_starts(
        &refused(Format::KalturaRules, ""),
        &["0 unreadable `kaltura-rules` is read, and not written"],
    );
    let mut description = Description::default();
    description.declare_site("a b", Place::new(0, 7));
    let faults = write(Format::MapToml, &description, &Options::default()).unwrap_err();
    assert_eq!(faults.kept()[0].at.line, 7);
}
