//! The watch page that the edge serves itself, and what its panel shows.
//!
//! The page lives at the edge because a page on the edge's own name needs no permission to reach it: no
//! prompt for the local network, no mixed content, no CORS. Where viewers are redirected, a stream of the page may be one
//! below `/go/`: then its policy lets it ask those places too that this viewer may be sent to.

use http::Response;
use http::request::Parts;
use serde_json::json;

use crate::asker::Asker;
use crate::body::Body;
use crate::core::Core;
use crate::metrics::Outcome;
use crate::{page, redirect};

/// Where the page is.
pub(crate) const PATH: &str = "/watch";

/// Answers what lies under `/watch`; `None` for every other path.
pub(crate) fn answer(core: &Core, asker: Asker, request: &Parts) -> Option<Response<Body>> {
    let rest = page::below(PATH, request.uri.path())?;
    let response = match rest {
        "/" => Some(page::redirect(PATH)),
        "/streams.json" => Some(page::data(&json!({ "streams": core.config.watch.stream }))),
        "/activity.json" => core.config.watch.activity.then(|| page::data(&activity(core))),
        file => ui::watch(file.strip_prefix('/').unwrap_or(file)).map(|file| {
            let places = if file.immutable { Vec::new() } else { redirect::places(core, asker) };
            if places.is_empty() {
                page::file(request, file)
            } else {
                page::file_with_streams_at(file, &places)
            }
        }),
    };
    Some(page::finished(request, response))
}

/// Totals of the whole edge: nothing here is about one viewer.
fn activity(core: &Core) -> serde_json::Value {
    let metrics = &core.metrics;
    let [hits, joins, fills, revalidations, stale] =
        [Outcome::Hit, Outcome::Join, Outcome::Fill, Outcome::Revalidated, Outcome::Stale]
            .map(|outcome| metrics.requests(outcome));
    let from_cache: u64 = [Outcome::Hit, Outcome::Join, Outcome::Revalidated, Outcome::Stale]
        .map(|outcome| metrics.sent_bytes(outcome))
        .iter()
        .sum();
    let totals = core.cache.totals();
    json!({
        "uptime_s": core.uptime().as_secs_f64(),
        "requests": hits + joins + fills + revalidations + stale,
        "hits": hits + stale,
        "joins": joins,
        "fills": fills,
        "revalidations": revalidations,
        "errors": metrics.refusals(),
        "bytes_from_cache": from_cache,
        "bytes_from_origin": metrics.origin_bytes(),
        "first_byte_ms": {
            "hit": metrics.first_byte_ms(Outcome::Hit),
            "fill": metrics.first_byte_ms(Outcome::Fill),
        },
        "stored_objects": totals.objects,
        "stored_bytes": totals.stored_bytes,
        "memory_bytes": core.cache.memory(),
        "connections": metrics.connections.get(),
    })
}
