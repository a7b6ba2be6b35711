//! `spokecast map diff`.

use std::process::ExitCode;

use mapper::diff::{Diff, Fate, Move, diff};
use serde_json::{Value, json};

use super::{Columns, OTHERWISE, assembled};
use crate::arguments::DiffArguments;
use crate::output::print;
use crate::paint::Paint;

/// So many networks of a move are shown on a line.
const SHOWN: usize = 6;

pub(super) fn run(arguments: &DiffArguments) -> anyhow::Result<ExitCode> {
    let (_, old) = assembled(std::slice::from_ref(&arguments.old))?;
    let (_, new) = assembled(std::slice::from_ref(&arguments.new))?;
    let diff = diff(&old.map, &new.map);
    if arguments.json {
        print(format_args!("{:#}", to_json(&diff)))?;
    } else {
        show(&diff, Paint::of(arguments.color))?;
    }
    Ok(if diff.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(OTHERWISE) })
}

fn show(diff: &Diff, paint: Paint) -> std::io::Result<()> {
    if diff.is_empty() {
        return print(paint.good("nothing moves"));
    }
    for (what, sites) in
        [("new", &diff.sites_added), ("gone", &diff.sites_removed), ("changed", &diff.sites_changed)]
    {
        if !sites.is_empty() {
            print(format_args!("{} {}", paint.label(format_args!("{what}:")), sites.join(", ")))?;
        }
    }
    if !diff.moves.is_empty() {
        let header = ["from", "to", "behind", "how many", "networks"].map(|name| paint.label(name)).to_vec();
        let rows = diff.moves.iter().map(|moved| row(moved, paint));
        print(Columns(std::iter::once(header).chain(rows).collect()))?;
    }
    if diff.is_cut {
        print("there are more networks than are listed; the numbers hold for all")?;
    }
    Ok(())
}

fn row(moved: &Move, paint: Paint) -> Vec<String> {
    let mut networks: Vec<String> = moved.networks.iter().take(SHOWN).map(ToString::to_string).collect();
    if moved.networks.len() > SHOWN {
        networks.push(format!("and {} more", moved.networks.len() - SHOWN));
    }
    vec![
        paint.bad(&moved.from),
        paint.good(&moved.to),
        moved.behind.clone().unwrap_or_else(|| "-".into()),
        how_many(moved),
        networks.join(" "),
    ]
}

fn how_many(moved: &Move) -> String {
    let v4 = match moved.v4_addresses {
        0 => None,
        1 => Some("1 address".to_owned()),
        many => Some(format!("{many} addresses")),
    };
    let v6 = (moved.v6_networks > 0).then(|| format!("{} of IPv6 /64", moved.v6_networks));
    v4.into_iter().chain(v6).collect::<Vec<_>>().join(", ")
}

fn to_json(diff: &Diff) -> Value {
    let fate = |fate: &Fate| match fate {
        Fate::Site(site) => json!({ "site": site }),
        Fate::Bypass => json!({ "policy": "bypass" }),
        Fate::Deny => json!({ "policy": "deny" }),
        Fate::Unknown => Value::Null,
    };
    let moves = diff.moves.iter().map(|moved| {
        json!({
            "from": fate(&moved.from),
            "to": fate(&moved.to),
            "behind": moved.behind,
            "networks": moved.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "v4-addresses": moved.v4_addresses,
            "v6-networks": moved.v6_networks,
        })
    });
    json!({
        "moves": moves.collect::<Vec<_>>(),
        "is-cut": diff.is_cut,
        "sites-added": diff.sites_added,
        "sites-removed": diff.sites_removed,
        "sites-changed": diff.sites_changed,
    })
}
