//! Small requests that are meant to make much traffic between edge and origin, or to send much to a viewer.

use futures_util::future::join_all;
use http::StatusCode;

use crate::world::origin::{answer, ok};
use crate::world::{Seen, World};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const SIZE: usize = 1 << 20;

/// A segment without validators, whole or the part that is asked for.
async fn world() -> World {
    let body = vec![7; SIZE];
    World::new(move |seen: &Seen| {
        let fields = [("Cache-Control", "max-age=60")];
        let asked = seen.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let Some((first, last)) = asked.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last)))
        else {
            return ok(&body, &fields);
        };
        let last = last.parse().map_or(SIZE - 1, |last: usize| last.min(SIZE - 1));
        if first > last {
            let length = format!("bytes */{SIZE}");
            return answer("416 Range Not Satisfiable", "", &[("Content-Range", &length)]);
        }
        let range = format!("bytes {first}-{last}/{SIZE}");
        let fields = [&fields[..], &[("Content-Range", &range)]].concat();
        answer("206 Partial Content", &body[first..=last], &fields)
    })
    .await
}

/// How much came from the origin, as a multiple of the object.
async fn fetched(world: &World) -> f64 {
    const SIZE: f64 = 1_048_576.0;
    world.settle().await;
    world.metric("spokecast_origin_bytes_total{origin=\"origin\"}").await / SIZE
}

/// A thousand first bytes with a thousand queries: the queries are dropped before the key, so that the origin
/// sends the object once at most.
#[tokio::test]
async fn single_bytes_with_random_queries_cost_one_object() {
    let world = world().await;
    let viewer = world.viewer();
    for round in 0..10 {
        let ask = async |number: u32| {
            let path = format!("{SEGMENT}?x={number}&{number}=y&ks={number}");
            viewer.ask(&path, &[("Range", "bytes=0-0")]).await
        };
        for response in join_all((round * 100..(round + 1) * 100).map(ask)).await {
            assert_eq!((response.status, response.body.len()), (StatusCode::PARTIAL_CONTENT, 1));
        }
    }
    assert!(fetched(&world).await <= 1.0);
}

/// One byte each of a thousand places.
#[tokio::test]
async fn single_bytes_everywhere_cost_one_object() {
    let world = world().await;
    let viewer = world.viewer();
    let ask = async |number: usize| {
        let at = number * 1009 % SIZE;
        viewer.ask(SEGMENT, &[("Range", &format!("bytes={at}-{at}"))]).await
    };
    for response in join_all((0..1000).map(ask)).await {
        assert_eq!((response.status, response.body.len()), (StatusCode::PARTIAL_CONTENT, 1));
    }
    // What is fetched twice is at most one slice for each place asked about before the object is stored.
    assert!(fetched(&world).await <= 2.0);
}

/// Hundreds of overlapping ranges in one field, or in many: at most the object, once, whole.
#[tokio::test]
async fn storms_of_ranges_send_at_most_the_object_once() {
    let world = world().await;
    let overlapping = format!("bytes={}", ["0-"; 500].join(","));
    let tiny = format!(
        "bytes={}",
        (0..500).map(|index| format!("{0}-{0}", 2 * index)).collect::<Vec<_>>().join(",")
    );
    let backwards =
        format!("bytes={}", (0..500).map(|index| format!("-{index}")).collect::<Vec<_>>().join(","));
    for field in [overlapping, tiny, backwards] {
        let response = world.viewer().ask(SEGMENT, &[("Range", &field)]).await;
        assert_eq!((response.status, response.body.len()), (StatusCode::OK, SIZE));
        assert_eq!(response.header("content-range"), "");
    }
    let twice = world.viewer().ask(SEGMENT, &[("Range", "bytes=0-"), ("Range", "bytes=0-")]).await;
    assert_eq!((twice.status, twice.body.len()), (StatusCode::OK, SIZE));
    assert!(fetched(&world).await <= 1.0);
}

/// As a miss, while it is filled, and as a hit.
#[tokio::test]
async fn ranges_at_the_ends_of_64_bits_are_inside_or_refused() {
    const LARGEST: u64 = u64::MAX;
    for (range, length) in [
        (format!("bytes=0-{LARGEST}"), Some(SIZE)),
        (format!("bytes=-{LARGEST}"), Some(SIZE)),
        (format!("bytes={}-{LARGEST}", SIZE - 1), Some(1)),
        (format!("bytes=0-{}", "9".repeat(1000)), Some(SIZE)),
        (format!("bytes={LARGEST}-{LARGEST}"), None),
        (format!("bytes={LARGEST}-"), None),
        (format!("bytes={}-", i64::MAX), None),
        (format!("bytes={}-", "9".repeat(1000)), None),
        (format!("bytes={SIZE}-"), None),
        ("bytes=-0".to_owned(), None),
    ] {
        let world = world().await;
        let viewer = world.viewer();
        for _ in 0..2 {
            let fields = [("Range", range.as_str())];
            let (one, two) = tokio::join!(viewer.ask(SEGMENT, &fields), viewer.ask(SEGMENT, &fields));
            for response in [one, two] {
                match length {
                    Some(length) => {
                        assert!(
                            matches!(response.status, StatusCode::OK | StatusCode::PARTIAL_CONTENT),
                            "{range}"
                        );
                        assert_eq!((response.whole, response.body.len()), (true, length), "{range}");
                    }
                    None => assert_eq!(response.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}"),
                }
            }
            assert!(fetched(&world).await <= 2.0, "{range}");
        }
    }
}
