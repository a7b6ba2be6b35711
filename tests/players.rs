//! Real players and every object that they ask for, through an edge before the demo's origin.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use spokecast::demo::sample::ladder::{FRAME_RATE, LADDER, SECONDS, SEGMENT_SECONDS};
use spokecast::demo::stream::{Form, LIVE_ENTRY, Stream, VOD_ENTRY, streams};

use crate::world::ffmpeg::{play, run};
use crate::world::sample::{Cinema, folder, recorded_paths};

#[tokio::test(flavor = "multi_thread")]
async fn every_object_is_the_same_as_at_the_origin_as_miss_and_as_hit() {
    let cinema = Cinema::open(Duration::ZERO).await;
    let (viewer, at_origin) = (cinema.viewer(), cinema.at_origin());
    let mut paths = recorded_paths();
    // Four forms, three renditions, twelve segments, and what is around them.
    assert!(paths.len() > 4 * 3 * 12, "the sample is not whole: {paths:#?}");
    for path in &paths {
        let (original, response) = (at_origin.get(path).await, viewer.get(path).await);
        assert_eq!((original.status, response.status), (StatusCode::OK, StatusCode::OK), "{path}");
        assert!(response.cache_status().contains("fwd=uri-miss"), "{path}");
        assert!(response.whole && response.body == original.body, "{path} differs from the origin's");
        for name in ["content-type", "etag", "last-modified", "content-length"] {
            assert_eq!(response.header(name), original.header(name), "{path}");
        }
        // Once from here, once through the edge.
        assert_eq!(cinema.origin.requests(path), 2, "{path}");
    }

    // Manifests come first now: they are fresh for a minute only.
    paths.reverse();
    let before = cinema.origin.total();
    for path in &paths {
        let response = viewer.get(path).await;
        assert_eq!(response.cache_status(), "spokecast; hit", "{path}");
        let file = std::fs::read(folder().join(&path[1..])).expect("a file of the sample");
        assert!(response.whole && response.body == file, "{path} differs from the file");
    }
    assert_eq!(cinema.origin.total(), before, "the second round asked the origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_and_entries_are_recognised() {
    let cinema = Cinema::open(Duration::ZERO).await;
    let viewer = cinema.viewer();
    let live = |file: &str| format!("/live/{LIVE_ENTRY}/{file}");
    let master = viewer.get(&live("master.m3u8")).await.text();
    assert!(master.contains("720p/index.m3u8"), "{master}");
    let playlist = viewer.get(&live("720p/index.m3u8")).await.text();
    let newest = playlist.lines().rfind(|line| line.starts_with("seg-")).expect("a segment").to_owned();
    let mut paths = recorded_paths();
    paths.push(live(&format!("720p/{newest}")));
    for path in &paths {
        assert_eq!(viewer.get(path).await.status, StatusCode::OK, "{path}");
    }

    let stored = cinema.stored().await;
    assert_eq!(stored.len(), paths.len() + 2, "each path, the live master and a live playlist");
    let mut kinds = BTreeMap::<&str, usize>::new();
    for object in &stored {
        let target = object["target"].as_str().expect("a path");
        let entry = if target.starts_with("/live/") { LIVE_ENTRY } else { VOD_ENTRY };
        assert_eq!(object["entry"], entry, "{target}");
        assert_eq!(object["kind"], expected_kind(target), "{target}");
        *kinds.entry(expected_kind(target)).or_default() += 1;
    }
    // Two HLS forms and a live channel; two DASH forms; three inits in HLS, four in each DASH form.
    let (renditions, segments) = (LADDER.len(), usize::try_from(SECONDS / SEGMENT_SECONDS).expect("few"));
    assert_eq!(kinds["multivariant-playlist"], 3);
    assert_eq!(kinds["media-playlist"], 2 * renditions + 1);
    assert_eq!(kinds["mpd"], 2);
    assert_eq!(kinds["init"], renditions + 2 * (renditions + 1));
    // Sound may end in a segment more than the picture.
    assert!(kinds["segment"] > (2 * renditions + 2 * (renditions + 1)) * segments, "{kinds:?}");
}

fn expected_kind(target: &str) -> &'static str {
    match target.rsplit('/').next().unwrap_or_default() {
        "master.m3u8" => "multivariant-playlist",
        "index.m3u8" => "media-playlist",
        "manifest.mpd" => "mpd",
        file if file.starts_with("init-") => "init",
        _ => "segment",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ffprobe_reads_every_stream() {
    let cinema = Cinema::open(Duration::ZERO).await;
    for stream in streams() {
        let url = cinema.url(&stream.url);
        let entries = "stream=codec_name,width,height,r_frame_rate";
        let probed = run("ffprobe", &["-v", "error", "-show_entries", entries, "-of", "csv=p=0", &url]).await;
        for rendition in LADDER {
            let line = format!("h264,{},{},{FRAME_RATE}/1", rendition.width, rendition.height);
            assert!(probed.lines().any(|found| found.starts_with(&line)), "{url} lacks {line}:\n{probed}");
        }
        assert!(probed.lines().any(|line| line.starts_with("aac,")), "{url} has no sound:\n{probed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_plays_the_recorded_video_in_every_form() {
    let cinema = Cinema::open(Duration::from_millis(5)).await;
    for form in Form::ALL {
        let url = cinema.url(&format!("/{}", form.manifest()));
        // Past the end, ffmpeg asks a manifest with numbered segments for one more, and complains.
        let seconds = if form == Form::DashNumber { SECONDS - SEGMENT_SECONDS / 2 } else { SECONDS };
        let picture = format!("0:v:{}", LADDER.len() - 1);
        let watched = ["-i", &url, "-map", &picture, "-map", "0:a:0", "-t", &seconds.to_string()];
        let progress = play(&watched).await;
        assert_eq!(frames(&progress), seconds * FRAME_RATE, "{form:?}:\n{progress}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_plays_half_a_minute_of_the_live_channel() {
    const WATCHED: u32 = 30;
    // Where the loop is cut, ffmpeg calls the first packet corrupt, discontinuity or not. A player begins three
    // segments back: four seconds into the loop, which leaves more than the half minute.
    let (round, edge) = (u64::from(SECONDS), 4 * u64::from(SEGMENT_SECONDS));
    let on_air = Duration::from_secs(1000 * round + edge);
    let cinema = Cinema::on_air_for(Duration::from_millis(20), on_air).await;
    let Some(Stream { url, .. }) = streams().into_iter().find(|stream| stream.live) else {
        panic!("the demo has a live channel");
    };
    let url = cinema.url(&url);
    let progress = play(&["-i", &url, "-map", "0:v:2", "-map", "0:a:2", "-t", &WATCHED.to_string()]).await;
    assert_eq!(frames(&progress), WATCHED * FRAME_RATE, "{progress}");
    let segments = cinema.stored().await.iter().filter(|object| object["kind"] == "segment").count();
    let fewest = usize::try_from(WATCHED.div_ceil(SEGMENT_SECONDS)).expect("few");
    assert!(segments >= fewest, "only {segments} segments were stored");
}

fn frames(progress: &str) -> u32 {
    let last = progress.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
    last.and_then(|frames| frames.trim().parse().ok()).expect("a frame count")
}
