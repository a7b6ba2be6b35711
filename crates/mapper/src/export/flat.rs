//! One plan of networks, for formats that know neither external networks nor realms.
//!
//! Such a file has one answer for each address. Where two plans of the map would answer differently, there is none, and
//! that is a fault: the caller has to choose a realm.

use std::collections::HashSet;

use ipnet::IpNet;

use super::Options;
use crate::description::{Description, LOCAL_REALM, Network, RealmIndex, SiteIndex};
use crate::fault::{Code, Fault, Faults, Place};
use crate::left_out::LeftOut;
use crate::network::{Kind, Policy};

/// A network and what becomes of the addresses in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) network: IpNet,
    pub(super) site: SiteIndex,
    pub(super) policy: Policy,
}

/// A row that may become an entry.
#[derive(Clone, Copy)]
struct Candidate {
    network: IpNet,
    plan: Plan,
    fate: Fate,
    place: Place,
    is_written: bool,
}

/// Rows of one plan never contradict each other: the longest prefix holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Plan {
    Outside,
    Realm(RealmIndex),
    Behind(IpNet),
    Local,
}

/// Site and policy.
type Fate = (Option<SiteIndex>, Policy);

/// The entries in the order of the description. `says_bypass` is whether the format can say that viewers of a site go to
/// the CDN.
pub(super) fn entries(
    description: &Description,
    options: &Options,
    says_bypass: bool,
    warnings: &mut Faults,
) -> Result<Vec<Entry>, Faults> {
    let mut left_out = LeftOut::default();
    let mut candidates = candidates(description, options, says_bypass, &mut left_out);
    let faults = overlaps(description, &mut candidates, &mut left_out);
    left_out.tell(warnings);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut seen = HashSet::new();
    let entries = candidates.iter().filter(|candidate| candidate.is_written);
    let entries = entries.filter_map(|&Candidate { network, fate: (site, policy), .. }| {
        let entry = Entry { network, site: site?, policy };
        seen.insert((network, site)).then_some(entry)
    });
    Ok(entries.collect())
}

fn candidates(
    description: &Description,
    options: &Options,
    says_bypass: bool,
    left_out: &mut LeftOut,
) -> Vec<Candidate> {
    let is_chosen = |network: &Network| match &options.realm {
        None => true,
        Some(id) => match network.realm {
            Some(realm) => description.realm(realm) == id,
            None => network.external.is_none() && id.as_str() == LOCAL_REALM,
        },
    };
    let mut candidates = Vec::new();
    for row in description.networks().iter().filter(|row| is_chosen(row) && !row.only_declares()) {
        let place = row.place;
        let (network, plan) = match (row.internal, row.external) {
            (Some(internal), external) => {
                if external.is_some() {
                    left_out.note("external networks that others are behind", place);
                }
                let behind = external.map_or(Plan::Local, Plan::Behind);
                (internal, row.realm.map_or(behind, Plan::Realm))
            }
            (None, Some(external)) if row.site.is_some() || row.policy() != Policy::Site => {
                (external, Plan::Outside)
            }
            (None, Some(_)) => {
                left_out.note("external networks that lead to a realm", place);
                continue;
            }
            (None, None) => {
                left_out.note("defaults of realms", place);
                continue;
            }
        };
        let policy = row.policy();
        let is_said = match policy {
            Policy::Site => true,
            Policy::Bypass => says_bypass,
            Policy::Deny => false,
        };
        let is_written = is_said && row.site.is_some();
        if is_written && row.kind != Kind::default() {
            left_out.note("kinds of networks", place);
        }
        candidates.push(Candidate { network, plan, fate: (row.site, policy), place, is_written });
    }
    candidates
}

/// Networks in other networks, for which the file would have another answer than the map.
fn overlaps(description: &Description, candidates: &mut [Candidate], left_out: &mut LeftOut) -> Faults {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|index| {
        let network = candidates[*index].network;
        (network.network(), network.prefix_len(), *index)
    });
    let mut faults = Faults::default();
    // The networks around the one that is looked at, the smallest last.
    let mut around: Vec<Candidate> = Vec::new();
    let mut seen = HashSet::new();
    for index in order {
        let candidate = candidates[index];
        if !seen.insert((candidate.network, candidate.plan, candidate.fate)) {
            continue;
        }
        while around.last().is_some_and(|last| !last.network.contains(&candidate.network)) {
            around.pop();
        }
        if let Some(nearest) = around.last()
            && nearest.plan != candidate.plan
            && nearest.fate != candidate.fate
        {
            let message = format!(
                "`{}` leads to {} here, and as a part of `{}` to {} in another realm or behind another external \
                 network; the format cannot tell them apart: choose one realm",
                candidate.network,
                words(description, candidate.fate),
                nearest.network,
                words(description, nearest.fate),
            );
            let fault = Fault::new(Code::Conflict, candidate.place, "", message);
            faults.push(fault.with_other(nearest.place));
        } else if !candidate.is_written {
            match around.iter().rev().find(|outer| outer.is_written) {
                Some(outer) => {
                    let message = format!(
                        "the format cannot say that `{}` leads to {}, and it lies in `{}`, which it says",
                        candidate.network,
                        words(description, candidate.fate),
                        outer.network
                    );
                    let fault = Fault::new(Code::Value, candidate.place, "policy", message);
                    faults.push(fault.with_other(outer.place));
                }
                None => left_out.note("networks that lead to no site or are denied", candidate.place),
            }
        }
        if faults.kept().len() >= crate::fault::MOST_KEPT {
            break;
        }
        around.push(candidate);
    }
    faults
}

fn words(description: &Description, (site, policy): Fate) -> String {
    match (site, policy) {
        (Some(site), Policy::Site) => format!("`{}`", description.site(site).id),
        (_, Policy::Bypass) => "the CDN".to_owned(),
        (_, Policy::Deny) => "nothing".to_owned(),
        (None, Policy::Site) => "no site".to_owned(),
    }
}
