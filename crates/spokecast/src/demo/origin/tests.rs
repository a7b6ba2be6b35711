//! The origin over a real socket, in front of a made-up sample; the live channel's time is moved by hand.

use std::{
    fs,
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Method, Request, Response, StatusCode,
    client::conn::http1::{SendRequest, handshake},
    header::{HeaderName, IF_NONE_MATCH, RANGE},
};

use super::*;
use crate::demo::{
    sample::ladder::LADDER,
    stream::{Form, VOD_ENTRY, streams},
};

/// Two segments of two seconds for each rendition, and a manifest for each form.
fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: String, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    };
    for form in Form::ALL {
        write(form.manifest(), form.folder().as_bytes());
    }
    for rendition in LADDER {
        let below = format!("vod/{VOD_ENTRY}/hls-ts/{}", rendition.name);
        write(
            format!("{below}/index.m3u8"),
            b"#EXTM3U\n#EXTINF:2,\nseg-1-v1-a1.ts\n#EXTINF:2,\nseg-2-v1-a1.ts\n",
        );
        write(format!("{below}/seg-1-v1-a1.ts"), format!("{} one", rendition.name).as_bytes());
        write(format!("{below}/seg-2-v1-a1.ts"), &vec![2; 200_000]);
    }
    write("spokecast-sample".into(), b"1\n");
    write("vod/notes.txt".into(), b"not media");
    folder
}

/// An origin, one connection to it, and the hand that moves its time.
struct World {
    origin: Origin,
    connection: SendRequest<Empty<Bytes>>,
    on_air: Arc<AtomicU64>,
    _sample: tempfile::TempDir,
}

impl World {
    async fn new(pace: Pace) -> Self {
        let sample = sample();
        let on_air = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&on_air);
        let now = move || Duration::from_secs(clock.load(Ordering::Relaxed));
        let any = "127.0.0.1:0".parse().expect("an address");
        let origin = Origin::start(any, sample.path(), pace, now).await.expect("a free port");
        let stream = TcpStream::connect(origin.address()).await.expect("it listens");
        let (connection, driver) = handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        tokio::spawn(driver);
        Self { origin, connection, on_air, _sample: sample }
    }

    /// Every request goes over the same connection: that keep-alive works is part of each test.
    async fn ask(&mut self, method: Method, path: &str, fields: &[(HeaderName, &str)]) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(path).header("host", "origin.test");
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        self.connection.ready().await.expect("the connection is kept");
        let request = request.body(Empty::new()).expect("a request");
        let response = self.connection.send_request(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }

    async fn get(&mut self, path: &str) -> Response<Bytes> {
        self.ask(Method::GET, path, &[]).await
    }
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

const SEGMENT: &str = "/vod/0_meadow01/hls-ts/240p/seg-1-v1-a1.ts";
const LONG_SEGMENT: &str = "/vod/0_meadow01/hls-ts/240p/seg-2-v1-a1.ts";

#[tokio::test]
async fn files_with_what_a_cache_needs() {
    let mut world = World::new(Pace::default()).await;
    let segment = world.get(SEGMENT).await;
    assert_eq!((segment.status(), &segment.body()[..]), (StatusCode::OK, &b"240p one"[..]));
    assert_eq!(header(&segment, "content-type"), "video/mp2t");
    assert_eq!(header(&segment, "cache-control"), "public, max-age=8640000");
    assert_eq!(header(&segment, "content-length"), "8");
    assert!(header(&segment, "etag").starts_with('"') && !header(&segment, "date").is_empty());
    httpdate::parse_http_date(header(&segment, "last-modified")).expect("a date");

    assert_eq!(world.get(LONG_SEGMENT).await.body(), &vec![2; 200_000]);
    for stream in streams().iter().filter(|stream| !stream.live) {
        let manifest = world.get(&stream.url).await;
        assert_eq!((manifest.status(), header(&manifest, "cache-control")), (StatusCode::OK, "max-age=60"));
    }
}

#[tokio::test]
async fn nothing_but_media_below_vod() {
    let mut world = World::new(Pace::default()).await;
    for path in [
        "/",
        "/spokecast-sample",
        "/vod/notes.txt",
        "/vod/0_meadow01/hls-ts/240p",
        "/vod/0_meadow01/absent.ts",
        "/vod/../spokecast-sample",
        "/vod/0_meadow01/hls-ts/master.m3u8/a.ts",
        "/live/1_harbor01/999p/index.m3u8",
        "/live/1_harbor01/999p/seg-1.ts",
    ] {
        assert_eq!(world.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let post = world.ask(Method::POST, SEGMENT, &[]).await;
    assert_eq!((post.status(), header(&post, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

#[tokio::test]
async fn head_ranges_and_conditions() {
    let mut world = World::new(Pace::default()).await;
    let head = world.ask(Method::HEAD, LONG_SEGMENT, &[(RANGE, "bytes=0-1")]).await;
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, "200000"));

    let part = world.ask(Method::GET, SEGMENT, &[(RANGE, "bytes=5-6")]).await;
    assert_eq!((part.status(), &part.body()[..]), (StatusCode::PARTIAL_CONTENT, &b"on"[..]));
    assert_eq!(header(&part, "content-range"), "bytes 5-6/8");
    let beyond = world.ask(Method::GET, SEGMENT, &[(RANGE, "bytes=8-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&beyond, "content-range"), "bytes */8");

    let tag = header(&part, "etag").to_owned();
    let known = world.ask(Method::GET, SEGMENT, &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!((known.status(), known.body().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!((header(&known, "etag"), header(&known, "cache-control")), (&*tag, "public, max-age=8640000"));
    let other = world.ask(Method::GET, LONG_SEGMENT, &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_live_channel_moves_with_its_time() {
    let mut world = World::new(Pace::default()).await;
    let master = world.get("/live/1_harbor01/master.m3u8").await;
    assert_eq!((&master.body()[..], header(&master, "cache-control")), (&b"hls-ts"[..], "max-age=30"));
    assert_eq!(world.get("/live/1_harbor01/240p/index.m3u8").await.status(), StatusCode::NOT_FOUND);

    world.on_air.store(7, Ordering::Relaxed);
    let playlist = world.get("/live/1_harbor01/240p/index.m3u8").await;
    assert!(playlist.body().ends_with(b"seg-3.ts\n"), "{playlist:?}");
    assert_eq!(header(&playlist, "cache-control"), "max-age=1");
    assert_eq!(header(&playlist, "last-modified"), "Thu, 01 Jan 1970 00:00:06 GMT");
    let tag = header(&playlist, "etag").to_owned();
    let third = world.get("/live/1_harbor01/240p/seg-3.ts").await;
    assert_eq!((&third.body()[..], header(&third, "content-type")), (&b"240p one"[..], "video/mp2t"));
    assert_eq!(header(&third, "cache-control"), "public, max-age=8640000");
    let fourth = world.get("/live/1_harbor01/240p/seg-4.ts").await;
    assert_eq!((fourth.status(), header(&fourth, "cache-control")), (StatusCode::NOT_FOUND, "max-age=1"));

    let path = "/live/1_harbor01/240p/index.m3u8";
    assert_eq!(
        world.ask(Method::GET, path, &[(IF_NONE_MATCH, &tag)]).await.status(),
        StatusCode::NOT_MODIFIED
    );
    world.on_air.store(8, Ordering::Relaxed);
    assert_eq!(world.ask(Method::GET, path, &[(IF_NONE_MATCH, &tag)]).await.status(), StatusCode::OK);
    assert_eq!(world.get("/live/1_harbor01/240p/seg-4.ts").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_by_path() {
    let mut world = World::new(Pace::default()).await;
    world.get(SEGMENT).await;
    world.get(&format!("{SEGMENT}?token=1")).await;
    world.get("/absent").await;
    assert_eq!((world.origin.requests(SEGMENT), world.origin.requests("/absent")), (2, 1));
    assert_eq!((world.origin.requests(LONG_SEGMENT), world.origin.total()), (0, 3));
}

#[tokio::test]
async fn shutdown_lets_an_answer_end_and_takes_no_more() {
    let rate = NonZeroU64::new(1_000_000);
    let mut world = World::new(Pace { latency: Duration::from_millis(5), bytes_per_second: rate }).await;
    let request = Request::builder().uri(LONG_SEGMENT).body(Empty::new()).expect("a request");
    let response = world.connection.send_request(request).await.expect("an answer");
    let address = world.origin.address();
    let (body, ()) = tokio::join!(response.into_body().collect(), world.origin.shutdown());
    assert_eq!(body.expect("a whole body").to_bytes().len(), 200_000);
    TcpStream::connect(address).await.expect_err("nobody listens");
}

#[tokio::test]
async fn a_folder_without_the_sample_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let any = "127.0.0.1:0".parse().expect("an address");
    let error =
        Origin::start(any, folder.path(), Pace::default(), || Duration::ZERO).await.expect_err("empty");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("vod/0_meadow01/hls-ts/240p/index.m3u8"), "{error}");
}
