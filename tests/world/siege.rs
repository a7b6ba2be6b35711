//! The real program under attack: what it holds in memory meanwhile, and how others fare.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::frames::{Carrier, Frames};
use super::origin::{Origin, Script, Seen};
use super::program::Program;
use super::secure::Authority;
use super::viewer::Viewer;

/// What others ask for while the attack runs.
pub(crate) const OTHERS_ASK: &str = "/vod/0_others01/seg-1-v1.ts";

/// Others never wait longer. An edge that is held up makes them wait for one of its own time limits.
const PROMPT: Duration = Duration::from_secs(4);

/// How often others come.
const PACE: Duration = Duration::from_millis(20);

/// Kinds of other viewers.
const KINDS: usize = 3;

/// What an attack comes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Clear,
    Tls,
}

impl Over {
    pub(crate) const BOTH: [Self; 2] = [Self::Clear, Self::Tls];
}

/// `spokecast edge` before a scripted origin.
pub(crate) struct Siege {
    pub(crate) origin: Origin,
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    pub(crate) over_tls: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) authority: Authority,
    /// How often others asked.
    asked: AtomicUsize,
    _folder: TempDir,
}

impl Siege {
    /// Starts the edge; `viewers` and `origin_lines` are lines for those sections of its configuration.
    pub(crate) async fn begin(
        viewers: &str,
        origin_lines: &str,
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
    ) -> Self {
        let origin = Origin::start(script).await;
        let authority = Authority::new();
        let text = format!(
            "[viewers]\nlisten = [\"127.0.0.1:0\"]\n{viewers}\n[admin]\nlisten = \"127.0.0.1:0\"\n\
             [cache]\nmemory = \"16 MiB\"\n{}\n[[origin]]\nurl = \"http://{}\"\n{origin_lines}\n",
            authority.configuration(),
            origin.address()
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, text).expect("writable");
        let mut program = Program::start(&["edge", "--config", path.to_str().expect("text")]);
        let [address, over_tls, admin] = program.listening_over_tls().await;
        let asked = AtomicUsize::default();
        let siege = Self { origin, program, address, over_tls, admin, authority, asked, _folder: folder };
        // Each kind of them once: what the first of a kind makes the edge set up is no growth.
        for _ in 0..KINDS {
            siege.serves_another().await;
        }
        siege
    }

    /// Connects; over TLS for HTTP/2.
    pub(crate) async fn connect(&self, over: Over) -> Box<dyn Carrier> {
        self.connect_for(over, "h2").await
    }

    /// Connects; over TLS for HTTP/1.1.
    pub(crate) async fn connect_http1(&self, over: Over) -> Box<dyn Carrier> {
        self.connect_for(over, "http/1.1").await
    }

    async fn connect_for(&self, over: Over, protocol: &str) -> Box<dyn Carrier> {
        match over {
            Over::Clear => Box::new(TcpStream::connect(self.address).await.expect("connects")),
            Over::Tls => Box::new(self.authority.connect(self.over_tls, &[protocol]).await),
        }
    }

    /// Connects for frames that are written by hand, and sends the preface with these settings.
    pub(crate) async fn frames(&self, over: Over, settings: &[(u16, u32)]) -> Frames {
        Frames::over(self.connect(over).await, settings).await
    }

    /// Runs `attack` to its end. Others are served all the while, and the memory never grows by more than
    /// `most_mib`. Gives what the attack gives.
    pub(crate) async fn withstands<T>(&self, most_mib: u64, attack: impl Future<Output = T>) -> T {
        let (before, _) = self.program.memory_kib();
        let mut attack = std::pin::pin!(attack);
        let output = loop {
            let others = async {
                self.serves_another().await;
                tokio::time::sleep(PACE).await;
            };
            tokio::select! {
                output = &mut attack => break output,
                () = others => {}
            }
        };
        self.serves_another().await;
        let (_, peak) = self.program.memory_kib();
        let grown = peak.saturating_sub(before);
        assert!(grown <= most_mib * 1024, "grown by {grown} KiB, at most {most_mib} MiB");
        output
    }

    /// A new viewer asks, and has the answer soon: in the clear, over TLS, and over HTTP/2 by turns.
    pub(crate) async fn serves_another(&self) {
        let viewer = match self.asked.fetch_add(1, Ordering::Relaxed) % KINDS {
            0 => Viewer::of(self.address),
            1 => Viewer::over_tls(self.over_tls, self.authority.trust(&["http/1.1"])),
            _ => Viewer::over_tls_http2(self.over_tls, self.authority.trust(&["h2"])),
        };
        let response = tokio::time::timeout(PROMPT, viewer.get(OTHERS_ASK)).await.expect("a prompt answer");
        assert_eq!((response.status, response.whole), (StatusCode::OK, true));
    }

    /// A sample of `/metrics`, by all that stands before its value; 0 when it is not there.
    pub(crate) async fn metric(&self, sample: &str) -> f64 {
        let text = Viewer::of(self.admin).get("/metrics").await.text();
        text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok()).unwrap_or_default()
    }
}
