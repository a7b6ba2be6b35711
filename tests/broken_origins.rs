//! Origins that break the protocol, by accident or to do harm. For each: what viewers get (an error, or a
//! body that is seen to be cut off), that nothing wrong is stored, that the next request of an origin that
//! is well again is right, and that others are served meanwhile.
//!
//! Answers carry no validator unless the test is about one. `faults` holds what breaks off, what is no answer
//! at all, and origins that do not answer in time.

mod connection;
mod framing;
mod heads;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;

use crate::world::origin::ok;
use crate::world::{Response, Script, Step, Viewer, World, ms};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
/// The origin answers this one well all the time.
const OTHER: &str = "/vod/0_others01/seg-1-v1.ts";
const RIGHT: &str = "0123456789";
/// Time limits of an origin that are over within a test.
const SHORT: &str = "first-byte-timeout = \"1s\"\nstall-timeout = \"1s\"";

/// An edge before an origin that is broken until it is mended.
struct Ward {
    world: World,
    mended: Arc<AtomicBool>,
}

impl Ward {
    /// The origin follows `fault` when it is asked for anything but [`OTHER`].
    async fn with(fault: Script) -> Self {
        let mended = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&mended);
        let script = move |seen: &crate::world::Seen| {
            let well = seen.target == OTHER || switch.load(Ordering::Relaxed);
            if well { ok(RIGHT, &[("Cache-Control", "max-age=60")]) } else { fault.clone() }
        };
        let world = World::with(script, |config| {
            config.origin[0].first_byte_timeout = ms(5000);
            config.origin[0].stall_timeout = ms(500);
        })
        .await;
        Self { world, mended }
    }

    /// What viewers over both protocols get, while somebody else is served what the origin does well.
    async fn viewers_get(&self) -> [Response; 2] {
        let [a, b] = [self.world.viewer(), Viewer::http2(self.world.address())];
        let others = self.world.viewer();
        let (a, b, other) = tokio::join!(a.get(SEGMENT), b.get(SEGMENT), others.get(OTHER));
        assert_eq!((other.status, other.text().as_str()), (StatusCode::OK, RIGHT));
        [a, b]
    }

    /// Nothing of the fault is kept, and once the origin is well the next requests are right.
    async fn recovers(&self) {
        self.world.settle().await;
        let stored = self.world.stored().await;
        assert!(stored.iter().all(|object| object["target"] == OTHER), "{stored:?}");
        self.mended.store(true, Ordering::Relaxed);
        // Twice by the edge's pool of connections, once from the cache.
        for path in [SEGMENT, "/vod/0_meadow01/seg-2-v1.ts", SEGMENT] {
            let response = self.world.get(path).await;
            assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, RIGHT), "{path}");
        }
    }

    /// Viewers get `status` without a word of the origin's.
    async fn refuses(fault: Script, status: StatusCode) {
        let shown = shown(&fault);
        let ward = Self::with(fault).await;
        for response in ward.viewers_get().await {
            assert_eq!(response.status, status, "{shown}");
            assert_eq!(response.header("cache-control"), "no-store", "{shown}");
            assert!(!response.text().contains("canary") && response.body.len() < 100, "{shown}");
        }
        ward.recovers().await;
    }

    /// Viewers get an error, or a body that is cut off: never one that looks whole.
    async fn is_cut_off(fault: Script) {
        let shown = shown(&fault);
        let ward = Self::with(fault).await;
        for response in ward.viewers_get().await {
            let is_error = response.status.is_server_error();
            assert!(
                is_error || (response.status == StatusCode::OK && !response.whole),
                "{shown}: {response:?}"
            );
        }
        ward.recovers().await;
    }

    /// Viewers get what is right, in spite of what surrounds it.
    async fn passes(fault: Script) {
        let shown = shown(&fault);
        let ward = Self::with(fault).await;
        for response in ward.viewers_get().await {
            assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, RIGHT), "{shown}");
        }
    }
}

/// The beginning of a script, for messages.
fn shown(fault: &Script) -> String {
    let Some(Step::Send(bytes)) = fault.first() else {
        return format!("{fault:?}");
    };
    String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned()
}

/// Sends these bytes, and closes.
fn closing(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Send(bytes.into()), Step::Close]
}

/// Sends these bytes, and leaves the connection open.
fn open(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Send(bytes.into())]
}
