//! Why an address landed where it did, step by step.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::address::Address;
use crate::location::{Decision, Evidence, Found, Location, RowRef};
use crate::map::{NONE, RealmRef, SiteMap};
use crate::network::Policy;
use crate::prefix::{Match, Plan};

/// A look-up with every step that led to it.
#[derive(Debug)]
pub struct Explanation<'m> {
    /// What it came to.
    pub location: Location<'m>,
    /// The steps, in order.
    pub steps: Vec<Step<'m>>,
}

/// One step of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'m> {
    /// What happened.
    pub what: What,
    /// The network that it is about.
    pub network: Option<IpNet>,
    /// The row that says so.
    pub row: Option<RowRef<'m>>,
    /// In words.
    pub text: String,
}

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A network holds the address, but a longer one does too.
    PassedOver,
    /// The longest network that holds the address.
    Matched,
    /// No network holds the address, or there is no such row.
    NoMatch,
    /// What was known settles it.
    Settled,
    /// What was known does not settle it.
    Open,
}

impl What {
    /// As it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PassedOver => "passed-over",
            Self::Matched => "matched",
            Self::NoMatch => "no-match",
            Self::Settled => "settled",
            Self::Open => "open",
        }
    }
}

impl SiteMap {
    /// [`SiteMap::locate`] in steps. The result names networks and rows; the addresses are the caller's.
    pub fn explain(&self, external: Address, internal: Option<Address>) -> Explanation<'_> {
        let location = self.locate(external, internal);
        let mut steps = Vec::new();
        self.explain_external(external, &mut steps);
        let evidence = location.evidence();
        if evidence.link.is_some() {
            self.explain_rest(location, internal, &mut steps);
        } else {
            steps.push(Step::of(What::Open, "so no site is known"));
        }
        Explanation { location, steps }
    }

    /// [`SiteMap::locate_inside`] in steps.
    pub fn explain_inside(&self, realm: RealmRef<'_>, internal: Address) -> Explanation<'_> {
        let location = self.locate_inside(realm, internal);
        let mut steps =
            vec![Step::of(What::Matched, format!("the address is inside {}", self.realm_words(realm.index)))];
        self.explain_rest(location, Some(internal), &mut steps);
        Explanation { location, steps }
    }

    fn explain_external<'m>(&'m self, external: Address, steps: &mut Vec<Step<'m>>) {
        let holding = self.holding(self.externals, external.ip());
        let Some((longest, shorter)) = holding.split_last() else {
            return steps.push(Step::of(What::NoMatch, "no external network holds the external address"));
        };
        for found in shorter {
            let text =
                format!("{} holds the external address, but {} is longer", found.network, longest.network);
            steps.push(self.step(What::PassedOver, *found, self.links[found.value as usize].row, text));
        }
        let link = self.links[longest.value as usize];
        let text = format!(
            "{} is the longest external network that holds the external address: it leads to {}",
            longest.network,
            self.realm_words(link.realm)
        );
        steps.push(self.step(What::Matched, *longest, link.row, text));
    }

    /// From the realm to the end.
    fn explain_rest<'m>(
        &'m self,
        location: Location<'m>,
        internal: Option<Address>,
        steps: &mut Vec<Step<'m>>,
    ) {
        let evidence = location.evidence();
        let realm = &self.realms[evidence.realm as usize];
        match internal {
            Some(internal) => self.explain_internal(realm.plan, internal.ip(), steps),
            None => steps.push(Step::of(What::NoMatch, "no internal address is known")),
        }
        if !matches!(location.found().map(Found::decision), Some(Decision::Internal(_))) {
            self.explain_defaults(evidence, internal.is_some(), steps);
        }
        steps.push(Self::conclusion(location));
    }

    fn explain_internal<'m>(&'m self, plan: Plan, internal: IpAddr, steps: &mut Vec<Step<'m>>) {
        let holding = self.holding(plan, internal);
        let Some((longest, shorter)) = holding.split_last() else {
            let text = "no internal network of the realm holds the internal address";
            return steps.push(Step::of(What::NoMatch, text));
        };
        for found in shorter {
            let text =
                format!("{} holds the internal address, but {} is longer", found.network, longest.network);
            steps.push(self.step(What::PassedOver, *found, found.value, text));
        }
        let text =
            format!("{} is the longest internal network that holds the internal address", longest.network);
        steps.push(self.step(What::Matched, *longest, longest.value, text));
    }

    fn explain_defaults<'m>(
        &'m self,
        evidence: Evidence<'m>,
        internal_known: bool,
        steps: &mut Vec<Step<'m>>,
    ) {
        if let Some((network, link)) = evidence.link {
            let own = self.links[link as usize].own;
            if own != NONE {
                let text = format!("{network} has a row for viewers of whom no more is known");
                return steps.push(self.step(What::Matched, Match { network, value: own }, own, text));
            }
        }
        let realm = &self.realms[evidence.realm as usize];
        if realm.default != NONE {
            let text = "the realm has a default".to_owned();
            let row = Some(RowRef::new(self, self.place(realm.default)));
            return steps.push(Step { what: What::Matched, network: None, row, text });
        }
        let text = if internal_known {
            "there is no default for addresses that are in no network"
        } else if realm.sole != NONE {
            "all internal networks of the realm lead to the same"
        } else {
            "the internal networks of the realm lead to several, and there is no default"
        };
        let what = if realm.sole != NONE && !internal_known { What::Matched } else { What::NoMatch };
        steps.push(Step::of(what, text));
    }

    fn conclusion(location: Location<'_>) -> Step<'_> {
        let Some(found) = location.found() else {
            let text = match location {
                Location::Ambiguous(_) => "so the internal address would have to tell which site it is",
                _ => "so no site is known",
            };
            return Step::of(What::Open, text);
        };
        let kind = found.kind();
        let text = match (found.site(), found.policy()) {
            (Some(site), Policy::Site) => {
                format!("so they are in site `{}`, in a network of kind {kind}", site.id())
            }
            (Some(site), Policy::Bypass) => {
                format!("so they go to the CDN directly, by a row of site `{}` of kind {kind}", site.id())
            }
            (None, Policy::Bypass) => format!("so they go to the CDN directly, by a row of kind {kind}"),
            (_, Policy::Deny) => format!("so they are not served, by a row of kind {kind}"),
            (None, Policy::Site) => "so no site is known".to_owned(),
        };
        Step { what: What::Settled, network: None, row: Some(found.place()), text }
    }

    /// The networks of `plan` that hold `address`, shorter ones first.
    fn holding(&self, plan: Plan, address: IpAddr) -> Vec<Match> {
        let mut all = self.prefixes.all(plan);
        all.retain(|found| found.network.contains(&address));
        all
    }

    fn realm_words(&self, realm: u32) -> String {
        match self.realm_of(realm).name() {
            Some(name) => format!("realm `{name}`"),
            None => "a plan of its own".to_owned(),
        }
    }

    fn step(&self, what: What, found: Match, row: u32, text: String) -> Step<'_> {
        Step { what, network: Some(found.network), row: Some(RowRef::new(self, self.place(row))), text }
    }
}

impl Step<'_> {
    fn of(what: What, text: impl Into<String>) -> Self {
        Self { what, network: None, row: None, text: text.into() }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(&self.steps) {
            if number > 1 {
                writeln!(f)?;
            }
            write!(f, "{number}. {}", step.text)?;
            if let Some(row) = step.row {
                write!(f, " ({row})")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
