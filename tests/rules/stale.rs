//! RFC 9111 section 4.2.4 and RFC 5861: when a stale response is served, and when it must not be.

use edge::Config;

use super::row::{AGAIN, HIT, MISS, OTHER, REFUSED, RENEWED, Row, STALE, row, secs};
use super::run::run;
use crate::world::Step;

pub(super) fn rows() -> Vec<Row> {
    [while_revalidate(), if_error(), memory(), forbidden()].concat()
}

/// An origin that failed is left alone for longer than a row takes.
fn patient(config: &mut Config) {
    config.cache.retry_after_failure = secs(200);
}

fn while_revalidate() -> Vec<Row> {
    let swr = "ETag: \"a\" | Cache-Control: max-age=600, stale-while-revalidate=300";
    let by_tag = "GET if-none-match: \"a\"";
    vec![
        row("5861 §3", "within its time at once, and behind it the question")
            .origin(swr)
            .sends(200, "Cache-Control: max-age=600", "new")
            .miss()
            .after(800)
            .get("", 200, STALE, &[by_tag])
            .body("0123456789")
            .age(800)
            .get("", 200, HIT, &[])
            .body("new"),
        row("5861 §3", "a 304 behind renews")
            .origin(swr)
            .answers_with(304, swr)
            .miss()
            .after(800)
            .get("", 200, STALE, &[by_tag])
            .hit(),
        row("5861 §3", "beyond its time the question first")
            .origin(swr)
            .answers_with(304, swr)
            .miss()
            .after(910)
            .get("", 200, RENEWED, &[by_tag]),
        row("5861 §3", "a failure behind leaves what is stale for its time")
            .with(patient)
            .origin("Cache-Control: max-age=600, stale-while-revalidate=300, stale-if-error=0")
            .answers_with(503, "")
            .miss()
            .after(650)
            .get("", 200, STALE, &["GET"])
            .get("", 200, STALE, &["GET"])
            .after(300)
            .get("", 503, "fwd=stale; fwd-status=503", &["GET"]),
        row("5861 §3", "a malformed time is none")
            .origin("Cache-Control: max-age=600, stale-while-revalidate=x")
            .miss()
            .after(610)
            .again(),
    ]
}

fn if_error() -> Vec<Row> {
    let held = |shows, control: &str| {
        row("5861 §4", shows).with(patient).origin(format!("Cache-Control: {control}"))
    };
    let sie = "max-age=600, stale-if-error=300";
    let mut rows: Vec<_> = [500, 502, 503, 504]
        .map(|status| {
            held("within its time in place of an error", sie)
                .answers_with(status, "")
                .miss()
                .after(800)
                .get("", 200, "hit; detail=stale", &["GET"])
                .body("0123456789")
                .age(800)
        })
        .into();
    rows.extend([
        held("also where there is no answer", sie)
            .does(vec![Step::Close])
            .miss()
            .after(800)
            .get("", 200, STALE, &["GET", "GET"]),
        held("beyond its time the error", sie)
            .answers_with(503, "")
            .miss()
            .after(910)
            .get("", 503, "fwd=stale; fwd-status=503", &["GET"])
            .body("0123456789"),
        held("beyond its time no answer is 502", sie)
            .does(vec![Step::Close])
            .miss()
            .after(910)
            .get("", 502, REFUSED, &["GET", "GET"]),
        held("404 is an answer", sie)
            .answers_with(404, "Cache-Control: no-store")
            .miss()
            .after(800)
            .get("", 404, "fwd=stale; fwd-status=404", &["GET"]),
        held("an origin may take back what the operator allows", "max-age=600, stale-if-error=0")
            .answers_with(503, "")
            .miss()
            .after(700)
            .get("", 503, "fwd=stale; fwd-status=503", &["GET"]),
        row("5861 §4, 9110 §15", "a status of the same class that nobody knows counts as 500")
            .with(patient)
            .origin(format!("Cache-Control: {sie}"))
            .answers_with(520, "")
            .miss()
            .after(800)
            .get("", 200, STALE, &["GET"]),
        row("5861 §4", "every status of the class counts as an error")
            .with(patient)
            .origin(format!("Cache-Control: {sie}"))
            .answers_with(501, "")
            .miss()
            .after(800)
            .get("", 200, STALE, &["GET"])
            .deviates(
                "the document names 500, 502, 503 and 504; an origin that had the object and answers GET with another \
                 error of its own is in trouble too",
            ),
        row("9111 §4.2.4", "the operator's word counts where the origin says nothing")
            .with(patient)
            .origin("Cache-Control: max-age=600")
            .answers_with(503, "")
            .miss()
            .after(9000)
            .get("", 200, STALE, &["GET"]),
        row("9111 §4.2.4", "and where nobody allows it nothing stale is served")
            .with(patient)
            .origin("Cache-Control: max-age=600")
            .answers_with(503, "")
            .miss()
            .after(610)
            .get("", 503, "fwd=stale; fwd-status=503", &["GET"])
            .all_at(OTHER),
    ]);
    rows
}

fn memory() -> Vec<Row> {
    vec![
        row("5861 §4", "an origin that failed is not asked again at once")
            .with(patient)
            .origin("Cache-Control: max-age=600")
            .answers_with(503, "")
            .origin("Cache-Control: max-age=600")
            .miss()
            .after(700)
            .get("", 200, STALE, &["GET"])
            .get("", 200, STALE, &[])
            .after(100)
            .get("", 200, STALE, &[])
            .after(110)
            .again()
            .hit(),
        row("5861 §4", "but no longer than stale use is allowed")
            .with(patient)
            .origin("Cache-Control: max-age=600, stale-if-error=150")
            .answers_with(503, "")
            .origin("")
            .miss()
            .after(700)
            .get("", 200, STALE, &["GET"])
            .get("", 200, STALE, &[])
            .after(60)
            .again(),
    ]
}

fn forbidden() -> Vec<Row> {
    let mut rows = Vec::new();
    for (sections, control) in [
        ("9111 §5.2.2.2, 9111 §4.2.4", "max-age=600, must-revalidate"),
        ("9111 §5.2.2.8, 9111 §4.2.4", "max-age=600, proxy-revalidate"),
        ("9111 §5.2.2.10, 9111 §4.2.4", "s-maxage=600"),
        ("9111 §5.2.2.4, 9111 §4.2.4", "no-cache, max-age=600"),
        ("9111 §5.2.2.2, 5861 §3", "max-age=600, must-revalidate, stale-while-revalidate=900"),
        ("9111 §5.2.2.2, 5861 §4", "max-age=600, must-revalidate, stale-if-error=900"),
    ] {
        rows.push(
            row(sections, "forbids stale use, whoever allows it")
                .origin(format!("Cache-Control: {control}"))
                .answers_with(503, "")
                .miss()
                .after(700)
                .get("", 503, "fwd=stale; fwd-status=503", &["GET"]),
        );
    }
    rows.extend([
        row("9111 §5.2.2.2", "where there is no answer an error is made")
            .origin("Cache-Control: max-age=600, must-revalidate")
            .does(vec![Step::Close])
            .miss()
            .after(700)
            .get("", 502, REFUSED, &["GET", "GET"])
            .deviates("504 is what the standard names unless another status fits better; 502 tells no answer from a late one"),
        row("9111 §4.2.4, 9111 §5.1", "what is served stale states its age")
            .with(patient)
            .origin("Cache-Control: max-age=600 | Age: 100")
            .answers_with(503, "")
            .get("", 200, MISS, &["GET"])
            .after(600)
            .get("", 200, STALE, &["GET"])
            .age(700)
            .ttl(-100),
        row("9111 §4.2", "what was renewed is no longer stale")
            .origin("Cache-Control: max-age=600")
            .miss()
            .after(700)
            .get("", 200, AGAIN, &["GET"])
            .hit(),
    ]);
    rows
}

#[tokio::test]
async fn what_is_served_stale() {
    run(rows()).await;
}
