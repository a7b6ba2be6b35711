//! An edge that wants a certificate, the authority that gives it one, and the clock.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use edge::clock::Hand;
use edge::config::{Certificate, Challenge};
use edge::{Clock, Config, Edge};
use tempfile::TempDir;

use super::authority::Authority;
use super::client;
use super::pebble::{Looks, Pebble};
use crate::world::origin::ok;
use crate::world::{Origin, World, config_for, loopback, within};

pub(crate) const OK: &str = "spokecast_acme_renewals_total{result=\"ok\"}";
pub(crate) const FAILED: &str = "spokecast_acme_renewals_total{result=\"failed\"}";
pub(crate) const NEXT_TRY: &str = "spokecast_acme_next_try_timestamp_seconds";

pub(crate) const NAME: &str = "edge.office.example";

/// All of it.
pub(crate) struct Office {
    pub(crate) authority: Authority,
    pub(crate) pebble: Option<Pebble>,
    pub(crate) world: World,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    folder: TempDir,
}

impl Office {
    /// An edge whose authority answers as soon as [`Self::open`] is called.
    pub(crate) async fn new(challenge: Challenge, change: impl FnOnce(&mut Config)) -> Self {
        let authority = Authority::start().await;
        Self::before(authority, challenge, change).await
    }

    /// The same before an authority that is there.
    pub(crate) async fn before(
        authority: Authority,
        challenge: Challenge,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let origin = Origin::start(|seen| ok(format!("origin{}", seen.target), &[])).await;
        let mut config = config_for(origin.address());
        config.tls.listen = vec![loopback()];
        config.tls.http3 = false;
        let acme = &mut config.tls.acme;
        acme.directory = Some(authority.directory());
        acme.ca_file = Some(authority.ca_file());
        acme.names = vec![NAME.into()];
        acme.challenge = challenge;
        acme.folder = Some(folder.path().join("acme"));
        if challenge == Challenge::Dns01 {
            acme.hook = hook(&format!("echo \"$@\" >> {}", folder.path().join("records").display()));
        }
        change(&mut config);
        let (clock, hand) = Clock::by_hand_from(Clock::system().wall());
        let edge = Edge::start(config.clone(), clock.clone()).expect("the edge starts");
        let world = World { origin, edge, hand };
        Self { authority, pebble: None, world, config, clock, folder }
    }

    /// The same whose first certificate is there.
    pub(crate) async fn certified(challenge: Challenge, change: impl FnOnce(&mut Config)) -> Self {
        let mut office = Self::new(challenge, change).await;
        office.open().await;
        office.world.wait_for_metric(OK, 1.0).await;
        office
    }

    /// From now on a new Pebble answers for the authority, and looks at this edge.
    pub(crate) async fn open(&mut self) {
        let http = self.world.address().port();
        self.open_looking(http).await;
    }

    /// The same with another port where it looks over HTTP.
    pub(crate) async fn open_looking(&mut self, http: u16) {
        let tls = self.tls().port();
        let pebble = Pebble::start(Looks { http, tls }, &self.records()).await;
        self.authority.stand_before(pebble.address);
        self.pebble = Some(pebble);
    }

    /// The edge ends, and another one with the same configuration and time starts.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(|_| {}).await;
    }

    /// The same with another configuration.
    pub(crate) async fn restart_with(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        let config = self.config.clone();
        // Where it was before: Pebble looks there.
        let (http, tls) = (self.world.address(), self.tls());
        let config = Config {
            viewers: edge::config::Viewers { listen: vec![http], ..config.viewers.clone() },
            tls: edge::config::Tls { listen: vec![tls], ..config.tls.clone() },
            ..config
        };
        let unused =
            Edge::start(config_for(self.world.origin.address()), Clock::system()).expect("it starts");
        let before = std::mem::replace(&mut self.world.edge, unused);
        before.drain().await;
        let edge = Edge::start(config, self.clock.clone()).expect("the edge starts again");
        self.world.edge = edge;
    }

    /// Where viewers are served over TLS.
    pub(crate) fn tls(&self) -> SocketAddr {
        self.world.edge.viewers_over_tls()[0]
    }

    /// What the edge shows who asks for a name and trusts the authority.
    pub(crate) async fn shown(&self, name: &str) -> Result<Vec<u8>, String> {
        let root = self.pebble.as_ref().expect("it was opened").root().await;
        client::shown(self.tls(), name, &root).await
    }

    /// The folder in which the edge keeps things.
    pub(crate) fn acme_folder(&self) -> PathBuf {
        self.folder.path().join("acme")
    }

    /// A certificate that nobody vouches for.
    pub(crate) fn certificate_in_files(&self, name: &str) -> Certificate {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        let [file, key_file] = ["own.pem", "own.key"].map(|name| self.folder.path().join(name));
        fs::write(&file, made.cert.pem()).expect("written");
        fs::write(&key_file, made.signing_key.serialize_pem()).expect("written");
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).expect("it is ours");
        Certificate { file, key_file }
    }

    /// What the hook was told, a line each.
    pub(crate) fn told(&self) -> Vec<String> {
        fs::read_to_string(self.records()).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.folder.path().join("records")
    }

    pub(crate) fn hand(&self) -> &Hand {
        &self.world.hand
    }

    /// Whether a sample of `/metrics` has this value, which is a whole number.
    pub(crate) async fn counts(&self, sample: &str, value: f64) -> bool {
        (self.world.metric(sample).await - value).abs() < 0.5
    }

    /// Seconds until the next try.
    pub(crate) async fn until_next_try(&self) -> f64 {
        self.world.metric(NEXT_TRY).await - self.now()
    }

    /// Waits until the next try is at least so many seconds away, and gives how many.
    pub(crate) async fn next_try_is_after(&self, seconds: f64) -> f64 {
        within("the next try to be planned", async {
            loop {
                let left = self.until_next_try().await;
                if left >= seconds {
                    return left;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of our time are exact")]
    fn now(&self) -> f64 {
        let since = self.clock.wall().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        since.as_secs() as f64
    }
}

/// A hook that is a line of a shell; its arguments are `set` or `remove`, name and value.
pub(crate) fn hook(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script, "hook"].map(String::from).into()
}
