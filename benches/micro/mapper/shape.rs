//! Maps of different shapes, as rows, and questions that are put to them.

use std::fmt::Write as _;

use ipnet::IpNet;
use mapper::assemble::{Assembled, assemble};
use mapper::description::Network;
use mapper::{Address, Description, Kind, Place, SiteMap};

use crate::networks::{self, OUTSIDE, Start};
use crate::random::Random;

/// How rows are spread over realms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 32 internal networks behind each external one.
    Many,
    /// All internal networks are in one realm, which eight external networks lead to.
    One,
    /// Half in one realm, a quarter in realms of 1,024, a quarter as in `Many`.
    Mixed,
}

/// A row of `sites.csv`.
#[derive(Clone, Copy, Debug)]
struct Row {
    realm: Option<u32>,
    external: Option<IpNet>,
    internal: Option<IpNet>,
    site: Option<u32>,
}

/// A map as it is written down.
pub(crate) struct Rows(Vec<Row>);

/// An external and an internal address.
pub(crate) type Question = (Address, Address);

/// The realm that has most networks, in shapes that have one.
pub(crate) const LARGEST_REALM: &str = "realm-0";

/// Internal networks behind one external network.
const SMALL: usize = 32;
const MIDDLE: usize = 1024;
const MOST_SITES: usize = 50_000;

impl Shape {
    pub(crate) const ALL: [Self; 3] = [Self::Many, Self::One, Self::Mixed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Many => "many small plans",
            Self::One => "one large plan",
            Self::Mixed => "mixed",
        }
    }

    /// About `count` rows.
    pub(crate) fn rows(self, count: usize) -> Rows {
        let mut random = Random::new(count as u64);
        let mut rows = Vec::with_capacity(count);
        let links = networks::both((count / SMALL).max(8) + 64, OUTSIDE, &mut random);
        let mut links = links.into_iter();
        let mut realms = 0..;
        let sites = (count / 16).clamp(1, MOST_SITES);
        let mut realm_of = |rows: &mut Vec<Row>, size: usize, leading: usize, random: &mut Random| {
            let realm = realms.next();
            let leads = |external| Row { realm, external: Some(external), internal: None, site: None };
            rows.extend(links.by_ref().take(leading).map(leads));
            let start = if size > MIDDLE {
                Start(0)
            } else {
                Start(u32::try_from(random.below(256)).expect("256 fits"))
            };
            let plan = networks::both(size - leading, start, random);
            rows.extend(plan.into_iter().map(|internal| Row {
                realm,
                external: None,
                internal: Some(internal),
                site: site(sites, random),
            }));
        };
        let (large, middle) = match self {
            Self::Many => (0, 0),
            Self::One => (count, 0),
            Self::Mixed => (count / 2, count / 4),
        };
        if large > 0 {
            realm_of(&mut rows, large, 8, &mut random);
        }
        for _ in 0..middle / MIDDLE {
            realm_of(&mut rows, MIDDLE, 1, &mut random);
        }
        for external in links.by_ref().take((count - rows.len()) / SMALL) {
            let start = Start(u32::try_from(random.below(256)).expect("256 fits"));
            let plan = networks::both(SMALL, start, &mut random);
            rows.extend(plan.into_iter().map(|internal| Row {
                realm: None,
                external: Some(external),
                internal: Some(internal),
                site: site(sites, &mut random),
            }));
        }
        Rows(rows)
    }
}

fn site(sites: usize, random: &mut Random) -> Option<u32> {
    u32::try_from(random.below(sites)).ok()
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The internal networks of all plans.
    pub(crate) fn internals(&self) -> Vec<IpNet> {
        self.0.iter().filter_map(|row| row.internal).collect()
    }

    pub(crate) fn describe(&self) -> Description {
        let mut description = Description::default();
        let file = description.add_file("sites.csv");
        for (line, row) in (2..).zip(&self.0) {
            let place = Place::new(file, line);
            let realm =
                row.realm.and_then(|realm| description.declare_realm(&format!("realm-{realm}"), place));
            let site = row.site.and_then(|site| description.declare_site(&format!("site-{site}"), place));
            let Row { external, internal, .. } = *row;
            description.add_network(Network {
                realm,
                external,
                internal,
                site,
                kind: Kind::Lan,
                policy: None,
                place,
            });
        }
        description
    }

    pub(crate) fn csv(&self) -> String {
        let mut text = String::from("site,realm,external,internal\n");
        for row in &self.0 {
            if let Some(site) = row.site {
                let _ = write!(text, "site-{site}");
            }
            text.push(',');
            if let Some(realm) = row.realm {
                let _ = write!(text, "realm-{realm}");
            }
            for network in [row.external, row.internal] {
                text.push(',');
                if let Some(network) = network {
                    let _ = write!(text, "{network}");
                }
            }
            text.push('\n');
        }
        text
    }

    /// Addresses of drawn rows; of sixteen, one has another external address and one another internal one, which mostly miss.
    pub(crate) fn questions(&self, count: usize) -> Vec<Question> {
        let mut random = Random::new(7);
        let mut leading: Vec<Vec<IpNet>> = Vec::new();
        for row in &self.0 {
            if let (Some(realm), Some(external)) = (row.realm, row.external) {
                let realm = realm as usize;
                leading.resize(leading.len().max(realm + 1), Vec::new());
                leading[realm].push(external);
            }
        }
        let asked: Vec<&Row> = self.0.iter().filter(|row| row.internal.is_some()).collect();
        let draw = |_| {
            let row = random.pick(&asked);
            let outer = row.external.unwrap_or_else(|| {
                *random.pick(&leading[row.realm.expect("a realm or an external network") as usize])
            });
            let mut external = random.address_in(&outer);
            let mut internal = random.address_in(&row.internal.expect("those without were left out"));
            match random.below(16) {
                0 => external = random.address_like(external),
                1 => internal = random.address_like(internal),
                _ => {}
            }
            (external.into(), internal.into())
        };
        (0..count).map(draw).collect()
    }
}

/// The map of a description that has no faults.
pub(crate) fn built(description: &Description) -> SiteMap {
    match assemble(description) {
        Ok(Assembled { map, .. }) => map,
        Err(faults) => panic!("{}", faults.display(description.files())),
    }
}
