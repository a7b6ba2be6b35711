//! An answer that breaks off or stalls is asked for from there, under its strong tag, a bounded number of times.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Method, StatusCode};

use crate::world::film::Film;
use crate::world::origin::{answer, chunk, head};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Script, Seen, Step, Viewer, World, ms};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const LENGTH: u64 = 300_000;

/// How an answer ends too early.
#[derive(Clone, Copy, Debug)]
enum Break {
    Close,
    Reset,
    Stall,
}

impl Break {
    fn step(self) -> Step {
        match self {
            Self::Close => Step::Close,
            Self::Reset => Step::Reset,
            Self::Stall => Step::Wait(Gate::new()),
        }
    }
}

/// The answer, of which so many bytes of the body come. A reset would overtake what is on its way to the edge: the
/// body before it is sent when `gate` opens.
fn broken(film: &Film, seen: &Seen, after: u64, how: Break) -> Script {
    let mut script = film.answer(seen);
    let Some(Step::Send(body)) = script.get_mut(1) else { return script };
    body.truncate(usize::try_from(after).expect("small"));
    script.push(how.step());
    script
}

/// An edge that waits for a stalled origin shortly.
async fn world(script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> World {
    World::with(script, |config| config.origin[0].stall_timeout = ms(150)).await
}

/// A range that was asked for, and the tag.
type Asked = (Option<(u64, u64)>, Option<String>);

/// What was asked for after the first question.
fn asked_for_rest(world: &World) -> Vec<Asked> {
    let rest = world.origin.seen().into_iter().skip(1);
    rest.map(|seen| (seen.range(), seen.header("if-range").map(ToOwned::to_owned))).collect()
}

/// Nothing of the fault is kept.
async fn keeps_nothing(world: &World) {
    world.settle().await;
    assert_eq!(world.stored().await, Vec::<serde_json::Value>::new());
    assert_eq!(world.cache().await["held_bytes"], 0);
}

#[tokio::test]
async fn the_rest_is_asked_for_from_exactly_there_and_followers_notice_nothing() {
    for after in [0, 1, 1000, 65_536, LENGTH / 2, LENGTH - 1] {
        for how in [Break::Close, Break::Stall] {
            let film = Film::new(LENGTH, after);
            let shown = film.clone();
            let world = world(move |seen| match seen.range() {
                None => broken(&shown, seen, after, how),
                Some(_) => shown.answer(seen),
            })
            .await;
            let viewers = [world.viewer(), Viewer::http2(world.address()), world.viewer()];
            let all = futures_util::future::join_all(viewers.iter().map(|viewer| viewer.get(SEGMENT))).await;
            for response in all {
                assert_eq!(
                    (response.status, response.whole),
                    (StatusCode::OK, true),
                    "{how:?} after {after}"
                );
                film.check(0..LENGTH, &response.body);
            }
            let rest = (Some((after, LENGTH - 1)), Some(format!("\"v{after}\"")));
            assert_eq!(asked_for_rest(&world), [rest], "{how:?} after {after}");
            assert_eq!(world.get(SEGMENT).await.cache_status(), "spokecast; hit");
        }
    }
}

/// A reset takes with it what has not been read yet, so that only the viewer knows where it was.
#[tokio::test]
async fn a_reset_is_mended_wherever_it_comes() {
    let (film, gate) = (Film::new(LENGTH, 1), Gate::new());
    let (shown, held) = (film.clone(), gate.clone());
    let world = world(move |seen| match seen.range() {
        None => {
            let mut script = broken(&shown, seen, 100_000, Break::Reset);
            script.insert(2, Step::Wait(held.clone()));
            script
        }
        Some(_) => shown.answer(seen),
    })
    .await;
    let mut response = world.viewer().open(Method::GET, SEGMENT, &[]).await;
    let mut got = read_some(response.body_mut(), 100_000).await;
    gate.open();
    got.extend_from_slice(&Response::read(response).await.body);
    film.check(0..LENGTH, &got);
    assert_eq!(asked_for_rest(&world), [(Some((100_000, LENGTH - 1)), Some("\"v1\"".to_owned()))]);
}

/// Chunks say nothing of the end: the rest is all that is left, and must be stated to be.
#[tokio::test]
async fn a_chunked_answer_is_resumed_where_the_rest_states_the_end() {
    for (stated, whole) in [
        ("bytes 1000-299999/300000", true),
        ("bytes 1000-1999/300000", false),
        ("bytes 1000-299999/*", false),
    ] {
        for last_chunk in [true, false] {
            let film = Film::new(LENGTH, 1);
            let shown = film.clone();
            let world = world(move |seen| {
                let chunked = ("Transfer-Encoding", "chunked");
                let Some(_) = seen.range() else {
                    return vec![
                        shown.head("200 OK", &[chunked]),
                        Step::Send(chunk(&shown.bytes(0..1000))),
                        Step::Close,
                    ];
                };
                let end = if last_chunk { LENGTH } else { LENGTH - 7 };
                let body = [chunk(&shown.bytes(1000..end)), chunk(b"")].concat();
                vec![
                    shown.head("206 Partial Content", &[chunked, ("Content-Range", stated)]),
                    Step::Send(body),
                ]
            })
            .await;
            let response = world.get(SEGMENT).await;
            assert_eq!(response.whole, whole && last_chunk, "{stated} {last_chunk}");
            if response.whole {
                film.check(0..LENGTH, &response.body);
            } else {
                keeps_nothing(&world).await;
            }
        }
    }
}

#[tokio::test]
async fn an_origin_that_breaks_off_again_and_again_is_asked_no_more_than_so_often() {
    for most in [0, 1, 2, 5] {
        let film = Film::new(LENGTH, 1);
        let shown = film.clone();
        let script = move |seen: &Seen| broken(&shown, seen, 1000, Break::Close);
        let world = World::with(script, |config| config.origin[0].max_resumes = most).await;
        let response = world.get(SEGMENT).await;
        assert!(!response.whole);
        let got = response.body.len() as u64;
        assert_eq!(got, 1000 * (u64::from(most) + 1));
        film.check(0..got, &response.body);
        let rest: Vec<_> = (1..=u64::from(most)).map(|count| Some((1000 * count, LENGTH - 1))).collect();
        assert_eq!(asked_for_rest(&world).into_iter().map(|(range, _)| range).collect::<Vec<_>>(), rest);
        keeps_nothing(&world).await;
    }
}

/// Each as the answer to the question for the rest.
#[tokio::test]
async fn an_answer_that_is_not_the_rest_breaks_the_transfer() {
    let film = Film::new(LENGTH, 1);
    let part = |first: u64, last: u64, complete: u64, from: &Film| {
        let stated = format!("bytes {first}-{last}/{complete}");
        let length = (last + 1 - first).to_string();
        vec![
            from.head("206 Partial Content", &[("Content-Range", &stated), ("Content-Length", &length)]),
            Step::Send(from.bytes(first..last + 1)),
        ]
    };
    let other = Film::new(LENGTH, 2);
    let faults: Vec<(&str, Script)> = vec![
        ("another tag", part(1000, LENGTH - 1, LENGTH, &other)),
        ("no tag", part(1000, LENGTH - 1, LENGTH, &film.clone().without("ETag"))),
        ("a weak tag", part(1000, LENGTH - 1, LENGTH, &film.clone().with("ETag", "W/\"v1\""))),
        ("the whole", film.whole()),
        ("another whole", other.whole()),
        ("too early", part(999, LENGTH - 1, LENGTH, &film)),
        ("too late", part(1001, LENGTH - 1, LENGTH, &film)),
        ("ends early", part(1000, LENGTH - 2, LENGTH, &film)),
        ("another length", part(1000, LENGTH - 1, LENGTH + 1, &film)),
        ("coded", part(1000, LENGTH - 1, LENGTH, &film.clone().with("Content-Encoding", "gzip"))),
        (
            "no Content-Range",
            vec![
                film.head("206 Partial Content", &[("Content-Length", "299000")]),
                Step::Send(film.bytes(1000..LENGTH)),
            ],
        ),
        ("416", answer("416 Range Not Satisfiable", "", &[("Content-Range", "bytes */300000")])),
        ("404", answer("404 Not Found", "gone", &[])),
        ("503", answer("503 Service Unavailable", "busy", &[])),
        ("304", vec![Step::Send(head("304 Not Modified", &[("ETag", "\"v1\"")]))]),
        ("a redirect", answer("302 Found", "", &[("Location", "/elsewhere")])),
    ];
    for (what, fault) in faults {
        let shown = film.clone();
        let world = world(move |seen| match seen.range() {
            None => broken(&shown, seen, 1000, Break::Close),
            Some(_) => fault.clone(),
        })
        .await;
        let response = world.get(SEGMENT).await;
        assert_eq!((response.status, response.whole), (StatusCode::OK, false), "{what}");
        film.check(0..1000, &response.body);
        assert_eq!(world.origin.count(), 2, "{what}");
        keeps_nothing(&world).await;
    }
}

#[tokio::test]
async fn without_a_strong_validator_nothing_is_resumed() {
    let film = Film::new(LENGTH, 1);
    for film in [
        film.clone().without("ETag"),
        film.clone().with("ETag", "W/\"v1\""),
        film.clone().with("ETag", "v1"),
        film.without("ETag").with("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ] {
        let shown = film.clone();
        let world = world(move |seen| broken(&shown, seen, 1000, Break::Close)).await;
        assert!(!world.get(SEGMENT).await.whole);
        assert_eq!(world.origin.count(), 1, "{film:?}");
        keeps_nothing(&world).await;
    }
}

#[tokio::test]
async fn a_slice_is_resumed_within_its_bounds() {
    const MIB: u64 = 1 << 20;
    let film = Film::new(40 * MIB, 1);
    for known in [false, true] {
        let (shown, breaks) = (film.clone(), Arc::new(AtomicUsize::new(0)));
        let world = world(move |seen| {
            let is_slice = seen.range() == Some((9 * MIB, 10 * MIB - 1));
            let first = is_slice && breaks.fetch_add(1, Ordering::Relaxed) == 0;
            if first { broken(&shown, seen, 4321, Break::Close) } else { shown.answer(seen) }
        })
        .await;
        if known {
            world.viewer().ask("/files/film.mp4", &[("range", "bytes=0-9")]).await;
            world.settle().await;
        }
        let response = world.viewer().ask("/files/film.mp4", &[("range", "bytes=9437184-10485759")]).await;
        film.check(9 * MIB..10 * MIB, &response.body);
        world.settle().await;
        let last = asked_for_rest(&world).pop().expect("asked");
        assert_eq!(last, (Some((9 * MIB + 4321, 10 * MIB - 1)), Some("\"v1\"".to_owned())));
        assert_eq!(world.origin.count(), if known { 3 } else { 2 });
    }
}

#[tokio::test]
async fn a_manifest_is_resumed_before_it_is_read() {
    const MANIFEST: &str =
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg-1.ts\n#EXTINF:4,\nseg-2.ts\n#EXT-X-ENDLIST\n";
    for after in [0, 1, 40, MANIFEST.len() - 1] {
        let world = world(move |seen| match seen.range() {
            None => {
                let length = MANIFEST.len().to_string();
                let head = head("200 OK", &[("ETag", "\"m\""), ("Content-Length", &length)]);
                vec![Step::Send(head), Step::Send(MANIFEST.as_bytes()[..after].to_vec()), Step::Close]
            }
            Some((first, last)) => {
                let stated = format!("bytes {first}-{last}/{}", MANIFEST.len());
                let first = usize::try_from(first).expect("small");
                answer(
                    "206 Partial Content",
                    &MANIFEST[first..],
                    &[("ETag", "\"m\""), ("Content-Range", &stated)],
                )
            }
        })
        .await;
        let response = world.get("/vod/0_meadow01/index.m3u8").await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, MANIFEST));
        assert_eq!(world.origin.count(), 2);
    }
}

/// The answer to PUT has the tag of the new object, and is not that object.
#[tokio::test]
async fn the_answer_to_an_unsafe_method_is_not_resumed() {
    let film = Film::new(LENGTH, 1);
    let shown = film.clone();
    let script = move |seen: &Seen| {
        if seen.head.starts_with("PUT ") {
            broken(&shown, seen, 1000, Break::Close)
        } else {
            shown.answer(seen)
        }
    };
    let world =
        World::with(script, |config| config.origin[0].methods = vec![edge::config::PassedMethod::Put]).await;
    let response = world.viewer().request(Method::PUT, SEGMENT, &[]).await;
    assert!(!response.whole && response.body.len() == 1000);
    assert_eq!(world.origin.count(), 1);
}
