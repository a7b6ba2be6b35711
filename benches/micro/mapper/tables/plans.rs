use std::hint::black_box;

use ipnet::IpNet;
use mapper::description::Network;
use mapper::{Address, Description, Kind, Place, SiteMap};

use super::memory::held;
use super::{Table, grouped};
use crate::networks::{Density, Family, Start, of_family};
use crate::random::Random;
use crate::shape::{LARGEST_REALM, built};
use crate::statistics::real;
use crate::stopwatch::{Contender, compare};
use crate::yardstick;

const SIZES: [usize; 6] = [64, 512, 4096, 16_384, 32_768, 262_144];
const QUESTIONS: usize = 1 << 16;
const ROUNDS: usize = 9;

pub(super) fn table() -> Table {
    let mut table = Table::new([
        "prefixes",
        "",
        "bare, ns",
        "map, ns",
        "× bare",
        "bare, bytes per prefix",
        "map, bytes per prefix",
    ]);
    for family in [Family::V4, Family::V6] {
        for density in [Density::Dense, Density::Sparse] {
            for count in SIZES {
                add(&mut table, count, family, density);
            }
        }
    }
    table
}

fn add(table: &mut Table, count: usize, family: Family, density: Density) {
    let mut random = Random::new(count as u64);
    let mut networks = of_family(count, family, density, Start(0), &mut random);
    random.shuffle(&mut networks);
    let mut address = || {
        let network = *random.pick(&networks);
        Address::from(random.address_in(&network))
    };
    let addresses: Vec<Address> = (0..QUESTIONS).map(|_| address()).collect();
    let (map, of_map) = held(|| map(&networks));
    let (bare, of_bare) = held(|| yardstick::bare(&networks));
    let realm = map.realm(LARGEST_REALM).expect("all networks are in it");
    let contenders = [
        Contender::new("bare", addresses.len(), |range| {
            for address in &addresses[range] {
                black_box(bare.longest_match(address.ip()));
            }
        }),
        Contender::new("map", addresses.len(), |range| {
            for address in &addresses[range] {
                black_box(map.locate_inside(realm, *address));
            }
        }),
    ];
    let figures = compare(&contenders, ROUNDS);
    let rows = real(count as u64);
    table.row([
        grouped(rows, 0),
        format!("{family:?}, {density:?}").to_lowercase(),
        grouped(1e9 / figures[0].per_second, 1),
        grouped(1e9 / figures[1].per_second, 1),
        grouped(figures[1].ratio, 2),
        grouped(of_bare / rows, 0),
        grouped(of_map / rows, 0),
    ]);
}

/// All of the networks in one realm, and at one site.
fn map(networks: &[IpNet]) -> SiteMap {
    let mut description = Description::default();
    let place = Place::new(description.add_file("sites.csv"), 2);
    let realm = description.declare_realm(LARGEST_REALM, place);
    let site = description.declare_site("site", place);
    for internal in networks {
        let internal = Some(*internal);
        description.add_network(Network {
            realm,
            external: None,
            internal,
            site,
            kind: Kind::Lan,
            policy: None,
            place,
        });
    }
    built(&description)
}
