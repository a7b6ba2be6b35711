//! Clients that others wrote, and that share no line with the edge: what they get is compared byte for byte.
//!
//! A client that is not installed is skipped aloud; `cargo xtask test` installs them all.

mod curl;
mod h2load;
mod http3;
mod openssl;

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::world::World;
use crate::world::origin::ok;
use crate::world::random::Random;
use crate::world::secure::Secure;
use crate::world::skip::skipped;

/// Only a client that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Large enough for many windows of any protocol.
const LARGE: &str = "/vod/0_large001/seg-1-v1.ts";
const LARGE_SIZE: usize = 5 << 20;

const TAG: &str = "\"version-1\"";

/// An edge before an origin that has a body for every path.
async fn world() -> Secure {
    World::secure(|seen| ok(body(&seen.target), &[("Cache-Control", "max-age=600"), ("ETag", TAG)])).await
}

/// The path of a small segment.
fn segment(number: usize) -> String {
    format!("/vod/0_meadow01/seg-{number}-v1.ts")
}

/// No two paths have the same, and no two parts of one are alike.
fn body(path: &str) -> Vec<u8> {
    let seed = path.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut random = Random::of(seed);
    let size =
        if path == LARGE { LARGE_SIZE } else { 20_000 + usize::try_from(seed % 1_000).expect("small") };
    let words = std::iter::repeat_with(|| random.next().to_le_bytes());
    words.flatten().take(size).collect()
}

/// Whether a client is there; if not, its tests say so.
async fn has(test: &str, program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).output().await;
    let there = asked.is_ok();
    if !there {
        skipped(&format!("clients::{test}"), &format!("there is no {program}"));
    }
    there
}

/// Runs a client to its end, with that on its standard input.
async fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("it was there");
    let mut pipe = child.stdin.take().expect("it is piped");
    let ended = async {
        // Whoever has heard enough closes it.
        let _closed = pipe.write_all(input).await;
        drop(pipe);
        child.wait_with_output().await
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the client ends").expect("it can be waited for")
}

/// What a client wrote, which has to succeed.
async fn output(command: &mut Command, input: &[u8]) -> String {
    let Output { status, stdout, stderr } = run(command, input).await;
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{stdout}\n{stderr}");
    stdout.into_owned()
}
