//! `spokecast locate` and `spokecast map explain`. What they print names networks and rows, and no address.

use std::process::ExitCode;

use mapper::explain::{Explanation, What};
use mapper::location::{Decision, Found, Location, RowRef};
use mapper::map::SiteRef;
use mapper::{Address, Policy, SiteMap};
use serde_json::{Value, json};

use super::{Columns, OTHERWISE, UNKNOWN, Usage, assembled};
use crate::arguments::LocateArguments;
use crate::output::print;
use crate::paint::Paint;

/// `spokecast locate`.
pub(in crate::command) fn locate(arguments: &LocateArguments) -> anyhow::Result<ExitCode> {
    let (_, assembled) = assembled(&arguments.map)?;
    let location = explanation(&assembled.map, arguments)?.location;
    if arguments.json {
        print(format_args!("{:#}", location_json(location)))?;
    } else {
        print(table(location, Paint::of(arguments.color)))?;
    }
    Ok(exit_code(location))
}

/// `spokecast map explain`.
pub(super) fn explain(arguments: &LocateArguments) -> anyhow::Result<ExitCode> {
    let (_, assembled) = assembled(&arguments.map)?;
    let explanation = explanation(&assembled.map, arguments)?;
    if arguments.json {
        let steps: Vec<Value> = explanation
            .steps
            .iter()
            .map(|step| {
                json!({
                    "what": step.what.as_str(),
                    "network": step.network.map(|network| network.to_string()),
                    "row": step.row.map(row_json),
                    "text": step.text,
                })
            })
            .collect();
        let location = location_json(explanation.location);
        print(format_args!("{:#}", json!({ "location": location, "steps": steps })))?;
    } else {
        print_steps(&explanation, Paint::of(arguments.color))?;
    }
    Ok(exit_code(explanation.location))
}

fn explanation<'m>(map: &'m SiteMap, arguments: &LocateArguments) -> Result<Explanation<'m>, Usage> {
    let first = Address::from(arguments.external);
    let Some(realm) = &arguments.realm else {
        return Ok(map.explain(first, arguments.internal.map(Address::from)));
    };
    match map.realm(realm.as_str()) {
        Some(realm) => Ok(map.explain_inside(realm, first)),
        None => Err(Usage(format!("--realm {realm}: the map has no such realm"))),
    }
}

fn exit_code(location: Location<'_>) -> ExitCode {
    match location {
        Location::Found(_) => ExitCode::SUCCESS,
        Location::Ambiguous(_) => ExitCode::from(OTHERWISE),
        Location::Unknown(_) => ExitCode::from(UNKNOWN),
    }
}

fn print_steps(explanation: &Explanation<'_>, paint: Paint) -> std::io::Result<()> {
    for (number, step) in (1..).zip(&explanation.steps) {
        let text = match step.what {
            What::PassedOver | What::NoMatch => paint.label(&step.text),
            What::Matched => step.text.clone(),
            What::Settled => paint.good(&step.text),
            What::Open => paint.doubtful(&step.text),
        };
        match step.row {
            Some(row) => print(format_args!("{number}. {text} ({row})"))?,
            None => print(format_args!("{number}. {text}"))?,
        }
    }
    Ok(())
}

fn table(location: Location<'_>, paint: Paint) -> Columns {
    let mut rows = Vec::new();
    let mut row = |label: &str, value: String| rows.push(vec![paint.label(label), value]);
    match location {
        Location::Found(found) => {
            row("site", found.site().map_or_else(|| "-".into(), |site| site_words(site, paint)));
            row(
                "policy",
                match found.policy() {
                    Policy::Site => paint.good(Policy::Site),
                    other => paint.doubtful(other),
                },
            );
            row("kind", found.kind().to_string());
            row("by", format!("{} ({})", decision_words(found), found.place()));
        }
        Location::Ambiguous(_) => {
            row("site", paint.doubtful("ambiguous: the internal address would have to tell"));
        }
        Location::Unknown(_) => row("site", paint.bad("unknown: no row is about this address")),
    }
    let evidence = location.evidence();
    if let Some(realm) = evidence.realm() {
        row("realm", realm.to_string());
    }
    if let (Some(network), Some(place)) = (evidence.external(), evidence.external_place()) {
        row("external", format!("{network} ({place})"));
    }
    let mut label = "edges";
    for site in location.site().into_iter().flat_map(SiteRef::chain) {
        for edge in site.edges() {
            row(std::mem::take(&mut label), format!("{} {} in {}", edge.id, edge.url, site.id()));
        }
    }
    Columns(rows)
}

fn site_words(site: SiteRef<'_>, paint: Paint) -> String {
    let id = paint.strong(site.id());
    if site.name() == site.id().as_str() { id } else { format!("{id} ({})", site.name()) }
}

fn decision_words(found: Found<'_>) -> String {
    match found.decision() {
        Decision::Internal(network) => format!("internal network {network}"),
        Decision::External => "the external network".into(),
        Decision::RealmDefault => "the realm's default".into(),
        Decision::OnlySite => "all internal networks lead there".into(),
    }
}

fn location_json(location: Location<'_>) -> Value {
    let evidence = location.evidence();
    let status = match location {
        Location::Found(_) => "found",
        Location::Ambiguous(_) => "ambiguous",
        Location::Unknown(_) => "unknown",
    };
    let edges = location.site().into_iter().flat_map(SiteRef::chain).flat_map(|site| {
        site.edges()
            .iter()
            .map(move |edge| json!({ "edge": edge.id.as_str(), "site": site.id().as_str(), "url": edge.url }))
    });
    let mut object = json!({
        "status": status,
        "realm": evidence.realm().map(mapper::Id::as_str),
        "external": evidence.external().map(|network| network.to_string()),
        "external-row": evidence.external_place().map(row_json),
        "edges": edges.collect::<Vec<_>>(),
    });
    if let Some(found) = location.found() {
        let (decision, internal) = match found.decision() {
            Decision::Internal(network) => ("internal", Some(network.to_string())),
            Decision::External => ("external", None),
            Decision::RealmDefault => ("realm-default", None),
            Decision::OnlySite => ("only-site", None),
        };
        object["site"] = json!(found.site().map(|site| site.id().as_str()));
        object["name"] = json!(found.site().map(SiteRef::name));
        object["policy"] = json!(found.policy().as_str());
        object["kind"] = json!(found.kind().as_str());
        object["decision"] = json!(decision);
        object["internal"] = json!(internal);
        object["row"] = row_json(found.place());
    }
    object
}

fn row_json(row: RowRef<'_>) -> Value {
    json!({ "file": row.file, "line": (row.line > 0).then_some(row.line) })
}
