//! The demo's video as an independent player sees it: made by ffmpeg, served by the origin, read by ffmpeg again.
//!
//! Needs ffmpeg and ffprobe, and encodes for half a minute.

use std::{
    fs,
    net::SocketAddr,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use super::{
    origin::{Origin, Pace},
    sample::{self, Progress, ladder},
    stream::{Form, Format, streams},
};

/// Long enough for a busy machine; only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Seconds on the air of the live channel when the test begins: in the last segment of the second loop.
const ON_AIR: u64 = 93;

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_plays() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("demo");
    let mut last = None;
    sample::ensure(&folder, &mut |progress| last = Some(progress)).expect("a sample");
    assert!(matches!(last, Some(Progress::Making { fraction: 1.0, .. })), "{last:?}");

    let manifest = fs::read_to_string(folder.join(Form::DashNumber.manifest())).expect("a manifest");
    for codec in ladder::LADDER.map(|rendition| rendition.codec).into_iter().chain([ladder::AUDIO_CODEC]) {
        assert!(manifest.contains(&format!("codecs=\"{codec}\"")), "no {codec} in:\n{manifest}");
    }

    let on_air = Arc::new(AtomicU64::new(ON_AIR));
    let clock = Arc::clone(&on_air);
    let now = move || Duration::from_secs(clock.load(Ordering::Relaxed));
    let any = "127.0.0.1:0".parse().expect("an address");
    let origin = Origin::start(any, &folder, Pace::default(), now).await.expect("a free port");

    for stream in streams() {
        let url = format!("http://{}{}", origin.address(), stream.url);
        has_the_whole_ladder(&url).await;
        if !stream.live {
            plays_to_the_last_segment(&url, stream.format).await;
        }
    }
    plays_live(&origin, &on_air).await;
    assert_eq!(origin.requests("/vod/0_meadow01/hls-ts/720p/seg-12-v1-a1.ts"), 1);
    origin.shutdown().await;
}

/// Three H.264 pictures of the right sizes, and AAC sound.
async fn has_the_whole_ladder(url: &str) {
    let entries = "stream=codec_name,width,height,r_frame_rate";
    let streams = ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", url];
    let probed = run("ffprobe", &streams).await;
    for rendition in ladder::LADDER {
        let line = format!("h264,{},{},25/1", rendition.width, rendition.height);
        assert!(probed.lines().any(|found| found.starts_with(&line)), "{url} lacks {line}:\n{probed}");
    }
    assert!(probed.lines().any(|line| line.starts_with("aac,")), "{url} has no sound:\n{probed}");
}

/// The largest rendition decodes without a complaint into its last segment.
///
/// Not to its very end: past it, ffmpeg asks a manifest with numbered segments for one more, and complains.
async fn plays_to_the_last_segment(url: &str, format: Format) {
    let picture = format!("0:v:{}", ladder::LADDER.len() - 1);
    let seconds = ladder::SECONDS - ladder::SEGMENT_SECONDS / 2;
    let progress = play(&["-i", url, "-map", &picture, "-map", "0:a:0", "-t", &seconds.to_string()]).await;
    assert_eq!(frames(&progress), seconds * ladder::FRAME_RATE, "{format:?} at {url}:\n{progress}");
}

/// A player that begins at the live edge gets ten seconds, over the end of a loop, while time goes on.
async fn plays_live(origin: &Origin, on_air: &AtomicU64) {
    let address = origin.address();
    let played = tokio::spawn(async move { play_from_the_live_edge(address).await });
    // Each request for a playlist is a moment that passes: a hurried clock, driven by the player itself.
    let playlist = "/live/1_harbor01/720p/index.m3u8";
    let before = origin.requests(playlist);
    let until_played = async {
        while !played.is_finished() {
            let asked = origin.requests(playlist) - before;
            on_air.store(ON_AIR + u64::from(ladder::SEGMENT_SECONDS) * asked, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, until_played).await.expect("live playback ends");
    let progress = played.await.expect("no panic");
    assert!((245..=255).contains(&frames(&progress)), "{progress}");
}

async fn play_from_the_live_edge(address: SocketAddr) -> String {
    let url = format!("http://{address}/live/1_harbor01/720p/index.m3u8");
    play(&["-live_start_index", "-1", "-i", &url, "-t", "10"]).await
}

/// Decodes, and hands back the report of how far it got.
async fn play(arguments: &[&str]) -> String {
    let report = ["-v", "error", "-nostdin", "-nostats", "-progress", "pipe:1"];
    run("ffmpeg", &[&report, arguments, &["-f", "null", "-"]].concat()).await
}

fn frames(progress: &str) -> u32 {
    let last = progress.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
    last.and_then(|frames| frames.trim().parse().ok()).expect("a frame count")
}

/// What a program says; it has to succeed, and without a word of error.
async fn run(program: &str, arguments: &[&str]) -> String {
    let ended = timeout(PATIENCE, Command::new(program).args(arguments).kill_on_drop(true).output());
    let Output { status, stdout, stderr } = ended.await.expect("in time").expect("ffmpeg is installed");
    let complaints = String::from_utf8_lossy(&stderr);
    assert!(status.success() && complaints.is_empty(), "{program} {arguments:?}: {status}\n{complaints}");
    String::from_utf8(stdout).expect("text")
}
