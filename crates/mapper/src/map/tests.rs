use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::description::Network;
use crate::tests::{at, map};
use crate::{Description, Fault, assemble};

/// What a look-up comes to, as text.
fn told(location: Location<'_>) -> String {
    match location {
        Location::Found(found) => {
            let site = found.site().map_or("-", |site| site.id().as_str());
            format!("{site} {} {} {}", found.kind(), found.policy(), found.place().line)
        }
        Location::Ambiguous(_) => "ambiguous".into(),
        Location::Unknown(_) => "unknown".into(),
    }
}

#[test]
fn an_office_with_its_own_link_is_known_by_the_external_address() {
    let map = map("- 203.0.113.0/24 - munich\n- 203.0.113.7 - berlin\n- 2001:db8::/32 - paris");
    let of = |external| told(map.locate(at(external), None));
    assert_eq!(of("203.0.113.1"), "munich lan site 1");
    assert_eq!(of("203.0.113.7"), "berlin lan site 2");
    assert_eq!(of("::ffff:203.0.113.7"), "berlin lan site 2");
    assert_eq!(of("2001:db8:1::1"), "paris lan site 3");
    assert_eq!(of("198.51.100.1"), "unknown");
    // An internal address that the plan does not know changes nothing.
    assert_eq!(told(map.locate(at("203.0.113.1"), Some(at("192.168.1.2")))), "munich lan site 1");
}

#[test]
fn offices_behind_a_hub_are_known_by_the_pair() {
    let map = map("\
        - 203.0.113.1 10.1.0.0/16 munich
        - 203.0.113.1 10.2.0.0/16 berlin
        - 198.51.100.1 10.1.0.0/16 lima
        - 198.51.100.1 10.1.9.0/24 cusco");
    let of = |external, internal| told(map.locate(at(external), Some(at(internal))));
    assert_eq!(of("203.0.113.1", "10.1.2.3"), "munich lan site 1");
    assert_eq!(of("203.0.113.1", "::ffff:10.2.2.3"), "berlin lan site 2");
    assert_eq!(of("198.51.100.1", "10.1.2.3"), "lima lan site 3");
    assert_eq!(of("198.51.100.1", "10.1.9.3"), "cusco lan site 4");
    assert_eq!(of("203.0.113.1", "10.3.0.1"), "unknown");
    assert_eq!(of("192.0.2.1", "10.1.2.3"), "unknown");
    assert_eq!(told(map.locate(at("203.0.113.1"), None)), "ambiguous");
}

#[test]
fn a_realm_is_one_plan_behind_several_links() {
    let map = map("\
        acme 203.0.113.0/24
        acme 198.51.100.0/24
        acme 192.0.2.0/28 - lima
        acme - 10.1.0.0/16 munich
        acme - 10.2.0.0/16 berlin wifi
        acme - 10.3.0.0/16 berlin vpn
        acme - 10.4.0.0/16 - guest deny
        acme - 2001:db8:4::/48 - guest
        acme - - hq");
    let of = |external, internal: &str| told(map.locate(at(external), Some(at(internal))));
    for external in ["203.0.113.9", "198.51.100.9", "192.0.2.9"] {
        assert_eq!(of(external, "10.1.2.3"), "munich lan site 4");
        assert_eq!(of(external, "10.2.2.3"), "berlin wifi site 5");
        assert_eq!(of(external, "10.3.2.3"), "berlin vpn bypass 6");
        assert_eq!(of(external, "10.4.2.3"), "- guest deny 7");
        assert_eq!(of(external, "2001:db8:4::1"), "- guest bypass 8");
    }
    assert_eq!(of("203.0.113.9", "10.9.0.1"), "hq lan site 9");
    // An external network's own row comes before the default of its realm.
    assert_eq!(of("192.0.2.9", "10.9.0.1"), "lima lan site 3");
    assert_eq!(told(map.locate(at("192.0.2.9"), None)), "lima lan site 3");
    assert_eq!(told(map.locate(at("203.0.113.9"), None)), "hq lan site 9");
    let inside = |internal| told(map.locate_inside(map.realm("acme").unwrap(), at(internal)));
    assert_eq!(inside("10.1.2.3"), "munich lan site 4");
    assert_eq!(inside("10.9.0.1"), "hq lan site 9");
    assert!(map.realm("other").is_none());
}

#[test]
fn rows_without_realm_and_external_network_are_where_the_edge_stands() {
    let map = map("- - 10.1.0.0/16 munich\n- - fd00:1::/32 munich");
    let local = map.realm("local").unwrap();
    assert_eq!(told(map.locate_inside(local, at("10.1.0.1"))), "munich lan site 1");
    assert_eq!(told(map.locate_inside(local, at("fd00:1::1"))), "munich lan site 2");
    assert_eq!(told(map.locate_inside(local, at("10.2.0.1"))), "unknown");
    assert_eq!(told(map.locate(at("10.1.0.1"), Some(at("10.1.0.1")))), "unknown");
}

#[test]
fn one_site_behind_a_link_needs_no_internal_address() {
    let map = map("- 203.0.113.1 10.1.0.0/16 munich\n- 203.0.113.1 10.2.0.0/16 munich wifi");
    let location = map.locate(at("203.0.113.1"), None);
    assert_eq!(location.found().unwrap().decision(), Decision::OnlySite);
    assert_eq!(location.site().unwrap().id().as_str(), "munich");
    // An address that the plan does not know is another matter.
    assert!(map.locate(at("203.0.113.1"), Some(at("10.3.0.1"))).found().is_none());
}

#[test]
fn a_site_is_served_by_its_edges_and_then_by_its_hubs() {
    let map = map(
        "- 203.0.113.1 - munich\nhub munich hq\nhub hq world\n- - - world\nedge munich\nedge hq\nedge munich",
    );
    let site = map.locate(at("203.0.113.1"), None).site().unwrap();
    assert_eq!(
        site.edges().iter().map(|edge| edge.id.as_str()).collect::<Vec<_>>(),
        ["munich-0", "munich-2"]
    );
    let chain: Vec<_> = site.chain().map(|site| site.id().as_str()).collect();
    assert_eq!(chain, ["munich", "hq", "world"]);
    assert_eq!(map.site("world").unwrap().edges().len(), 0);
    assert_eq!(site.hub(), map.site("hq"));
}

#[test]
fn evidence_names_the_rows() {
    let map = map("acme 203.0.113.0/24\nacme - 10.1.0.0/16 munich");
    let location = map.locate(at("203.0.113.5"), Some(at("10.1.0.1")));
    let evidence = location.evidence();
    assert_eq!(evidence.external().unwrap().to_string(), "203.0.113.0/24");
    assert_eq!(evidence.external_place().unwrap().to_string(), "rows:1");
    assert_eq!(evidence.realm().unwrap().as_str(), "acme");
    let found = location.found().unwrap();
    assert_eq!(found.decision(), Decision::Internal("10.1.0.0/16".parse().unwrap()));
    assert_eq!(found.place().to_string(), "rows:2");
    assert!(map.locate(at("192.0.2.1"), None).evidence().external().is_none());
}

#[test]
fn a_look_up_allocates_nothing() {
    let map = map("acme 203.0.113.0/24\nacme - 10.1.0.0/16 munich\nacme - 2001:db8::/32 berlin");
    let addresses = ["10.1.0.1", "10.9.0.1", "2001:db8::1"].map(at);
    let external = at("203.0.113.5");
    let counted = allocation_counter::measure(|| {
        for address in addresses {
            std::hint::black_box(map.locate(external, Some(address)));
        }
        std::hint::black_box(map.locate(external, None));
    });
    assert_eq!(counted.count_total, 0);
}

/// A row of a map in a small space: realms, external and internal networks that nest and overlap.
#[derive(Clone, Debug)]
struct AnyRow {
    realm: u8,
    external: Option<IpNet>,
    internal: Option<IpNet>,
    site: u8,
    policy: u8,
}

fn network() -> impl Strategy<Value = IpNet> {
    let v4 = (0..=32u8, any::<u8>()).prop_map(|(length, bits)| {
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_bits(u32::from(bits).reverse_bits()), length).trunc())
    });
    let v6 = (0..=128u8, any::<u8>()).prop_map(|(length, bits)| {
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_bits(u128::from(bits).reverse_bits()), length).trunc())
    });
    prop_oneof![v4, v6]
}

fn row() -> impl Strategy<Value = AnyRow> {
    (0..4u8, proptest::option::of(network()), proptest::option::of(network()), 0..5u8, 0..6u8).prop_map(
        |(realm, external, internal, site, policy)| AnyRow { realm, external, internal, site, policy },
    )
}

fn describe(rows: &[AnyRow]) -> Description {
    let mut description = Description::default();
    for (line, row) in (1..).zip(rows) {
        let place = Place::new(0, line);
        let realm =
            (row.realm > 0).then(|| description.declare_realm(&format!("r{}", row.realm), place).unwrap());
        let site =
            (row.site > 0).then(|| description.declare_site(&format!("s{}", row.site), place).unwrap());
        let policy = Policy::ALL.get(usize::from(row.policy)).copied();
        description.add_network(Network {
            realm,
            external: row.external,
            internal: row.internal,
            site,
            kind: Kind::Lan,
            policy,
            place,
        });
    }
    description
}

/// Takes rows out until the rest is a map.
fn without_faults(mut rows: Vec<AnyRow>) -> (Vec<AnyRow>, SiteMap) {
    loop {
        match assemble(&describe(&rows)) {
            Ok(assembled) => return (rows, assembled.map),
            Err(faults) => {
                let mut lines: Vec<usize> =
                    faults.kept().iter().map(|Fault { at, .. }| at.line as usize - 1).collect();
                lines.sort_unstable();
                lines.dedup();
                for line in lines.into_iter().rev() {
                    rows.remove(line);
                }
            }
        }
    }
}

/// The rules of the documentation, row by row.
fn naive(rows: &[AnyRow], external: IpAddr, internal: Option<IpAddr>) -> String {
    let decides = |row: &&AnyRow| row.internal.is_none() && (row.site > 0 || (1..3).contains(&row.policy));
    let links = rows.iter().filter(|row| row.external.is_some_and(|network| network.contains(&external)));
    let Some(longest) = links.clone().filter_map(|row| row.external).max_by_key(IpNet::prefix_len) else {
        return "unknown".into();
    };
    let of_link: Vec<&AnyRow> = rows.iter().filter(|row| row.external == Some(longest)).collect();
    let realm = of_link[0].realm;
    let in_realm = |row: &&AnyRow| match realm {
        0 => row.realm == 0 && row.external == Some(longest),
        realm => row.realm == realm,
    };
    let inner: Vec<&AnyRow> = rows.iter().filter(in_realm).filter(|row| row.internal.is_some()).collect();
    let tell = |row: &AnyRow| {
        let site = if row.site == 0 { "-".to_owned() } else { format!("s{}", row.site) };
        format!("{site} {}", Policy::ALL.get(usize::from(row.policy)).copied().unwrap_or(Policy::Site))
    };
    if let Some(internal) = internal {
        let holding =
            inner.iter().filter(|row| row.internal.is_some_and(|network| network.contains(&internal)));
        if let Some(row) = holding.max_by_key(|row| row.internal.map(|network| network.prefix_len())) {
            return tell(row);
        }
    }
    if let Some(row) = of_link.iter().copied().find(|row| decides(row)) {
        return tell(row);
    }
    let default =
        rows.iter().filter(in_realm).find(|row| row.external.is_none() && realm > 0 && decides(row));
    if let Some(row) = default {
        return tell(row);
    }
    match (internal, &inner[..]) {
        (Some(_), _) | (_, []) => "unknown".into(),
        (None, [first, rest @ ..]) if rest.iter().all(|row| tell(row) == tell(first)) => tell(first),
        _ => "ambiguous".into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_look_up_is_what_the_rules_say_row_by_row(
        rows in vec(row(), 0..40),
        picks in vec((any::<prop::sample::Index>(), any::<bool>(), any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let (rows, map) = without_faults(rows);
        let networks: Vec<IpNet> = rows.iter().flat_map(|row| [row.external, row.internal]).flatten().collect();
        prop_assume!(!networks.is_empty());
        for (external, last, internal, how) in picks {
            let pick = |network: &IpNet, last: bool| if last { network.broadcast() } else { network.network() };
            let external = pick(external.get(&networks), last);
            let internal = (how % 4 > 0).then(|| pick(internal.get(&networks), how & 4 > 0));
            let told = match map.locate(external.into(), internal.map(Into::into)) {
                Location::Found(found) => {
                    format!("{} {}", found.site().map_or("-", |site| site.id().as_str()), found.policy())
                }
                Location::Ambiguous(_) => "ambiguous".into(),
                Location::Unknown(_) => "unknown".into(),
            };
            prop_assert_eq!(told, naive(&rows, external, internal), "{} {:?}", external, internal);
        }
    }
}
