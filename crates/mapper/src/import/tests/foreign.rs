//! Those of others.

use super::*;

const ECDN: &str = "\
Group Id,Subnets,P2P,WAN,Label,Country,City
munich,\"10.1.0.0/16, 10.2.0.0/16 2001:db8::/48\",On,Off,HQ,DE,München
munich,10.3.0.0/16,p2p-off,,HQ,,
Berlin Office,10.4.0.0/16,Leech,On,a,,
Berlin Office,10.5.0.0/16,,,b,,
";

#[test]
fn groups_of_an_ecdn_are_sites() {
    let description = import(Format::EcdnCsv, ECDN, &realm("acme"));
    assert_eq!(
        good(&description),
        [
            "2 acme - 10.1.0.0/16 munich lan -",
            "2 acme - 10.2.0.0/16 munich lan -",
            "2 acme - 2001:db8::/48 munich lan -",
            "3 acme - 10.3.0.0/16 munich lan bypass",
            "4 acme - 10.4.0.0/16 Berlin-Office lan -",
            "5 acme - 10.5.0.0/16 Berlin-Office lan -",
        ]
    );
    let names: Vec<_> = description.sites().iter().map(|site| site.attribute(Attribute::Name)).collect();
    assert_eq!(names, [Some("HQ"), Some("Berlin Office")]);
    assert_eq!(description.sites()[0].attribute(Attribute::City), Some("München"));
    assert_eq!(warnings(&description), ["4 doubtful", "4 doubtful"]);
}

#[test]
fn the_choice_says_how_networks_are_seen() {
    let text = "GroupId,Subnets,P2P\nmunich,10.1.0.0/16,On\nmunich,10.2.0.0/16,On\n";
    let of = |options: &Options| good(&import(Format::EcdnCsv, text, options));
    assert_eq!(of(&behind("192.0.2.0/24"))[0], "2 - 192.0.2.0/24 10.1.0.0/16 munich lan -");
    assert_eq!(of(&direct())[0], "2 - 10.1.0.0/16 - munich lan -");
    let without = import(Format::EcdnCsv, text, &Options::default());
    assert!(message(&without).contains("--external"), "once, and clearly");
    let none = Options { outside: Some(Outside::External(Vec::new())), ..Options::default() };
    assert!(message(&import(Format::EcdnCsv, text, &none)).contains("--external"));
}

#[test]
fn an_ecdn_file_with_faults() {
    let text = "\
GroupId,Subnets,P2P,WAN
,10.1.0.0/16,On,
munich,,On,
munich,10.1,maybe,often
東京,10.1.0.0/16,On,
a b,10.1.0.0/16,On,
a-b,10.1.0.0/16,On,
";
    let description = import(Format::EcdnCsv, text, &realm("r"));
    assert_eq!(
        faults(&description),
        [
            "2 missing GroupId",
            "3 missing Subnets",
            "4 value P2P",
            "4 value WAN",
            "4 value Subnets",
            "5 value GroupId",
            "7 conflict GroupId",
        ]
    );
    assert_eq!(description.faults.kept()[6].other, Some(Place::new(0, 6)));
    // A group may be called so: this is no comment.
    let numbered = import(Format::EcdnCsv, "GroupId,Subnets\n#2 Office,10.1.0.0/16\n", &realm("r"));
    assert_eq!(good(&numbered), ["2 r - 10.1.0.0/16 2-Office lan -"]);
    assert_eq!(faults(&import(Format::EcdnCsv, "GroupId,P2P\n", &realm("r"))), ["1 missing Subnets"]);
}

#[test]
fn buildings_are_sites() {
    let text = "10.1.0.0\tn1\t16\tHQ\tOwned\tOffice\t\tMunich\t80331\tDE\tBY\tEMEA\t1\t0\t0\n\
                10.9.0.0\tVPN pool\t24\t\t\t\t\t\t\t\t\t\t1\t0\t1\n\
                192.168.0.0\tn3\t24\tHQ\t\t\t\tMunich\t\tDE\t\t\t1\t0\t\n";
    let description = import(Format::CqdBuildings, text, &realm("r"));
    assert_eq!(
        good(&description),
        ["1 r - 10.1.0.0/16 HQ lan -", "2 r - 10.9.0.0/24 VPN-pool vpn -", "3 r - 192.168.0.0/24 HQ lan -",]
    );
    assert_eq!(warnings(&description), ["3 doubtful"], "what stands in every home");
    assert!(description.warnings.kept()[0].message.contains("routers at home"));
    assert_eq!(warnings(&import(Format::CqdBuildings, text, &behind("192.0.2.0/24"))), [""; 0]);
    assert_eq!(description.sites()[0].attribute(Attribute::City), Some("Munich"));

    let commas = text.replace('\t', ",");
    assert_eq!(rows(&import(Format::CqdBuildings, &commas, &realm("r"))), rows(&description));
    let bad = "NetworkIP,a,b\n10.1.0.0,n,16\n10.1.0.0,n,33,b,,,,,,,,,,,\n10.1.0.0,n,16,b,,,,,,,,,,,x\n10.1.0.0,,16,,,,,,,,,,,,\n";
    let description = import(Format::CqdBuildings, bad, &realm("r"));
    assert_eq!(
        faults(&description),
        ["2 value", "3 value NetworkRange", "4 value VPN", "5 missing BuildingName"]
    );
    assert_eq!(warnings(&description), ["1 doubtful"]);
}

#[test]
fn zones_are_sites() {
    let text = r#"{ "revision": "x", "coverageZones": {
  "munich": { "network": ["10.1.0.0/16", "10.2.0.0/16"], "network6": ["2001:db8::/48"], "coordinates": {"latitude": 48} },
  "Berlin (HQ)": { "network": [] } } }"#;
    let description = import(Format::CoverageZones, text, &realm("r"));
    assert_eq!(
        good(&description),
        [
            "2 r - 10.1.0.0/16 munich lan -",
            "2 r - 10.2.0.0/16 munich lan -",
            "2 r - 2001:db8::/48 munich lan -"
        ]
    );
    assert_eq!(description.sites()[1].attribute(Attribute::Name), Some("Berlin (HQ)"));
    assert_eq!(warnings(&description), ["2 doubtful"]);
    let deep =
        r#"{ "deepCoverageZones": { "munich": { "network": ["10.1.0.0/16"], "caches": ["e1", "e2"] } } }"#;
    let description = import(Format::DeepCoverageZones, deep, &direct());
    assert_eq!(good(&description), ["1 - 10.1.0.0/16 - munich lan -"]);
    assert!(description.warnings.kept()[0].message.contains("describe them as edges"));

    for (text, codes) in [
        ("{}", "1 missing coverageZones"),
        ("{\"coverageZones\":[]}", "1 value coverageZones"),
        ("{\"coverageZones\":{\"a\":7}}", "1 value coverageZones"),
        ("{\"coverageZones\":{\"a\":{\"network\":\"10.0.0.0/8\"}}}", "1 value network"),
        ("{\"coverageZones\":{\"a\":{\"network\":[7]}}}", "1 value network"),
        ("{\"coverageZones\":{\"a\":{},\"a\":{}}}", "1 duplicate coverageZones"),
        ("{\"coverageZones\":{\"a\":{\"networks\":[]}}}", "1 value"),
    ] {
        assert_eq!(faults(&import(Format::CoverageZones, text, &realm("r"))), [codes], "{text}");
    }
}

#[test]
fn prefixes_of_netbox_old_and_new() {
    let new = "\
Prefix,Status,Children,VRF,Scope Type,Scope,Tenant
10.0.0.0/8,Container,3,,dcim.site,Munich,
10.1.0.0/16,Active,0,,DCIM > Site,Munich,
10.1.0.0/16,Active,0,Plant 2,dcim.site,Plant 2,
10.3.0.0/16,Active,0,Global,dcim.region,EMEA,
10.4.0.0/16,deprecated,0,,dcim.site,Munich,
";
    let description = import(Format::NetBoxCsv, new, &behind("192.0.2.0/24"));
    assert_eq!(
        good(&description),
        ["3 - 192.0.2.0/24 10.1.0.0/16 Munich lan -", "4 Plant-2 - 10.1.0.0/16 Plant-2 lan -"]
    );
    assert_eq!(warnings(&description).len(), 3);
    let old = "prefix,site,vrf,description\n10.1.0.0/16,munich,,\"a, b\"\n10.2,munich,,\n10.3.0.0/16,,,\n";
    let description = import(Format::NetBoxCsv, old, &realm("r"));
    assert_eq!(rows(&description), ["2 r - 10.1.0.0/16 munich lan -"]);
    assert_eq!(
        (faults(&description), warnings(&description)),
        (vec!["3 value prefix".to_owned()], vec!["4 doubtful".to_owned()])
    );
    let fallback = Options { site: Some("hq".into()), ..realm("r") };
    assert_eq!(rows(&import(Format::NetBoxCsv, old, &fallback))[1], "4 r - 10.3.0.0/16 hq lan -");
    let column = Options { site_column: Some("Description".into()), ..realm("r") };
    assert_eq!(rows(&import(Format::NetBoxCsv, old, &column)), ["2 r - 10.1.0.0/16 a-b lan -"]);
    let column = Options { site_column: Some("cf_office".into()), ..realm("r") };
    assert!(message(&import(Format::NetBoxCsv, old, &column)).contains("cf_office"));
    let bare = "prefix,vrf\n10.1.0.0/16,\n";
    assert!(message(&import(Format::NetBoxCsv, bare, &realm("r"))).contains("--site-column"));
    assert_eq!(good(&import(Format::NetBoxCsv, bare, &fallback)), ["2 r - 10.1.0.0/16 hq lan -"]);
    // Prefixes with a VRF alone leave nothing open.
    let vrfs = "prefix,vrf,site\n10.1.0.0/16,a,munich\n";
    assert_eq!(
        good(&import(Format::NetBoxCsv, vrfs, &Options::default())),
        ["2 a - 10.1.0.0/16 munich lan -"]
    );
}

#[test]
fn networks_of_infoblox_after_each_header() {
    let text = "\
HEADER-NETWORK,ADDRESS*,NETMASK*,EA-Site,network_view
NETWORK,10.251.133.128,255.255.255.192,Munich,default
NETWORK,10.176.80.255,255.255.252.0,Munich
NETWORK,10.1.0.0,255.255.0.0
HEADER-NETWORK,EA-Site,NETMASK*,ADDRESS*,network_view
NETWORK,Berlin,24,10.2.0.0,Plant 2
HEADER-NETWORKCONTAINER,ADDRESS*,NETMASK*
NETWORKCONTAINER,10.0.0.0,255.0.0.0
HEADER-IPV6NETWORK,ADDRESS*,CIDR*,EA-Site
IPV6NETWORK,2001:db8::,48,Berlin
HEADER-HOSTRECORD,FQDN*
HOSTRECORD,a.example
";
    let description = import(Format::InfobloxCsv, text, &realm("r"));
    assert_eq!(
        good(&description),
        [
            "2 r - 10.251.133.128/26 Munich lan -",
            "3 r - 10.176.80.0/22 Munich lan -",
            "6 Plant-2 - 10.2.0.0/24 Berlin lan -",
            "10 r - 2001:db8::/48 Berlin lan -",
        ]
    );
    assert_eq!(warnings(&description), ["3 host-bits ADDRESS", "8 doubtful", "4 doubtful", "12 doubtful"]);

    let place = Options { site_column: Some("Building".into()), ..realm("r") };
    let text = "HEADER-NETWORK,ADDRESS*,NETMASK*,EA-Building\nNETWORK,10.1.0.0,255.255.0.0,HQ\n";
    assert_eq!(good(&import(Format::InfobloxCsv, text, &place)), ["2 r - 10.1.0.0/16 HQ lan -"]);
    assert!(message(&import(Format::InfobloxCsv, text, &realm("r"))).contains("`EA-Building`"));
    for (text, codes) in [
        ("NETWORK,10.0.0.0,255.0.0.0,a\n", "1 missing"),
        ("HEADER-NETWORK,ADDRESS*,EA-Site\nNETWORK,10.0.0.0,a\n", "1 missing NETMASK"),
        ("HEADER-NETWORK,ADDRESS*,NETMASK*,EA-Site\nNETWORK,10.0.0.0,255.0.255.0,a\n", "2 value ADDRESS"),
        ("HEADER-ZONE,FQDN*\nZONE,a\n", "0 missing"),
    ] {
        assert_eq!(faults(&import(Format::InfobloxCsv, text, &realm("r"))), [codes], "{text}");
    }
}

#[test]
fn rules_of_kaltura_hold_all_kinds_of_values() {
    let text = "\
# rules
munich: 10.1.0.0/16, 10.2.0.0/255.255.252.0,10.3.0.1-10.3.0.4 ,10.4.0.1
Berlin HQ: 2001:db8::1-2001:db8::2
";
    let description = import(Format::KalturaRules, text, &realm("r"));
    assert_eq!(
        good(&description),
        [
            "2 r - 10.1.0.0/16 munich lan -",
            "2 r - 10.2.0.0/22 munich lan -",
            "2 r - 10.3.0.1/32 munich lan -",
            "2 r - 10.3.0.2/31 munich lan -",
            "2 r - 10.3.0.4/32 munich lan -",
            "2 r - 10.4.0.1/32 munich lan -",
            "3 r - 2001:db8::1/128 Berlin-HQ lan -",
            "3 r - 2001:db8::2/128 Berlin-HQ lan -",
        ]
    );
    let site = Options { site: Some("munich".into()), ..direct() };
    let bare = import(Format::KalturaRules, "2001:db8::/48,10.1.0.0/16\n", &site);
    assert_eq!(good(&bare).len(), 2);
    let bad = "10.1.0.0/16\nmunich: 10.2.0.9-10.2.0.1, 10.1\n";
    assert_eq!(
        faults(&import(Format::KalturaRules, bad, &realm("r"))),
        ["1 missing site", "2 value value", "2 value value"]
    );
}
