//! Origins that have no ranges, or none that can be trusted, and objects that are not for everybody.

use http::{Method, StatusCode};

use super::{FILM, MIB, ranges, read_range, slice};
use crate::world::film::{Film, SLICE};
use crate::world::{Response, Script, Seen, Step, World};

/// What an origin makes of a question for the bytes from one to another.
type Lie = fn(&Film, u64, u64) -> Script;

/// A part whose `Content-Range`, and more, are as told.
fn lying(film: &Film, stated: &str, bytes: &[u8], length: Option<usize>) -> Script {
    let length = length.unwrap_or(bytes.len()).to_string();
    let head = film.head("206 Partial Content", &[("Content-Range", stated), ("Content-Length", &length)]);
    vec![head, Step::Send(bytes.to_vec())]
}

/// A viewer's range is answered rightly, or with an error, or breaks off: never with other bytes.
async fn is_never_wrong(film: &Film, what: &str, world: &World) -> Vec<Response> {
    let mut got = Vec::new();
    for (first, last) in [(3 * MIB, 3 * MIB + 99), (5 * MIB - 5, 5 * MIB + 5), (0, 9)] {
        let response = world.viewer().ask(FILM, &[("range", &format!("bytes={first}-{last}"))]).await;
        if response.status == StatusCode::PARTIAL_CONTENT {
            assert_eq!(response.header("content-range"), film.content_range(&(first..last + 1)), "{what}");
            let end = first + response.body.len() as u64;
            assert!(response.whole == (end == last + 1), "{what}: {first} to {end}");
            film.check(first..end, &response.body);
        } else {
            assert!(response.status.is_server_error(), "{what}: {}", response.status);
        }
        got.push(response);
    }
    world.settle().await;
    got
}

fn all_right(responses: &[Response]) -> bool {
    responses.iter().all(|response| response.status == StatusCode::PARTIAL_CONTENT && response.whole)
}

/// Whether the origin says that it has ranges or not.
#[tokio::test]
async fn an_origin_that_ignores_ranges_is_asked_for_the_whole_and_ranges_are_cut_from_it() {
    for film in [Film::new(6 * MIB, 1), Film::new(20 * MIB, 1)] {
        for film in [film.clone(), film.without("Accept-Ranges")] {
            let shown = film.clone();
            let world = World::new(move |_| shown.whole()).await;
            assert!(all_right(&is_never_wrong(&film, "ignores", &world).await), "{film:?}");
            // What fits is there by now. What does not has to come anew, for each.
            let most = if film.length() == 6 * MIB { 1 } else { 3 };
            assert!(world.origin.count() <= most, "{:?}", ranges(&world));
            let whole = world.get(FILM).await;
            film.check(0..film.length(), &whole.body);
        }
    }
}

#[tokio::test]
async fn parts_that_are_not_what_was_asked_for_reach_nobody() {
    let film = Film::new(40 * MIB, 1);
    let lies: [(&str, Lie); 8] = [
        ("shifted", |film, first, last| {
            lying(
                film,
                &format!("bytes {}-{}/{}", first + 1, last + 1, 40 * MIB),
                &film.bytes(first + 1..last + 2),
                None,
            )
        }),
        ("too little", |film, first, last| {
            lying(film, &film.content_range(&(first..last - 9)), &film.bytes(first..last - 9), None)
        }),
        ("fewer bytes than stated", |film, first, last| {
            lying(film, &film.content_range(&(first..last + 1)), &film.bytes(first..last - 9), None)
        }),
        ("more bytes than stated", |film, first, last| {
            lying(film, &film.content_range(&(first..last + 1)), &film.bytes(first..last + 9), None)
        }),
        ("cut off", |film, first, last| {
            let length = usize::try_from(last + 1 - first).expect("small");
            [
                lying(
                    film,
                    &film.content_range(&(first..last + 1)),
                    &film.bytes(first..first + 99_999),
                    Some(length),
                ),
                vec![Step::Close],
            ]
            .concat()
        }),
        ("ends its chunks early", |film, first, last| {
            let stated = film.content_range(&(first..last + 1));
            let fields = [("Content-Range", stated.as_str()), ("Transfer-Encoding", "chunked")];
            let bytes = crate::world::origin::chunk(&film.bytes(first..first + 1000));
            vec![
                film.head("206 Partial Content", &fields),
                Step::Send([bytes, b"0\r\n\r\n".to_vec()].concat()),
            ]
        }),
        ("no Content-Range", |film, first, last| {
            vec![
                film.head("206 Partial Content", &[("Content-Length", "1048576")]),
                Step::Send(film.bytes(first..last + 1)),
            ]
        }),
        ("several parts", |film, first, last| {
            let stated = film.content_range(&(first..last + 1));
            let mut body = format!("--x\r\nContent-Range: {stated}\r\n\r\n").into_bytes();
            body.extend(film.bytes(first..last + 1));
            body.extend(b"\r\n--x--\r\n");
            let fields = [
                ("Content-Type", "multipart/byteranges; boundary=x"),
                ("Content-Length", &body.len().to_string()),
            ];
            vec![film.head("206 Partial Content", &fields), Step::Send(body)]
        }),
    ];
    // From the first question on, or from the second.
    for honest in [0, 1] {
        for (what, lie) in lies {
            let (shown, count) = (film.clone(), std::sync::atomic::AtomicUsize::new(0));
            let world = World::new(move |seen: &Seen| {
                let before = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                match seen.range() {
                    Some((first, last)) if before >= honest => lie(&shown, first, last.min(40 * MIB - 1)),
                    _ => shown.answer(seen),
                }
            })
            .await;
            is_never_wrong(&film, what, &world).await;
            assert!(world.origin.count() < 20, "{what}: {:?}", ranges(&world));
        }
    }
}

/// `*` in place of the length: the edge cannot say where it ends, and takes the whole.
#[tokio::test]
async fn a_part_of_unknown_length_is_of_no_use() {
    let film = Film::new(6 * MIB, 1);
    let shown = film.clone();
    let world = World::new(move |seen| match seen.range() {
        Some((first, last)) => {
            lying(&shown, &format!("bytes {first}-{last}/*"), &shown.bytes(first..last + 1), None)
        }
        None => shown.whole(),
    })
    .await;
    assert!(all_right(&is_never_wrong(&film, "*", &world).await));
    assert_eq!(ranges(&world), [slice(3), None]);
}

/// Without a strong validator nothing says that two parts are of one object.
#[tokio::test]
async fn without_a_strong_validator_what_fits_is_kept_whole_and_the_rest_passes_range_by_range() {
    for film in [Film::new(6 * MIB, 1), Film::new(40 * MIB, 1)] {
        for film in [film.clone().without("ETag"), film.with("ETag", "W/\"v1\"")] {
            let shown = film.clone();
            let world = World::new(move |seen| shown.answer(seen)).await;
            assert!(all_right(&is_never_wrong(&film, "weak", &world).await));
            if film.length() == 6 * MIB {
                assert_eq!(ranges(&world), [slice(3), None]);
                assert_eq!(world.stored().await.len(), 1);
            } else {
                let own = [Some((3 * MIB, 3 * MIB + 99)), Some((5 * MIB - 5, 5 * MIB + 5)), Some((0, 9))];
                assert_eq!(ranges(&world), [&[slice(3)][..], &own].concat());
                assert!(world.stored().await.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn ranges_of_what_is_not_shared_go_each_their_own_way() {
    for control in ["no-store", "private, max-age=60"] {
        for length in [3 * MIB, 40 * MIB] {
            let film = Film::new(length, 1).with("Cache-Control", control);
            let shown = film.clone();
            let world = World::new(move |seen| shown.answer(seen)).await;
            let viewers: Vec<_> = (0..10).map(|_| world.viewer()).collect();
            let asked = viewers.iter().enumerate().map(|(index, viewer)| {
                let first = index as u64 * 1000;
                read_range(viewer, &film, first, first + 99)
            });
            futures_util::future::join_all(asked).await;
            world.settle().await;
            // One slice shows what it is; then each viewer's own range.
            let mut asked = ranges(&world);
            assert_eq!(asked.remove(0), slice(0));
            asked.sort_unstable();
            let own: Vec<_> = (0..10).map(|index| Some((index * 1000, index * 1000 + 99))).collect();
            assert_eq!(asked, own, "{control} {length}");
            assert!(world.stored().await.is_empty());
            assert_eq!(world.cache().await["held_bytes"], 0);
        }
    }
}

/// A range that goes its own way is checked like any other.
#[tokio::test]
async fn a_lie_about_an_unshared_range_is_not_passed_on() {
    let film = Film::new(3 * MIB, 1).with("Cache-Control", "no-store");
    for stated in ["bytes 1-100/3145728", "bytes 0-9/3145728", "bytes 5-104/*", "canary", ""] {
        let shown = film.clone();
        let world = World::new(move |seen| match seen.range() {
            Some((0, 99)) => lying(&shown, stated, &shown.bytes(0..100), None),
            _ => shown.answer(seen),
        })
        .await;
        let response = world.viewer().ask(FILM, &[("range", "bytes=0-99")]).await;
        if stated == "bytes 0-9/3145728" {
            assert!(!response.whole || response.status.is_server_error(), "more bytes than stated");
        } else {
            assert_eq!(response.header("content-range"), "bytes 0-99/3145728", "{stated}");
            film.check(0..100, &response.body);
        }
    }
}

/// The same tag over coded bytes: they are not of one body.
#[tokio::test]
async fn slices_that_are_coded_otherwise_are_refused() {
    let film = Film::new(40 * MIB, 1);
    let shown = film.clone();
    let world = World::new(move |seen| match seen.range() {
        Some((first, _)) if first > 0 => shown.clone().with("Content-Encoding", "br").answer(seen),
        _ => shown.answer(seen),
    })
    .await;
    read_range(&world.viewer(), &film, 0, 9).await;
    world.settle().await;
    let mut response = world.viewer().open(Method::GET, FILM, &[("range", "bytes=0-")]).await;
    let begun = crate::world::viewer::read_some(response.body_mut(), 10).await;
    let rest = Response::read(response).await;
    assert!(!rest.whole && begun.len() + rest.body.len() <= usize::try_from(SLICE).expect("small"));
}

/// A part that says that it is all there is, and is not.
#[tokio::test]
async fn a_whole_that_came_as_a_part_is_not_stored_short() {
    for chunked in [false, true] {
        let film = Film::new(1000, 1).without("ETag");
        let shown = film.clone();
        let world = World::new(move |seen| {
            let stated = shown.content_range(&(0..1000));
            if seen.range().is_none() {
                return shown.whole();
            }
            if !chunked {
                return lying(&shown, &stated, &shown.bytes(0..500), None);
            }
            let fields = [("Content-Range", stated.as_str()), ("Transfer-Encoding", "chunked")];
            let body = [crate::world::origin::chunk(&shown.bytes(0..500)), b"0\r\n\r\n".to_vec()].concat();
            vec![shown.head("206 Partial Content", &fields), Step::Send(body)]
        })
        .await;
        let response = world.viewer().ask(FILM, &[("range", "bytes=0-999")]).await;
        assert!(!response.whole || response.status.is_server_error(), "chunked: {chunked}");
        world.settle().await;
        assert!(world.stored().await.is_empty(), "chunked: {chunked}");
    }
}
