//! The request path does not allocate: what the edge asks about every request.

use media::url::{Kind, Rules};
use media::{authority, path, query, relay};

const URLS: [&str; 4] = [
    "/kVOD/cdn.example/hls/p/101/sp/10100/serveFlavor/entryId/1_abcd2345/v/2/flavorId/0_flav1234/name/a.mp4/seg-12-v1-a1.ts",
    "/p/101/e/0_live5678/sd/4000/t/token/part-148-3-s32-v.m4s",
    "/vod/film/720p/seg_003.m4s",
    "/nothing/that/a/rule/knows.bin",
];

fn recognise_all(rules: &Rules) -> [Kind; 4] {
    URLS.map(|url| {
        let canonical = path::canonical(url).expect("a path");
        let relay = relay::peel(&canonical, &relay::APPS).expect("a relay");
        assert!(relay.hops().all(|hop| authority::lower(hop.host) == "cdn.example"));
        assert_eq!(query::without_credentials("a=1&_HLS_msn=3"), "a=1&_HLS_msn=3");
        rules.recognise(relay.rest).kind
    })
}

#[test]
fn a_warm_thread_does_not_allocate() {
    let rules = Rules::builtin();
    let cold = allocation_counter::measure(|| {
        recognise_all(&rules);
    });
    assert!(cold.count_total > 0, "the counter counts");
    let warm = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert_eq!(recognise_all(&rules), [Kind::Segment, Kind::Part, Kind::Segment, Kind::Other]);
        }
    });
    assert_eq!(warm.count_total, 0);
}

/// Numbers that were never seen before lead through states that were.
#[test]
fn new_urls_of_a_known_form_do_not_allocate() {
    let rules = Rules::builtin();
    let urls: Vec<String> =
        (1_000..1_400).map(|number| URLS[0].replace("seg-12-", &format!("seg-{number}-"))).collect();
    let (first, rest) = urls.split_at(100);
    let segment = |url: &String| rules.recognise(url).segment;
    assert!(first.iter().map(segment).eq((1_000..1_100).map(Some)));
    let warm = allocation_counter::measure(|| {
        assert!(rest.iter().map(segment).eq((1_100..1_400).map(Some)));
    });
    assert_eq!(warm.count_total, 0);
}

/// Every thread has its own states, so the second thread is warm once it has seen the forms.
#[test]
fn another_thread_warms_up_too() {
    let rules = Rules::builtin();
    recognise_all(&rules);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            recognise_all(&rules);
            let warm = allocation_counter::measure(|| {
                recognise_all(&rules);
            });
            assert_eq!(warm.count_total, 0);
        });
    });
}
