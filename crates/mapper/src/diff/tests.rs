use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::tests::{at, map};

fn told(before: &str, after: &str) -> Vec<String> {
    let tell = |moved: &Move| {
        let networks: Vec<_> = moved.networks.iter().map(ToString::to_string).collect();
        let behind = moved.behind.as_deref().map_or(String::new(), |behind| format!("{behind}: "));
        format!(
            "{behind}{} {} → {} ({}+{})",
            networks.join(" "),
            moved.from,
            moved.to,
            moved.v4_addresses,
            moved.v6_networks
        )
    };
    diff(&map(before), &map(after)).moves.iter().map(tell).collect()
}

#[test]
fn a_map_does_not_differ_from_itself_however_it_is_written() {
    let rows = "acme 203.0.113.0/24\nacme - 10.0.0.0/8 a\nacme - 10.1.0.0/16 b\n- 198.51.100.1 10.0.0.0/8 a";
    assert!(diff(&map(rows), &map(rows)).is_empty());
    let split = "acme 203.0.113.128/25\nacme 203.0.113.0/25\nacme - 10.1.0.0/16 b\nacme - 10.0.0.0/9 a\n\
                 acme - 10.128.0.0/9 a\n- 198.51.100.1 10.0.0.0/8 a";
    assert!(diff(&map(rows), &map(split)).is_empty(), "{:?}", diff(&map(rows), &map(split)));
}

#[test]
fn external_networks_move() {
    assert_eq!(
        told("- 203.0.113.0/24 - a", "- 203.0.113.0/24 - a\n- 203.0.113.64/26 - b\n- 2001:db8::/48 - b"),
        ["203.0.113.64/26 a → b (64+0)", "2001:db8::/48 (unknown) → b (0+65536)"]
    );
    assert_eq!(told("- 0.0.0.0/0 - a", "- 0.0.0.0/0 - a vpn"), ["0.0.0.0/0 a → (bypass) (4294967296+0)"]);
    assert_eq!(told("- ::/0 - a\n- ffff::/16 - b", "- ::/0 - a"), ["ffff::/16 b → a (0+281474976710656)"]);
}

#[test]
fn internal_networks_move_once_for_all_links_of_their_realm() {
    let links = "x 203.0.113.0/24\nx 203.0.113.7\nx 198.51.100.0/24\n";
    assert_eq!(
        told(
            &format!("{links}x - 10.0.0.0/8 a\nx - 10.1.0.0/16 b"),
            &format!("{links}x - 10.0.0.0/8 a\nx - 10.1.0.0/17 b\nx - 10.3.0.0/16 - lan deny")
        ),
        ["x: 10.3.0.0/16 a → (deny) (65536+0)", "x: 10.1.128.0/17 b → a (32768+0)"]
    );
    assert_eq!(
        told(
            "- 203.0.113.0/24 10.0.0.0/8 a\n- 203.0.113.7 - b",
            "- 203.0.113.0/24 10.0.0.0/9 a\n- 203.0.113.7 - b"
        ),
        ["203.0.113.0/24: 10.128.0.0/9 a → (unknown) (8388608+0)"]
    );
    // What was in a network of its own is in none any more, and the link's own row holds.
    assert_eq!(
        told("- 203.0.113.7 - b\n- 203.0.113.7 10.0.0.0/8 a", "- 203.0.113.7 - b"),
        ["203.0.113.7/32: 10.0.0.0/8 a → b (16777216+0)"]
    );
    // Nothing but a position inside leads there.
    assert_eq!(told("- - 10.0.0.0/8 a", "- - 10.0.0.0/8 b"), ["local: 10.0.0.0/8 a → b (16777216+0)"]);
}

#[test]
fn sites_come_go_and_change() {
    let diff = diff(&map("edge a\nedge b\n- - - c\nhub c a"), &map("edge a\nedge d\n- - - c\nhub c d"));
    assert_eq!(diff.sites_added, ["d"]);
    assert_eq!(diff.sites_removed, ["b"]);
    assert_eq!(diff.sites_changed, ["c"]);
}

#[test]
fn a_long_list_is_cut() {
    let row = |at: u32| format!("- 10.{}.{}.{} - a", at >> 15 & 255, at >> 7 & 255, (at << 1) & 255);
    let rows: Vec<String> = (0..20_000).map(row).collect();
    let diff = diff(&map(""), &map(&rows.join("\n")));
    assert!(diff.is_cut && !diff.is_empty());
    assert_eq!(diff.moves.iter().map(|moved| moved.networks.len()).sum::<usize>(), MOST_LISTED);
    assert_eq!(diff.moves[0].v4_addresses, 20_000);
}

/// Rows of one realm: beginnings and lengths in a small space, and a site.
fn plan_rows() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    vec((any::<u8>(), 0..=8u8, 0..3u8), 0..12)
}

fn rows(plan: &[(u8, u8, u8)]) -> String {
    let mut seen = HashSet::new();
    let mut rows = String::new();
    for (bits, length, site) in plan {
        let first = u32::from(*bits) >> (8 - u32::from(*length)) << (8 - u32::from(*length));
        if seen.insert((first, *length)) {
            rows.extend([
                "- - 10.0.0.",
                &first.to_string(),
                "/",
                &(24 + length).to_string(),
                " s",
                &site.to_string(),
                "\n",
            ]);
        }
    }
    rows
}

/// A map, or nothing when a row can never match.
fn sound(rows: &str) -> Option<SiteMap> {
    crate::assemble(&crate::tests::description(rows)).ok().map(|assembled| assembled.map)
}

proptest! {
    #[test]
    fn what_moves_is_what_is_located_elsewhere(before in plan_rows(), after in plan_rows()) {
        let (Some(before), Some(after)) = (sound(&rows(&before)), sound(&rows(&after))) else {
            return Ok(());
        };
        let diff = diff(&before, &after);
        let mut moving = 0;
        for last in 0..=255 {
            let address = at(&format!("10.0.0.{last}"));
            let site = |map: &SiteMap| {
                let location = map.locate_inside(map.realm("local")?, address);
                location.site().map(|site| site.id().to_string())
            };
            let holding: Vec<_> = diff.moves.iter()
                .filter(|moved| moved.networks.iter().any(|network| network.contains(&address.ip())))
                .collect();
            let fate = |site: Option<String>| site.map_or(Fate::Unknown, Fate::Site);
            let (old, new) = (fate(site(&before)), fate(site(&after)));
            if old == new {
                prop_assert!(holding.is_empty());
            } else {
                moving += 1;
                prop_assert_eq!(holding.len(), 1);
                prop_assert_eq!((&holding[0].from, &holding[0].to), (&old, &new));
            }
        }
        prop_assert_eq!(diff.moves.iter().map(|moved| moved.v4_addresses).sum::<u64>(), moving);
    }
}
