//! An origin that does as it is told, an edge before it with a clock moved by hand, and viewers.

pub(crate) mod collecting;
pub(crate) mod collector;
pub(crate) mod descriptors;
pub(crate) mod ffmpeg;
pub(crate) mod film;
pub(crate) mod frames;
pub(crate) mod h3;
pub(crate) mod network;
pub(crate) mod origin;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod sample;
pub(crate) mod secure;
pub(crate) mod siege;
pub(crate) mod skip;
pub(crate) mod tls;
pub(crate) mod viewer;
pub(crate) mod wire;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use edge::clock::Hand;
use edge::config::{ByteSize, Period};
use edge::{Clock, Config, Edge};

pub(crate) use origin::{Gate, Origin, Script, Seen, Step};
pub(crate) use viewer::{Response, Viewer};
pub(crate) use wire::{Wire, raw};

/// Longer than anything here takes: a test that waits for what never comes fails with a word about it.
const PATIENCE: Duration = Duration::from_secs(20);

/// One edge before one origin.
pub(crate) struct World {
    pub(crate) origin: Origin,
    pub(crate) edge: Edge,
    /// Moves the edge's clock.
    pub(crate) hand: Hand,
}

impl World {
    /// An edge before an origin that follows `script`.
    pub(crate) async fn new(script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> Self {
        Self::with(script, |_| {}).await
    }

    /// The same, with a change to the edge's configuration.
    pub(crate) async fn with(
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let (clock, hand) = Clock::by_hand();
        Self::by(clock, hand, script, change).await
    }

    /// The same, with wall-clock time that is `wall` until the hand moves it.
    pub(crate) async fn at(
        wall: SystemTime,
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let (clock, hand) = Clock::by_hand_from(wall);
        Self::by(clock, hand, script, change).await
    }

    async fn by(
        clock: Clock,
        hand: Hand,
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let origin = Origin::start(script).await;
        let mut config = config_for(origin.address());
        change(&mut config);
        let edge = Edge::start(config, clock).expect("the edge starts");
        Self { origin, edge, hand }
    }

    /// Where viewers are served.
    pub(crate) fn address(&self) -> SocketAddr {
        self.edge.viewers()[0]
    }

    /// A viewer with a connection pool of its own.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::of(self.address())
    }

    /// An operator, on the admin listener.
    pub(crate) fn operator(&self) -> Viewer {
        Viewer::of(self.edge.admin())
    }

    /// GET of one path by a new viewer.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.viewer().get(path).await
    }

    /// The value of one sample of `/metrics`, such as `spokecast_requests_total{kind="segment",outcome="hit"}`;
    /// 0 when it is not there.
    pub(crate) async fn metric(&self, sample: &str) -> f64 {
        let text = self.operator().get("/metrics").await.text();
        text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok()).unwrap_or_default()
    }

    /// Waits until a sample of `/metrics` has reached `value`.
    pub(crate) async fn wait_for_metric(&self, sample: &str, value: f64) {
        let reached = async {
            while self.metric(sample).await < value {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        within(sample, reached).await;
    }

    /// What `GET /cache` says.
    pub(crate) async fn cache(&self) -> serde_json::Value {
        self.operator().get("/cache").await.json()
    }

    /// Waits until no fill is under way.
    pub(crate) async fn settle(&self) {
        let settled = async {
            while self.operator().get("/cache?limit=0").await.json()["fills"] != 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        within("the end of all fills", settled).await;
    }

    /// Stored objects, by `GET /cache`.
    pub(crate) async fn stored(&self) -> Vec<serde_json::Value> {
        self.cache().await["objects"].as_array().expect("a list").clone()
    }
}

/// An edge for tests: ephemeral ports, little memory, short patience.
pub(crate) fn config_for(origin: SocketAddr) -> Config {
    let mut config = Config::for_origin(format!("http://{origin}").parse().expect("an address is a URL"));
    config.viewers.listen = vec![loopback()];
    config.viewers.cache_status = true;
    config.admin.listen = loopback();
    config.cache.memory = ByteSize::mib(64);
    config.drain.timeout = Period::of(Duration::from_secs(5));
    config
}

/// Any free port on loopback.
pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// What `future` gives; panics with `what` when that takes too long.
pub(crate) async fn within<F: Future>(what: &str, future: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("waited too long for {what}");
    };
    output
}

/// A short limit of time.
pub(crate) const fn ms(milliseconds: u64) -> Period {
    Period::of(Duration::from_millis(milliseconds))
}
