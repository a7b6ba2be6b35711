//! Ours.

use super::*;

#[test]
fn a_row_of_sites_pairs_its_networks() {
    let text = "\
# offices
Site,External,Internal,Realm,Kind,Policy,Hub,Name,Country,City
munich,192.0.2.0/24;198.51.100.7,10.1.0.0/16 2001:db8::/48,,,,berlin,\"Munich, HQ\",DE,
munich,192.0.2.0/24,10.1.9.0/24,,VPN,,,,,München

berlin,,::ffff:10.2.0.0/112,acme,wifi,deny,,,,
berlin,,,,,,,,DE,
,198.51.100.0/24,,acme,,,,,,
,203.0.113.0/24,,,guest,bypass,,,,
";
    let description = own(Format::SitesCsv, text);
    assert_eq!(
        good(&description),
        [
            "3 - 192.0.2.0/24 10.1.0.0/16 munich lan -",
            "3 - 192.0.2.0/24 2001:db8::/48 munich lan -",
            "3 - 198.51.100.7/32 10.1.0.0/16 munich lan -",
            "3 - 198.51.100.7/32 2001:db8::/48 munich lan -",
            "4 - 192.0.2.0/24 10.1.9.0/24 munich vpn -",
            "6 acme - 10.2.0.0/16 berlin wifi deny",
            "8 acme 198.51.100.0/24 - - lan -",
            "9 - 203.0.113.0/24 - - guest bypass",
        ]
    );
    let munich = &description.sites()[0];
    let said: Vec<_> = Attribute::ALL.into_iter().map(|attribute| munich.attribute(attribute)).collect();
    assert_eq!(said, [Some("Munich, HQ"), Some("berlin"), Some("DE"), Some("München")]);
    assert_eq!(description.sites()[1].attribute(Attribute::Country), Some("DE"));
}

#[test]
fn every_fault_of_a_table_comes_out_at_once() {
    let text = "\
site,external,internal,kind,policy,hub,name
a b,10.0.0.0/8,,,,,
munich,10.0.0.0/33,10.1,lann,allow,,
munich,,,,bypass,,
,,,,,berlin,
,,,,,,Berlin
munich,,,,,,a\tb
munich,,,,,x,
munich,,,,,y,
munich,10.0.0.0/8
";
    assert_eq!(
        faults(&own(Format::SitesCsv, text)),
        [
            "2 value site",
            "3 value external",
            "3 value internal",
            "3 value kind",
            "3 value policy",
            "4 missing policy",
            "5 missing hub",
            "5 missing site",
            "6 missing name",
            "6 missing site",
            "7 value name",
            "9 conflict hub",
            "10 value",
        ]
    );
}

#[test]
fn columns_are_known_by_their_names() {
    assert!(message(&own(Format::SitesCsv, "site,intrenal\n")).contains("did you mean `internal`?"));
    assert!(message(&own(Format::SitesCsv, "site,site\n")).contains("twice"));
    assert!(message(&own(Format::SitesCsv, "internal\n")).contains("no column `site`"));
    assert!(message(&own(Format::SitesCsv, "site,city\nmunich,\"Mün")).contains("never ends"));
    assert_eq!(good(&own(Format::SitesCsv, "site\nmunich\n")).len(), 0);
}

#[test]
fn edges_stand_in_sites_that_are_described() {
    let edges =
        "edge,site,url\ne1,munich,https://e1.example/\ne2,munic,https://e2.example\ne3,munich,e3.example\n";
    let mut description = Description::default();
    let files = [file(Format::EdgesCsv, edges), file(Format::SitesCsv, "site\nmunich\n")];
    read_all(&mut description, &files, &Options::default());
    assert_eq!(faults(&description), ["3 unknown-site site", "4 value url"]);
    assert_eq!(description.faults.kept()[0].at.file, 0, "places are in the order of the files");
    assert_eq!(description.edges()[0].url, "https://e1.example");
    // No fault follows from sites that could not be read.
    let files = [file(Format::EdgesCsv, edges), file(Format::SitesCsv, "")];
    let mut description = Description::default();
    read_all(&mut description, &files, &Options::default());
    assert_eq!(faults(&description), ["0 unreadable"]);
}

const TOML: &str = r#"
[[site]]
id = "munich"
name = "Munich"
hub = "berlin"

[[site.network]]
external = ["192.0.2.0/24", "198.51.100.7"]
internal = "10.1.0.0/16"

[[site.network]]
realm = "acme"
kind = "wifi"
policy = "deny"

[[site.edge]]
id = "e1"
url = "https://e1.example"

[[site]]
id = "berlin"

[[realm]]
name = "acme"
external = "203.0.113.0/24"
default = "berlin"

[[network]]
external = "203.0.113.9"
kind = "guest"
"#;

#[test]
fn one_file_holds_it_all() {
    let description = own(Format::MapToml, TOML);
    assert_eq!(
        good(&description),
        [
            "7 - 192.0.2.0/24 10.1.0.0/16 munich lan -",
            "7 - 198.51.100.7/32 10.1.0.0/16 munich lan -",
            "11 acme - - munich wifi deny",
            "23 acme 203.0.113.0/24 - - lan -",
            "23 acme - - berlin lan -",
            "28 - 203.0.113.9/32 - - guest -",
        ]
    );
    assert_eq!(description.edges()[0].place.line, 16);
    assert_eq!(description.sites()[0].attribute(Attribute::Hub), Some("berlin"));
}

#[test]
fn the_same_in_json() {
    let value: serde_json::Value = toml::from_str::<serde_json::Value>(TOML).unwrap();
    let json = own(Format::MapJson, &value.to_string());
    let without_line = |rows: Vec<String>| -> Vec<String> {
        rows.iter().map(|row| row.split_once(' ').unwrap().1.to_owned()).collect()
    };
    assert_eq!(without_line(good(&json)), without_line(good(&own(Format::MapToml, TOML))));
}

#[test]
fn every_fault_of_a_file_comes_out_at_once() {
    let text = r#"
colour = "red"
[[site]]
name = "nameless"
[[site]]
id = "munich"
nmae = "x"
network = [{ external = 7 }, { internal = ["10.1", "x"] }, {}]
[[site.edge]]
id = "e1"
[[site]]
id = "munich"
hub = ["berlin"]
[[realm]]
name = "acme"
default = "berlin"
[network]
"#;
    let description = own(
        Format::MapToml,
        text.replace("[[site.edge]]\nid = \"e1\"\n", "edge = [{ id = \"e1\" }]\n").as_str(),
    );
    assert_eq!(
        faults(&description),
        [
            "2 value",
            "3 missing id",
            "7 value",
            "9 missing url",
            "8 value external",
            "8 value internal",
            "8 value internal",
            "8 missing network",
            "10 duplicate id",
            "12 value hub",
            "13 unknown-site default",
            "16 value network",
        ]
    );
    assert!(description.faults.kept()[2].message.contains("did you mean `name`?"));
}

#[test]
fn json_knows_its_lines() {
    let text = "{\n \"site\": [\n  {\"id\": \"munich\",\n   \"id\": \"berlin\",\n   \"network\": [{\"internal\":\n\"x\"}]},\n 7]\n}";
    let description = own(Format::MapJson, text);
    assert_eq!(faults(&description), ["4 duplicate site", "6 value internal", "7 value site"]);
    for (text, line) in
        [("{\n\"site\": [\n}", 3), ("{\"site\":\n[{\"id\": \"\\ud800\"}]}", 2), ("{}\n{}", 2), ("[]", 1)]
    {
        let description = own(Format::MapJson, text);
        assert_eq!(description.faults.kept()[0].at.line, line, "{text} {}", message(&description));
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(message(&own(Format::MapJson, &format!("{{\"site\":{deep}}}"))).contains("deep"));
}

#[test]
fn toml_that_is_none_is_told_with_its_line() {
    let description = own(Format::MapToml, "[[site]]\nid = \"munich\"\nname = \n");
    assert_eq!(description.faults.kept()[0].at.line, 3, "{}", message(&description));
    let deep = format!("site = {}{}", "[".repeat(60), "]".repeat(60));
    assert_eq!(own(Format::MapToml, &deep).faults.total(), 1);
}
