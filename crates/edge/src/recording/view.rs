//! What operators see of the counts, as JSON.

use serde_json::{Value, json};
use telemetry::recorder::Totals;
use telemetry::report::{Cell, Segments};
use telemetry::threshold::{EntryCounts, Leaves};
use telemetry::window::Settled;

use crate::config::LocalView;
use crate::core::Core;

/// The counts: of all entries, or of the segments of one `entry`.
pub(crate) fn json(core: &Core, entry: Option<&str>) -> Value {
    let telemetry = &core.config.telemetry;
    let shown = telemetry.local_view;
    let recorder = core.recorder.as_ref();
    let view = recorder.filter(|_| shown != LocalView::Off).map(|recorder| recorder.view());
    let totals = match (&view, recorder) {
        (Some(view), _) => view.totals,
        (None, Some(recorder)) => recorder.totals(),
        (None, None) => Totals::default(),
    };
    let windows = view.iter().flat_map(|view| &view.windows);
    let reports = core.reports.as_ref().map(|reports| reports.status());
    json!({
        "enabled": telemetry.enabled,
        "local_view": match shown {
            LocalView::Exact => "exact",
            LocalView::Threshold => "threshold",
            LocalView::Off => "off",
        },
        "site_id": core.config.site().map(|site| site.to_string()),
        "threshold": telemetry.threshold,
        "width_s": telemetry.window.get().as_secs(),
        "upstream": reports.as_ref().map(|status| json!({ "to": status.to })),
        "totals": {
            "recorded": totals.recorded,
            "dropped": totals.dropped + totals.no_room,
            "unrecognised": totals.unrecognised,
            "beyond_max_cells": totals.beyond_max_cells,
        },
        "spool": reports.map(|status| json!({
            "reports": status.reports,
            "bytes": status.bytes,
            "dropped": status.dropped,
            "refused": status.refused,
        })),
        "windows": windows.map(|counts| window(counts, shown, entry)).collect::<Vec<_>>(),
    })
}

fn window(window: &Settled, shown: LocalView, entry: Option<&str>) -> Value {
    let is_exact = shown == LocalView::Exact;
    // What a window shows before it is over tells of single requests to whoever looks twice.
    let may_show = is_exact || !window.is_running;
    let wanted = |counts: &&EntryCounts| {
        may_show
            && entry.is_none_or(|entry| counts.entry.as_str() == entry)
            && (is_exact || !counts.cells.is_empty())
    };
    let mut entries: Vec<_> = window.entries.iter().filter(wanted).collect();
    let requests = |counts: &EntryCounts| if is_exact { counts.count } else { published(counts) };
    entries.sort_by_key(|counts| std::cmp::Reverse(requests(counts)));
    let events: u64 = window.entries.iter().filter(|_| may_show).map(requests).sum();
    let entries: Vec<_> = entries
        .into_iter()
        .map(|counts| {
            let mut shown = json!({
                "entry_id": counts.entry.as_str(),
                "count": requests(counts),
                "leaves": published(counts),
            });
            if entry.is_some() {
                shown["unnumbered"] = if is_exact { counts.unnumbered } else { 0 }.into();
                shown["segments"] =
                    if is_exact { exact(counts) } else { counts.cells.iter().map(cell).collect() };
            }
            shown
        })
        .collect();
    json!({
        "bucket": window.bucket.to_string(),
        "width_s": window.width.seconds(),
        "state": if window.is_running { "running" } else { "closed" },
        "events": events,
        "entries": entries,
    })
}

/// How many requests leave.
fn published(counts: &EntryCounts) -> u64 {
    counts.cells.iter().map(|cell| cell.count).sum()
}

fn exact(counts: &EntryCounts) -> Value {
    let segments = counts.segments.iter().map(|segment| {
        json!({
            "segment_number": segment.number,
            "count": segment.count,
            "leaves": match segment.leaves {
                Leaves::Segment => "segment",
                Leaves::Range => "range",
                Leaves::Entry => "entry",
                Leaves::No => "no",
            },
        })
    });
    segments.collect()
}

fn cell(cell: &Cell) -> Value {
    match cell.segments {
        Segments::One(number) => {
            json!({ "segment_number": number, "count": cell.count, "leaves": "segment" })
        }
        Segments::Range { first, last } => {
            json!({ "first_segment": first, "last_segment": last, "count": cell.count, "leaves": "range" })
        }
        Segments::Entry => json!({ "count": cell.count, "leaves": "entry" }),
    }
}
