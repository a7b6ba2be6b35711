//! ffmpeg and its like, as players.

use std::process::Output;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// Long enough for a busy machine; only a player that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(3);

/// Decodes, and hands back the report of how far it got. Any error ends it.
pub(crate) async fn play(arguments: &[&str]) -> String {
    let report = ["-v", "error", "-xerror", "-nostdin", "-nostats", "-progress", "pipe:1"];
    run("ffmpeg", &[&report, arguments, &["-f", "null", "-"]].concat()).await
}

/// Decodes, and hands back a line with time and checksum of each frame of picture and sound. Any error ends it.
pub(crate) async fn frames(arguments: &[&str]) -> Vec<String> {
    let quiet = ["-v", "error", "-xerror", "-nostdin", "-nostats"];
    let list = run("ffmpeg", &[&quiet, arguments, &["-f", "framemd5", "-"]].concat()).await;
    list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// What a program says; it has to succeed, and without a word of error.
pub(crate) async fn run(program: &str, arguments: &[&str]) -> String {
    let ended = timeout(PATIENCE, Command::new(program).args(arguments).kill_on_drop(true).output());
    let Output { status, stdout, stderr } = ended.await.expect("in time").expect("ffmpeg is installed");
    let complaints = String::from_utf8_lossy(&stderr);
    assert!(status.success() && complaints.is_empty(), "{program} {arguments:?}: {status}\n{complaints}");
    String::from_utf8(stdout).expect("text")
}
