//! Real players that ask one edge for `/go/…` and are sent to another.

use std::time::Duration;

use edge::config::Origin as OriginConfig;
use edge::{Clock, Config, Edge};
use spokecast::demo::origin::Origin;
use spokecast::demo::sample::ladder::{FRAME_RATE, SECONDS, SEGMENT_SECONDS};
use spokecast::demo::stream::{Form, LIVE_ENTRY};

use crate::world::Viewer;
use crate::world::ffmpeg::frames;
use crate::world::sample::{edge_before, origin, recorded_paths};

/// All viewers of these tests are in the network of loopback.
const AT_AN_OFFICE: &str = "site,internal\noffice,127.0.0.0/8\n";

/// The same for an office without an edge of its own, whose hub has one.
const AT_A_SPOKE: &str = "site,internal,hub\noffice,10.0.0.0/8,\nspoke,127.0.0.0/8,office\n";

/// And for nobody.
const ELSEWHERE: &str = "site,internal\noffice,10.0.0.0/8\n";

/// Two edges before one origin: one that redirects, and the one of the office.
struct Town {
    origin: Origin,
    /// Another origin with the same video, so that nothing but the edges asks the first.
    reference: Origin,
    front: Edge,
    office: Edge,
}

impl Town {
    /// With this map of sites, and a channel that has been on the air for so long.
    async fn open(sites: &str, on_air: Duration) -> Self {
        Self::with(sites, on_air, |_| {}).await
    }

    /// The same, with a change to the configuration of the edge that redirects.
    async fn with(sites: &str, on_air: Duration, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Clock::system();
        let latency = Duration::from_millis(5);
        let reference = origin(latency, on_air, &clock).await;
        let origin = origin(latency, on_air, &clock).await;
        let office = edge_before(&origin, clock.clone(), |_| {});
        let folder = tempfile::tempdir().expect("a folder");
        let edges = format!("edge,site,url\noffice-1,office,http://{}\n", office.viewers()[0]);
        let files = [("sites.csv", sites), ("edges.csv", edges.as_str())].map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("writable");
            path
        });
        let front = edge_before(&origin, clock, |config| {
            config.map.files = files.into();
            config.map.realm = Some("local".into());
            config.redirect.enabled = true;
            config.watch.enabled = true;
            change(config);
        });
        Self { origin, reference, front, office }
    }

    /// The address of a path for players that ask the edge that redirects.
    fn redirected(&self, path: &str) -> String {
        format!("http://{}/go{path}", self.front.viewers()[0])
    }

    /// The address of a path at the origin that no edge asks.
    fn reference(&self, path: &str) -> String {
        format!("http://{}{path}", self.reference.address())
    }

    /// How many viewers were redirected to such a place; "" is any.
    async fn redirects(&self, to: &str) -> u64 {
        counted(&self.front, "spokecast_redirects_total", &format!("to=\"{to}")).await
    }

    async fn assert_front_served_nothing(&self) {
        for name in ["spokecast_requests_total", "spokecast_origin_requests_total"] {
            assert_eq!(counted(&self.front, name, "").await, 0, "{name} of the edge that redirects");
        }
    }

    async fn office_requests(&self) -> u64 {
        counted(&self.office, "spokecast_requests_total", "").await
    }

    /// Paths of what the office's edge holds of this kind.
    async fn stored(&self, kind: &str) -> Vec<String> {
        let cache = Viewer::of(self.office.admin()).get("/cache?limit=10000").await.json();
        let objects = cache["objects"].as_array().expect("a list").clone();
        let of_kind = objects.iter().filter(|object| object["kind"] == kind);
        of_kind.map(|object| object["target"].as_str().expect("a path").to_owned()).collect()
    }

    /// How often each of the recorded objects was asked for at the origin of the edges.
    fn asked(&self) -> Vec<(String, u64)> {
        let asked = recorded_paths().into_iter().map(|path| (self.origin.requests(&path), path));
        asked.filter(|(times, _)| *times > 0).map(|(times, path)| (path, times)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_video_in_every_form_comes_from_the_edge_of_the_office() {
    let town = Town::open(AT_AN_OFFICE, Duration::ZERO).await;
    let (mut redirects_before, mut requests_before) = (0, 0);
    for form in Form::ALL {
        let path = format!("/{}", form.manifest());
        // Past the end, ffmpeg asks a manifest with numbered segments for one more, and complains.
        let seconds = if form == Form::DashNumber { SECONDS - SEGMENT_SECONDS / 2 } else { SECONDS };
        let (redirected, reference) = (town.redirected(&path), town.reference(&path));
        let (seen, expected) = tokio::join!(watched(&redirected, seconds), watched(&reference, seconds));
        assert_eq!(pictures(&seen), (seconds * FRAME_RATE) as usize, "{form:?}");
        assert!(seen == expected, "{form:?}: what was seen differs from what the origin has");
        let (redirects, requests) = (town.redirects("site").await, town.office_requests().await);
        let asked_below_go = if is_hls(form) { 1 } else { requests - requests_before };
        assert_eq!(redirects - redirects_before, asked_below_go, "{form:?}");
        (redirects_before, requests_before) = (redirects, requests);
    }

    town.assert_front_served_nothing().await;
    let asked = town.asked();
    let segments = Form::ALL.len() as u64 * u64::from(SECONDS / SEGMENT_SECONDS);
    assert!(asked.len() as u64 > segments, "only {} objects were asked for", asked.len());
    for (path, times) in &asked {
        assert_eq!(*times, 1, "{path}");
    }
    assert_eq!(town.origin.total(), asked.len() as u64, "something else was asked for");
    assert_eq!(counted(&town.office, "spokecast_origin_requests_total", "").await, asked.len() as u64);
    assert!(counted(&town.office, "spokecast_requests_total", "kind=\"segment\"").await > segments);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_channel_comes_from_the_edge_of_the_office() {
    // Beyond the three segments with which a player begins, so that playlists are asked for again.
    const WATCHED: u32 = 5 * SEGMENT_SECONDS;
    const SEEN: usize = (WATCHED * FRAME_RATE) as usize;
    // Far enough from where the loop is cut, which ffmpeg complains about.
    let on_air = Duration::from_secs(u64::from(1000 * SECONDS + 5 * SEGMENT_SECONDS));
    let town = Town::open(AT_AN_OFFICE, on_air).await;
    let path = format!("/live/{LIVE_ENTRY}/master.m3u8");
    let (redirected, reference) = (town.redirected(&path), town.reference(&path));
    let (seen, expected) = tokio::join!(watched(&redirected, WATCHED), watched(&reference, WATCHED));
    assert_eq!((pictures(&seen), pictures(&expected)), (SEEN, SEEN));
    let (seen, expected) = (checksums(&seen), checksums(&expected));
    // One of them may have begun a segment later.
    let begins = |frames: &[String], others: &[String]| frames.iter().position(|frame| *frame == others[0]);
    let (later, earlier) = match (begins(&expected, &seen), begins(&seen, &expected)) {
        (Some(shift), _) => (&seen[..], &expected[shift..]),
        (None, Some(shift)) => (&expected[..], &seen[shift..]),
        (None, None) => panic!("nothing that was seen is the origin's"),
    };
    assert!(later.len().min(earlier.len()) >= SEEN - (SEGMENT_SECONDS * FRAME_RATE) as usize);
    assert!(
        later.iter().zip(earlier).all(|(one, other)| one == other),
        "a picture differs from the origin's"
    );

    assert_eq!((town.redirects("site").await, town.redirects("").await), (1, 1));
    town.assert_front_served_nothing().await;
    let segments = town.stored("segment").await;
    assert!(segments.len() >= (WATCHED / SEGMENT_SECONDS) as usize, "{segments:?}");
    for path in &segments {
        assert_eq!(town.origin.requests(path), 1, "{path}");
    }
    let playlists = town.stored("media-playlist").await;
    assert!(playlists.iter().any(|path| town.origin.requests(path) > 1), "no playlist was asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_without_an_edge_of_their_own_play_from_the_hub_or_the_origin() {
    for (sites, to) in [(AT_A_SPOKE, "hub"), (ELSEWHERE, "origin")] {
        let town = Town::open(sites, Duration::ZERO).await;
        for form in [Form::HlsTs, Form::DashTimeline] {
            let path = format!("/{}", form.manifest());
            let (redirected, reference) = (town.redirected(&path), town.reference(&path));
            let seconds = 2 * SEGMENT_SECONDS;
            let (seen, expected) = tokio::join!(watched(&redirected, seconds), watched(&reference, seconds));
            assert_eq!(pictures(&seen), (seconds * FRAME_RATE) as usize, "{to} {form:?}");
            assert!(seen == expected, "{to} {form:?}: what was seen differs from what the origin has");
        }
        let redirects = town.redirects(to).await;
        assert!(redirects >= 2 && redirects == town.redirects("").await, "{to}");
        town.assert_front_served_nothing().await;
        let at_office = town.office_requests().await;
        assert_eq!(at_office > 0, to == "hub", "{at_office} requests");
    }
}

#[tokio::test]
async fn the_watch_page_may_ask_where_its_viewer_is_sent_and_nobody_else() {
    for (sites, office_is_asked) in [(AT_AN_OFFICE, true), (AT_A_SPOKE, true), (ELSEWHERE, false)] {
        let town = Town::open(sites, Duration::ZERO).await;
        let office = office_is_asked.then(|| format!("http://{}", town.office.viewers()[0]));
        let mut places: Vec<_> =
            office.into_iter().chain([format!("http://{}", town.origin.address())]).collect();
        places.sort_unstable();
        let front = Viewer::of(town.front.viewers()[0]);
        let page = front.get("/watch").await;
        let policy = page.header("content-security-policy");
        for expected in ["connect-src 'self'", "media-src 'self' blob:"] {
            let expected = format!("; {expected} {};", places.join(" "));
            assert!(policy.contains(&expected), "no `{expected}` in {policy}");
        }
        assert_eq!(policy.matches("http").count(), 2 * places.len(), "{policy}");
        // It is for who asked: no cache may keep it, and nothing says that it is the same as before.
        assert_eq!((page.header("cache-control"), page.header("etag")), ("no-store", ""));
        assert!(!front.get("/self-test").await.header("content-security-policy").contains("http"));
    }
}

#[tokio::test]
async fn what_the_name_of_an_edge_says_is_not_lost_at_another_edge() {
    let town = Town::with(AT_AN_OFFICE, Duration::ZERO, |config| {
        let origin = |name: &str| OriginConfig {
            name: name.into(),
            hosts: vec![format!("{name}.office.example").parse().expect("a name")],
            ..OriginConfig::new(format!("http://{name}.example").parse().expect("a URL"))
        };
        let relay_hosts = vec!["vod.example".parse().expect("a name")];
        config.origin.extend([origin("live"), OriginConfig { relay_hosts, ..origin("vod") }]);
    });
    let town = town.await;
    let (front, office) =
        (Viewer::of(town.front.viewers()[0]), format!("http://{}", town.office.viewers()[0]));
    for (host, path, expected) in [
        ("edge.office.example", "/a/b.ts?q=1", format!("{office}/a/b.ts?q=1")),
        ("vod.office.example", "/a/b.ts?q=1", format!("{office}/kVOD/vod.example/a/b.ts?q=1")),
        // No path leads there, so no other edge does.
        ("live.office.example", "/a/b.ts?q=1", "http://live.example/a/b.ts?q=1".into()),
        ("live.office.example", "/kVOD/vod.example/a/b.ts", format!("{office}/kVOD/vod.example/a/b.ts")),
    ] {
        let answer = front.ask(&format!("/go{path}"), &[("host", host)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (302, expected.as_str()),
            "{host}{path}"
        );
    }
}

/// HLS players ask for a manifest alone below `/go/` and for the rest where they were sent to. ffmpeg's DASH player
/// asks for everything there, and is sent on each time; other DASH players do as the HLS players.
fn is_hls(form: Form) -> bool {
    matches!(form, Form::HlsTs | Form::HlsFmp4)
}

/// What an edge has counted under a name and these labels, in all.
async fn counted(edge: &Edge, name: &str, labels: &str) -> u64 {
    let metrics = Viewer::of(edge.admin()).get("/metrics").await.text();
    let samples =
        metrics.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')));
    let samples = samples.filter(|line| line.contains(labels));
    samples
        .map(|line| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a count"))
        .sum()
}

/// What is seen and heard of the smallest picture at `url`, frame by frame.
async fn watched(url: &str, seconds: u32) -> Vec<String> {
    frames(&["-i", url, "-map", "0:v:0", "-map", "0:a:0", "-t", &seconds.to_string()]).await
}

/// Checksums of the pictures alone, without their times.
fn checksums(frames: &[String]) -> Vec<String> {
    let pictures = frames.iter().filter(|frame| frame.starts_with("0,"));
    pictures.filter_map(|frame| frame.rsplit(' ').next().map(str::to_owned)).collect()
}

fn pictures(frames: &[String]) -> usize {
    frames.iter().filter(|frame| frame.starts_with("0,")).count()
}
