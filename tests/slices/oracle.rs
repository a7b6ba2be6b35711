//! Whatever viewers ask for, they get what one would cut out of the whole.

use http::{Method, StatusCode};

use super::{FILM, MIB};
use crate::world::film::Film;
use crate::world::{Response, Viewer, World};

/// Numbers that look random and are the same at each run (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 20) % bound
    }

    /// A position within `length`, often beside a border of slices.
    fn position(&mut self, length: u64) -> u64 {
        let anywhere = self.below(length + length / 8);
        match self.below(3) {
            0 => anywhere,
            1 => anywhere / MIB * MIB,
            _ => (anywhere / MIB * MIB).saturating_sub(1),
        }
    }

    fn range(&mut self, length: u64) -> String {
        let first = self.position(length);
        match self.below(8) {
            0 => format!("bytes={first}-"),
            1 => format!("bytes=-{}", self.below(3 * MIB)),
            2 => format!("bytes={first}-{}", u64::MAX),
            3 => format!("bytes={first}-{}", self.position(length)),
            4 => "bytes=0-5,10-20".to_owned(),
            _ => format!("bytes={first}-{}", first + self.below(3 * MIB)),
        }
    }
}

/// What RFC 9110 section 14 makes of a range, done another way than the edge does it: status, first byte and
/// the one after the last.
fn expected(range: &str, length: u64) -> (StatusCode, u64, u64) {
    let whole = (StatusCode::OK, 0, length);
    let set = range.strip_prefix("bytes=").expect("in bytes");
    if set.contains(',') {
        return whole;
    }
    let (first, last) = set.split_once('-').expect("a range");
    let number = |text: &str| text.parse::<u128>().expect("digits");
    let (start, end) = match (first, last) {
        ("", count) => (u128::from(length).saturating_sub(number(count)), u128::from(length)),
        (first, "") => (number(first), u128::from(length)),
        (first, last) if number(first) > number(last) => return whole,
        (first, last) => (number(first), (number(last) + 1).min(u128::from(length))),
    };
    if start >= end {
        return (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0);
    }
    let narrow = |number: u128| u64::try_from(number).expect("within the object");
    (StatusCode::PARTIAL_CONTENT, narrow(start), narrow(end))
}

async fn asks(viewer: Viewer, film: Film, seed: u64, rounds: usize) {
    let mut dice = Dice(seed);
    for round in 0..rounds {
        let range = dice.range(film.length());
        let method = if dice.below(10) == 0 { Method::HEAD } else { Method::GET };
        let (status, start, end) = expected(&range, film.length());
        let response = viewer.request(method.clone(), FILM, &[("range", &range)]).await;
        let shown = format!("viewer {seed}, round {round}: {method} {range}");
        if method == Method::HEAD {
            assert_eq!((response.status, response.body.len()), (StatusCode::OK, 0), "{shown}");
            assert_eq!(response.header("content-length"), film.length().to_string(), "{shown}");
            continue;
        }
        assert_eq!(response.status, status, "{shown}");
        if status == StatusCode::RANGE_NOT_SATISFIABLE {
            assert_eq!(response.header("content-range"), format!("bytes */{}", film.length()), "{shown}");
            continue;
        }
        let Response { body, whole, .. } = &response;
        assert!(*whole, "{shown}");
        film.check(start..end, body);
        if status == StatusCode::PARTIAL_CONTENT {
            assert_eq!(response.header("content-range"), film.content_range(&(start..end)), "{shown}");
        }
    }
}

/// Objects around the borders of slices, those that are kept whole, and those that are not; the clock goes on, so that some questions meet a stale index.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_ranges_by_several_viewers_are_what_an_oracle_cuts_out() {
    for (length, rounds) in
        [(1, 20), (MIB, 10), (MIB + 1, 10), (5 * MIB - 1, 10), (13 * MIB + 77, 8), (40 * MIB, 2)]
    {
        let film = Film::new(length, length);
        let shown = film.clone();
        let world = World::new(move |seen| shown.answer(seen)).await;
        for turn in 0..2 {
            let viewers = (0..4).map(|seed| {
                let viewer = if seed % 2 == 0 { world.viewer() } else { Viewer::http2(world.address()) };
                tokio::spawn(asks(viewer, film.clone(), 10 * turn + seed + length, rounds))
            });
            for viewer in viewers.collect::<Vec<_>>() {
                viewer.await.expect("no fault");
            }
            // The next ones find everything stale.
            world.hand.advance(std::time::Duration::from_secs(100));
        }
        world.settle().await;
        // The origin is never asked for a viewer's own range.
        for seen in world.origin.seen() {
            let is_slice = seen.range().is_none_or(|(first, last)| {
                first % MIB == 0 && (last == first + MIB - 1 || last == length - 1)
            });
            assert!(is_slice, "{}", seen.head);
        }
    }
}
