//! What is written is read again as it was.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use super::*;
use crate::description::{Attribute, Network};
use crate::import::{self, File, Outside};
use crate::{Kind, Policy};

/// Everything of a description that is not a place, in an order of its own.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    sites: BTreeMap<String, Vec<Option<String>>>,
    realms: BTreeSet<String>,
    networks: Vec<String>,
    edges: BTreeSet<String>,
}

fn content(description: &Description) -> Content {
    let attributes = |site: &crate::description::Site| {
        Attribute::ALL.map(|attribute| site.attribute(attribute).map(str::to_owned)).to_vec()
    };
    let row = |network: &Network| {
        let site = network.site.map(|site| description.site(site).id.to_string());
        let realm = network.realm.map(|realm| description.realm(realm).to_string());
        format!(
            "{site:?} {realm:?} {:?} {:?} {} {:?}",
            network.external, network.internal, network.kind, network.policy
        )
    };
    let mut networks: Vec<String> = description.networks().iter().map(row).collect();
    networks.sort();
    let edge = |edge: &crate::description::Edge| {
        format!("{} {} {}", edge.id, description.site(edge.site).id, edge.url)
    };
    Content {
        sites: description.sites().iter().map(|site| (site.id.to_string(), attributes(site))).collect(),
        realms: description.realms().iter().map(ToString::to_string).collect(),
        networks,
        edges: description.edges().iter().map(edge).collect(),
    }
}

fn net() -> impl Strategy<Value = IpNet> {
    prop_oneof![
        (any::<u32>(), 0_u8..=32)
            .prop_map(|(bits, length)| { IpNet::from(Ipv4Net::new(bits.into(), length).unwrap()).trunc() }),
        (any::<u128>(), 0_u8..=128).prop_map(|(bits, length)| {
            // Not mapped from IPv4: that would be read as what it is.
            IpNet::from(Ipv6Net::new((bits | 1 << 127).into(), length).unwrap()).trunc()
        }),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9._-]{0,8}", "[A-Z0-9]{1,4}"]
}

/// One line, without space around it.
fn line() -> impl Strategy<Value = String> {
    "[\\PC,;\"'#=\\\\]{1,12}".prop_filter_map("blank", |text: String| {
        let text = text.trim().to_owned();
        let is_line = !text.is_empty() && !text.chars().any(char::is_control);
        is_line.then_some(text)
    })
}

type Row = (Option<usize>, Option<usize>, Option<IpNet>, Option<IpNet>, Kind, Option<Policy>);

fn row() -> impl Strategy<Value = Row> {
    (
        proptest::option::of(0_usize..4),
        proptest::option::of(0_usize..3),
        proptest::option::of(net()),
        proptest::option::of(net()),
        proptest::sample::select(&Kind::ALL[..]),
        proptest::option::of(proptest::sample::select(&Policy::ALL[..])),
    )
}

prop_compose! {
    fn any_description()(
        sites in proptest::collection::vec((word(), proptest::array::uniform4(proptest::option::of(line()))), 4),
        realms in proptest::collection::vec(word(), 3),
        rows in proptest::collection::vec(row(), 0..12),
        edges in proptest::collection::vec((word(), 0_usize..4), 0..4),
    ) -> Description {
        let mut description = Description::default();
        let place = Place::new(description.add_file("made"), 1);
        let mut indexes = Vec::new();
        for (id, attributes) in &sites {
            let is_new = description.find_site(id).is_none();
            let site = description.declare_site(id, place).unwrap();
            for (attribute, value) in Attribute::ALL.into_iter().zip(attributes) {
                if let (Some(value), true) = (value, is_new) {
                    description.state(site, attribute, value, place);
                }
            }
            indexes.push(site);
        }
        for (site, realm, external, internal, kind, policy) in rows {
            // A row that says nothing is none.
            if external.is_some() || internal.is_some() || realm.is_some() {
                let realm = realm.and_then(|realm| description.declare_realm(&realms[realm], place));
                let site = site.map(|site| indexes[site]);
                description.add_network(Network { realm, external, internal, site, kind, policy, place });
            }
        }
        for (id, site) in edges {
            description.add_edge(&id, indexes[site], &format!("https://{}.example", id.to_lowercase().trim_end_matches(['.', '-', '_'])), place);
        }
        description
    }
}

fn read_again(formats: &[Format], description: &Description, options: &import::Options) -> Description {
    let texts: Vec<String> =
        formats.iter().map(|format| write(*format, description, &Options::default()).unwrap().text).collect();
    let files: Vec<File<'_>> = formats
        .iter()
        .zip(&texts)
        .map(|(format, text)| File { name: "again", bytes: text.as_bytes(), format: *format })
        .collect();
    let mut again = Description::default();
    import::read_all(&mut again, &files, options);
    assert!(again.faults.is_empty(), "{}\n{}", again.faults.display(again.files()), texts.join("\n"));
    again
}

proptest! {
    #[test]
    fn our_formats_keep_everything(description in any_description()) {
        prop_assert!(description.faults.is_empty());
        let options = import::Options::default();
        let before = content(&description);
        prop_assert_eq!(&content(&read_again(&[Format::SitesCsv, Format::EdgesCsv], &description, &options)), &before);
        if !description.sites().is_empty() {
            prop_assert_eq!(&content(&read_again(&[Format::MapToml], &description, &options)), &before);
            prop_assert_eq!(&content(&read_again(&[Format::MapJson], &description, &options)), &before);
        }
    }

    /// Of one plan, what these formats can say: which network leads to which site.
    #[test]
    fn lists_of_others_keep_their_networks(
        rows in proptest::collection::btree_map(net(), (0_usize..3, any::<bool>()), 1..12),
    ) {
        let mut description = Description::default();
        let place = Place::new(description.add_file("made"), 1);
        let realm = description.declare_realm("acme", place);
        let mut zones = description.clone();
        for (network, (site, is_bypass)) in rows {
            for description in [&mut description, &mut zones] {
                let site = description.declare_site(["munich", "Berlin.2", "p"][site], place);
                let policy = (is_bypass && realm.is_some()).then_some(Policy::Bypass);
                let row = Network { realm, external: None, internal: Some(network), site, kind: Kind::Lan, policy, place };
                description.add_network(row);
            }
        }
        let options = import::Options {
            outside: Some(Outside::Realm("acme".parse().unwrap())),
            ..import::Options::default()
        };
        prop_assert_eq!(content(&read_again(&[Format::EcdnCsv], &description, &options)), content(&description));
        if zones.networks().iter().all(|network| network.policy.is_none()) {
            prop_assert_eq!(content(&read_again(&[Format::CoverageZones], &zones, &options)), content(&zones));
        }
    }
}
