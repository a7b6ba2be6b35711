//! The demo's origin with its real video, and edges before it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use edge::config::ByteSize;
use edge::{Clock, Config, Edge};
use spokecast::demo::origin::{Origin, Pace};
use spokecast::demo::sample;

use super::{Viewer, config_for, loopback};

/// The demo's origin and an edge before it; the time is the real one.
pub(crate) struct Cinema {
    pub(crate) origin: Origin,
    pub(crate) edge: Edge,
}

impl Cinema {
    /// An origin that looks `latency` away, with a channel that has been on the air since 1970, and an edge whose
    /// memory holds the whole sample.
    pub(crate) async fn open(latency: Duration) -> Self {
        let on_air = Clock::system().wall().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        Self::on_air_for(latency, on_air).await
    }

    /// The same with a channel that has been on the air for so long: where a player begins in its loop.
    pub(crate) async fn on_air_for(latency: Duration, so_far: Duration) -> Self {
        let clock = Clock::system();
        let origin = origin(latency, so_far, &clock).await;
        let edge = edge_before(&origin, clock, |_| {});
        Self { origin, edge }
    }

    /// A viewer of the edge.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::of(self.edge.viewers()[0])
    }

    /// Somebody who asks the origin itself.
    pub(crate) fn at_origin(&self) -> Viewer {
        Viewer::of(self.origin.address())
    }

    /// The URL of a path at the edge, for a player.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.edge.viewers()[0])
    }

    /// Stored objects, by `GET /cache`.
    pub(crate) async fn stored(&self) -> Vec<serde_json::Value> {
        let cache = Viewer::of(self.edge.admin()).get("/cache?limit=10000").await.json();
        cache["objects"].as_array().expect("a list").clone()
    }
}

/// The demo's origin, which looks `latency` away, with a channel that has been on the air for `so_far` now.
pub(crate) async fn origin(latency: Duration, so_far: Duration, clock: &Clock) -> Origin {
    // Making it blocks; other tests must go on meanwhile.
    let folder = tokio::task::spawn_blocking(folder).await.expect("a sample");
    let (running, opened) = (clock.clone(), clock.now());
    let on_air = move || so_far + running.now().duration_since(opened);
    let pace = Pace { latency, ..Pace::default() };
    Origin::start(loopback(), folder, pace, on_air).await.expect("the origin starts")
}

/// An edge before it whose memory holds the whole sample, with a change to its configuration.
pub(crate) fn edge_before(origin: &Origin, clock: Clock, change: impl FnOnce(&mut Config)) -> Edge {
    let mut config = config_for(origin.address());
    config.cache.memory = ByteSize::mib(512);
    change(&mut config);
    Edge::start(config, clock).expect("the edge starts")
}

/// The folder with the sample, made when the first test needs it and kept for the next run.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample");
        sample::ensure(&folder, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
        folder
    })
}

/// Request paths of every object of the recorded video, manifests last.
pub(crate) fn recorded_paths() -> Vec<String> {
    let mut paths = Vec::new();
    collect(folder(), &folder().join("vod"), &mut paths);
    let is_manifest = |path: &str| matches!(path.rsplit_once('.'), Some((_, "m3u8" | "mpd")));
    paths.sort_by_key(|path| (is_manifest(path), path.clone()));
    paths
}

fn collect(root: &Path, folder: &Path, paths: &mut Vec<String>) {
    for file in std::fs::read_dir(folder).expect("readable") {
        let path = file.expect("readable").path();
        if path.is_dir() {
            collect(root, &path, paths);
        } else {
            let relative = path.strip_prefix(root).expect("below the root");
            paths.push(format!("/{}", relative.to_str().expect("plain names")));
        }
    }
}
