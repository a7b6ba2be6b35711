//! RFC 9213: fields that are aimed at caches like this one.

use super::row::{HIT, MISS, Row, row, secs};
use super::run::run;

pub(super) fn rows() -> Vec<Row> {
    [governs(), does_not_count(), forbids()].concat()
}

fn governs() -> Vec<Row> {
    [
        (
            "9213 §2.2, 9213 §3",
            "before Cache-Control",
            "Cache-Control: max-age=5 | CDN-Cache-Control: max-age=600",
        ),
        ("9213 §2.2", "also before its no-store", "Cache-Control: no-store | CDN-Cache-Control: max-age=600"),
        ("9213 §2.2", "and its private", "Cache-Control: private | CDN-Cache-Control: max-age=600"),
        ("9213 §2.2", "before Expires", "Expires: 0 | CDN-Cache-Control: max-age=600"),
        (
            "9213 §2.2",
            "the more particular first",
            "CDN-Cache-Control: no-store | Spokecast-Cache-Control: max-age=600",
        ),
        ("9213 §2.1", "parameters are passed over", "CDN-Cache-Control: max-age=600;x=1"),
        ("9213 §2.1", "unknown directives too", "CDN-Cache-Control: max-age=600, x=?0, y=(a b)"),
        ("9213 §2.1", "lines are one dictionary", "CDN-Cache-Control: x=1 | CDN-Cache-Control: max-age=600"),
        ("9213 §2.1", "of two the last counts", "CDN-Cache-Control: max-age=5, max-age=600"),
        ("9213 §2.1", "s-maxage counts there too", "CDN-Cache-Control: max-age=5, s-maxage=600"),
        ("9213 §2.3, 9111 §4.2.3", "Age counts", "CDN-Cache-Control: max-age=900 | Age: 300"),
    ]
    .map(|(sections, shows, fields)| row(sections, shows).origin(fields).lives(600))
    .into()
}

fn does_not_count() -> Vec<Row> {
    [
        ("9213 §2.2", "an empty one", "CDN-Cache-Control:"),
        ("9213 §2.1", "one that is no dictionary", "CDN-Cache-Control: max-age=5;;"),
        ("9213 §2.1", "one in capitals", "CDN-Cache-Control: MAX-AGE=5"),
        ("9213 §2.1", "a token for a number", "CDN-Cache-Control: max-age=ten"),
        ("9213 §2.1", "a string for a number", "CDN-Cache-Control: max-age=\"5\""),
        ("9213 §2.1", "a fraction", "CDN-Cache-Control: max-age=5.5"),
        ("9213 §2.1", "a negative number", "CDN-Cache-Control: max-age=-5"),
        ("9213 §2.1", "a number for a flag", "CDN-Cache-Control: no-store=1"),
        ("9213 §2.2", "one that is aimed at others", "Elsewhere-Cache-Control: no-store"),
        (
            "9213 §2.2",
            "the most particular where it is broken",
            "Spokecast-Cache-Control: no-store= | CDN-Cache-Control: max-age=600",
        ),
    ]
    .map(|(sections, shows, fields)| {
        row(sections, shows).origin(format!("Cache-Control: max-age=600 | {fields}")).lives(600)
    })
    .into()
}

fn forbids() -> Vec<Row> {
    let mut rows: Vec<_> = ["no-store", "private", "private=\"\""]
        .map(|control| {
            row("9213 §2.2", "what it forbids is not stored")
                .origin(format!("Cache-Control: max-age=600 | CDN-Cache-Control: {control}"))
                .shared()
                .shared()
        })
        .into();
    rows.extend([
        row("9213 §2.2", "no-cache in it asks each time")
            .origin("Cache-Control: max-age=600 | CDN-Cache-Control: no-cache")
            .miss()
            .again(),
        row("9213 §2.2", "without a lifetime Expires does not count: the configured one does")
            .with(|config| {
                config.cache.lifetime.segment = secs(600);
            })
            .origin("Expires: {T+9000} | CDN-Cache-Control: public")
            .lives(600),
        row("9213 §2.2", "both pass on, for caches behind this one")
            .origin("Cache-Control: max-age=5 | CDN-Cache-Control: max-age=600")
            .get("", 200, MISS, &["GET"])
            .has("Cache-Control: max-age=5 | CDN-Cache-Control: max-age=600")
            .get("", 200, HIT, &[])
            .has("Cache-Control: max-age=5 | CDN-Cache-Control: max-age=600"),
    ]);
    rows
}

#[tokio::test]
async fn which_field_governs() {
    run(rows()).await;
}
