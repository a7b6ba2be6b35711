//! A company meeting: three hundred viewers of the live channel for forty seconds of real time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use spokecast::demo::sample::ladder::LADDER;
use spokecast::demo::stream::LIVE_ENTRY;
use tokio::task::JoinSet;

use crate::world::sample::Cinema;
use crate::world::{Response, Viewer, descriptors};

const VIEWERS: usize = 300;

/// Long enough for ten segments of each rendition to come out.
const WATCHED: Duration = Duration::from_secs(40);

/// How far behind the newest segment a player begins (RFC 8216 section 6.3.3: three target durations).
const BEHIND: u64 = 3;

/// What everybody saw.
#[derive(Default)]
struct Meeting {
    over: AtomicBool,
    /// The first viewer's copy of each segment, by path.
    segments: Mutex<BTreeMap<String, Bytes>>,
    received: AtomicU64,
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_live_viewers_cost_one_origin_request_per_segment() {
    descriptors::allow(4 * VIEWERS);
    let cinema = Cinema::open(Duration::from_millis(20)).await;
    let meeting = Arc::new(Meeting::default());
    let mut viewers = JoinSet::new();
    for number in 0..VIEWERS {
        viewers.spawn(watch(cinema.viewer(), number % LADDER.len(), Arc::clone(&meeting)));
    }
    tokio::time::sleep(WATCHED).await;
    meeting.over.store(true, Ordering::Relaxed);
    let watched = viewers.join_all().await;

    // Nobody fell behind: three segments to begin with, and one every four seconds after.
    assert!(watched.iter().all(|count| *count >= BEHIND + 6), "segments by viewer: {watched:?}");
    let segments = std::mem::take(&mut *meeting.segments.lock().expect("not poisoned"));
    for path in segments.keys() {
        assert_eq!(cinema.origin.requests(path), 1, "{path}");
    }
    for rendition in LADDER {
        let path = playlist(rendition.name);
        let asked = cinema.origin.requests(&path);
        // Fresh for a second: one request for each second, and one at each end.
        assert!(asked >= 8 && asked <= WATCHED.as_secs() + 10, "{path} was asked for {asked} times");
    }
    assert_eq!(cinema.origin.requests(&live("master.m3u8")), 1);

    // Only now may the origin be asked again: what everybody got is what it has.
    let at_origin = cinema.at_origin();
    let mut compared = 0;
    for (path, copy) in &segments {
        let original = at_origin.get(path).await;
        // The oldest may be gone: the channel keeps what is a minute old.
        if original.status == StatusCode::OK {
            assert!(original.body == *copy, "{path} differs from the origin's");
            compared += 1;
        }
    }
    assert!(compared >= LADDER.len() * 6, "only {compared} of {} segments were compared", segments.len());
    let received = meeting.received.load(Ordering::Relaxed);
    let from_origin: usize = segments.values().map(Bytes::len).sum();
    println!("{received} bytes to viewers, {from_origin} from the origin, {} segments", segments.len());
}

/// Watches one rendition until the meeting is over; how many segments that were.
async fn watch(viewer: Viewer, rendition: usize, meeting: Arc<Meeting>) -> u64 {
    let master = fetch(&viewer, &live("master.m3u8")).await.text();
    let variants: Vec<&str> = master.lines().filter(|line| !line.starts_with('#')).collect();
    let playlist = live(variants[rendition]);
    let folder = playlist.strip_suffix("index.m3u8").expect("the demo's name of a playlist");
    let (mut last, mut count) = (None, 0);
    while !meeting.over.load(Ordering::Relaxed) {
        let text = fetch(&viewer, &playlist).await.text();
        let listed: Vec<u64> = text.lines().filter_map(number).collect();
        let newest = *listed.last().expect("a segment");
        let next = last.map_or(newest + 1 - BEHIND, |last| last + 1);
        assert!(listed[0] <= next, "fell out of the window: {next} is not in\n{text}");
        for segment in next..=newest {
            take(&viewer, format!("{folder}seg-{segment}.ts"), &meeting).await;
            count += 1;
        }
        last = Some(newest);
        // Section 6.3.4: a target duration after a change, half of it after none.
        let target = target_duration(&text);
        tokio::time::sleep(if next > newest { target / 2 } else { target }).await;
    }
    count
}

/// The number of the segment that a line of a playlist names.
fn number(line: &str) -> Option<u64> {
    line.strip_prefix("seg-")?.strip_suffix(".ts")?.parse().ok()
}

/// Fetches a segment and compares it with what others got.
async fn take(viewer: &Viewer, path: String, meeting: &Meeting) {
    let body = fetch(viewer, &path).await.body;
    assert!(!body.is_empty(), "{path} is empty");
    meeting.received.fetch_add(body.len() as u64, Ordering::Relaxed);
    let copy =
        meeting.segments.lock().expect("not poisoned").entry(path.clone()).or_insert(body.clone()).clone();
    assert!(copy == body, "{path} differs between viewers");
}

/// An answer, which has to be whole and good.
async fn fetch(viewer: &Viewer, path: &str) -> Response {
    let response = viewer.get(path).await;
    assert_eq!((response.status, response.whole), (StatusCode::OK, true), "{path}");
    response
}

fn target_duration(playlist: &str) -> Duration {
    let seconds = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"));
    Duration::from_secs(seconds.and_then(|seconds| seconds.parse().ok()).expect("a target duration"))
}

fn live(file: &str) -> String {
    format!("/live/{LIVE_ENTRY}/{file}")
}

fn playlist(rendition: &str) -> String {
    live(&format!("{rendition}/index.m3u8"))
}
