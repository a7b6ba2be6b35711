//! Everybody at once: a thousand viewers of one cold segment, and one request to the origin.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::world::origin::head;
use crate::world::{Gate, Script, Step, Viewer, World, descriptors, within};

const SEGMENT: &str = "/live/1_meeting0/720p/seg-7.ts";
const VIEWERS: usize = 1000;
const LENGTH: usize = 1 << 20;

/// Only a crowd that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(3);

/// A segment that the origin sends when it is told to: its head, one half, the other half.
#[derive(Clone)]
struct Slow {
    body: Bytes,
    head: Gate,
    last: Gate,
}

impl Slow {
    fn new() -> Self {
        // No two blocks of it are alike, so that bytes in the wrong place are found.
        let bytes = (0..LENGTH / 4).flat_map(|word| u32::try_from(word).expect("small").to_le_bytes());
        Self { body: bytes.collect(), head: Gate::new(), last: Gate::new() }
    }

    fn script(&self) -> Script {
        let length = LENGTH.to_string();
        let fields = [("Cache-Control", "max-age=60"), ("Content-Length", length.as_str())];
        let (first, second) = self.body.split_at(LENGTH / 2);
        vec![
            Step::Wait(self.head.clone()),
            Step::Send(head("200 OK", &fields)),
            Step::Send(first.to_vec()),
            Step::Wait(self.last.clone()),
            Step::Send(second.to_vec()),
        ]
    }

    async fn world(&self) -> World {
        descriptors::allow(4 * VIEWERS);
        let slow = self.clone();
        World::new(move |_| slow.script()).await
    }
}

/// How one viewer fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// All bytes, and the right ones.
    Right,
    /// An error status, or a body that was seen to be cut off.
    CleanError,
    /// Wrong bytes, or a part of them that ended as if it were all.
    Wrong,
}

/// Viewers under way. Each says when it has its first byte.
struct Crowd {
    viewers: JoinSet<(End, Version)>,
    began: mpsc::UnboundedReceiver<()>,
}

impl Crowd {
    /// Starts `count` viewers, who share `connections` evenly.
    fn start(count: usize, connections: Vec<Viewer>, body: &Bytes) -> Self {
        let (begins, began) = mpsc::unbounded_channel();
        let connections = Arc::new(connections);
        let mut viewers = JoinSet::new();
        for number in 0..count {
            let (begins, body, connections) = (begins.clone(), body.clone(), Arc::clone(&connections));
            viewers.spawn(async move {
                let viewer = &connections[number % connections.len()];
                let response = viewer.open(Method::GET, SEGMENT, &[]).await;
                let version = response.version();
                (follow(response, &body, &begins).await, version)
            });
        }
        Self { viewers, began }
    }

    /// Waits until so many viewers have their first byte.
    async fn have_begun(&mut self, count: usize) {
        for _ in 0..count {
            self.began.recv().await.expect("a viewer that begins");
        }
    }

    async fn ends(self) -> Vec<(End, Version)> {
        self.viewers.join_all().await
    }
}

/// Reads a body beside what it has to be.
async fn follow(
    response: http::Response<Incoming>,
    expected: &Bytes,
    begins: &mpsc::UnboundedSender<()>,
) -> End {
    let is_ok = response.status() == StatusCode::OK;
    let (mut body, mut position) = (response.into_body(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return End::CleanError;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if position == 0 && !data.is_empty() && begins.send(()).is_err() {
            return End::Wrong;
        }
        if is_ok && !expected[position..].starts_with(&data) {
            return End::Wrong;
        }
        position += data.len();
    }
    match (is_ok, position) {
        (true, LENGTH) => End::Right,
        (true, _) => End::Wrong,
        (false, _) => End::CleanError,
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("nothing hangs")
}

/// Waits until the edge counts so many open connections.
async fn connected(world: &World, count: usize) {
    world.wait_for_metric("spokecast_connections", f64::from(u32::try_from(count).expect("small"))).await;
}

async fn outcome(world: &World, outcome: &str) -> f64 {
    world.metric(&format!("spokecast_requests_total{{kind=\"segment\",outcome=\"{outcome}\"}}")).await
}

/// The origin may not send its last half before everybody has a byte of the first.
async fn all_follow_one_fill(connections: impl Fn(&World) -> Vec<Viewer>, version: Version) {
    let slow = Slow::new();
    let world = slow.world().await;
    let connections = connections(&world);
    let count = connections.len();
    let mut crowd = Crowd::start(VIEWERS, connections, &slow.body);
    connected(&world, count).await;
    slow.head.open();
    crowd.have_begun(VIEWERS).await;
    slow.last.open();
    let ends = crowd.ends().await;
    assert_eq!(ends, vec![(End::Right, version); VIEWERS]);
    assert_eq!(world.origin.count(), 1);
    assert_eq!((outcome(&world, "fill").await, outcome(&world, "join").await), (1.0, 999.0));

    let after = world.get(SEGMENT).await;
    assert_eq!((after.cache_status().as_str(), after.body == slow.body), ("spokecast; hit", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_on_a_cold_segment_make_one_origin_request() {
    let viewers = |world: &World| (0..VIEWERS).map(|_| world.viewer()).collect();
    in_time(all_follow_one_fill(viewers, Version::HTTP_11)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_streams_on_ten_connections_make_one_origin_request() {
    let viewers = |world: &World| (0..10).map(|_| Viewer::http2(world.address())).collect();
    in_time(all_follow_one_fill(viewers, Version::HTTP_2)).await;
}

/// When the first viewer leaves, and the object is purged at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    BeforeTheHead,
    InTheBody,
}

async fn leader_leaves(moment: Moment) {
    let slow = Slow::new();
    let world = slow.world().await;
    let mut leader = TcpStream::connect(world.address()).await.expect("connects");
    let request = format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n");
    leader.write_all(request.as_bytes()).await.expect("writes");
    world.origin.wait_for(1).await;

    let viewers = (1..VIEWERS).map(|_| world.viewer()).collect();
    let mut crowd = Crowd::start(VIEWERS - 1, viewers, &slow.body);
    connected(&world, VIEWERS).await;
    if moment == Moment::InTheBody {
        slow.head.open();
        crowd.have_begun(VIEWERS - 1).await;
    }
    leader.set_zero_linger().expect("a socket option");
    drop(leader);
    let purge = format!("/purge?url={SEGMENT}");
    let purged = world.operator().request(Method::POST, &purge, &[]).await;
    assert_eq!(purged.status, StatusCode::OK);
    // Whoever came after the purge has a fill of their own; it may go on as well.
    for _ in 0..2 {
        slow.head.open();
        slow.last.open();
    }
    let ends = crowd.ends().await;
    assert_eq!(ends, vec![(End::Right, Version::HTTP_11); VIEWERS - 1], "{moment:?}");
    let asked = world.origin.count();
    assert!(asked <= 2, "{asked} origin requests");
    if moment == Moment::InTheBody {
        // Nobody came after the purge, and what was purged under way is not stored.
        assert_eq!(asked, 1);
        slow.head.open();
        slow.last.open();
        let after = world.get(SEGMENT).await;
        assert_eq!(
            (after.cache_status().as_str(), after.body == slow.body),
            ("spokecast; fwd=uri-miss", true)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_go_on_when_the_first_viewer_leaves_before_the_head_and_a_purge_comes() {
    in_time(leader_leaves(Moment::BeforeTheHead)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_go_on_when_the_first_viewer_leaves_in_the_body_and_a_purge_comes() {
    in_time(leader_leaves(Moment::InTheBody)).await;
}

/// The origin holds back each piece until the viewer has all of the one before: nobody waits for bytes to pile up.
#[tokio::test]
async fn a_trickle_reaches_a_viewer_piece_by_piece() {
    const PIECES: usize = 5;
    let gate = Gate::new();
    let held = gate.clone();
    let world = World::new(move |_| {
        let mut script = vec![Step::Send(head("200 OK", &[("Content-Length", "5000")]))];
        for piece in b'1'..=b'5' {
            script.extend([Step::Send(vec![piece; 1000]), Step::Wait(held.clone())]);
        }
        script
    })
    .await;
    for viewer in [world.viewer(), Viewer::http2(world.address())] {
        let response = viewer.open(Method::GET, SEGMENT, &[]).await;
        let (mut body, mut got) = (response.into_body(), Vec::new());
        for piece in 1..=PIECES {
            while got.len() < 1000 * piece {
                let frame = within("a piece", body.frame()).await.expect("more").expect("whole");
                got.extend_from_slice(&frame.into_data().expect("bytes"));
            }
            assert_eq!(got.len(), 1000 * piece, "no byte before its time");
            gate.open();
        }
        assert!(got.chunks(1000).zip(b'1'..).all(|(piece, byte)| piece.iter().all(|other| *other == byte)));
        assert!(within("the end", body.frame()).await.is_none());
        world.settle().await;
        let purge = format!("/purge?url={SEGMENT}");
        world.operator().request(Method::POST, &purge, &[]).await;
    }
}
