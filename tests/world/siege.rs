//! The real program under attack: what it holds in memory meanwhile, and how others fare.

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use tempfile::TempDir;

use super::origin::{Origin, Script, Seen};
use super::program::Program;
use super::viewer::Viewer;

/// What others ask for while the attack runs.
pub(crate) const OTHERS_ASK: &str = "/vod/0_others01/seg-1-v1.ts";

/// Others never wait longer. An edge that is held up makes them wait for one of its own time limits.
const PROMPT: Duration = Duration::from_secs(4);

/// How often others come.
const PACE: Duration = Duration::from_millis(20);

/// `spokecast edge` before a scripted origin.
pub(crate) struct Siege {
    pub(crate) origin: Origin,
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
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
        let text = format!(
            "[viewers]\nlisten = [\"127.0.0.1:0\"]\n{viewers}\n[admin]\nlisten = \"127.0.0.1:0\"\n\
             [cache]\nmemory = \"16 MiB\"\n[[origin]]\nurl = \"http://{}\"\n{origin_lines}\n",
            origin.address()
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, text).expect("writable");
        let mut program = Program::start(&["edge", "--config", path.to_str().expect("text")]);
        let (address, admin) = program.listening().await;
        let siege = Self { origin, program, address, admin, _folder: folder };
        siege.serves_another().await;
        siege
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

    /// A new viewer asks, and has the answer soon.
    pub(crate) async fn serves_another(&self) {
        let viewer = Viewer::of(self.address);
        let response = tokio::time::timeout(PROMPT, viewer.get(OTHERS_ASK)).await.expect("a prompt answer");
        assert_eq!((response.status, response.whole), (StatusCode::OK, true));
    }
}
