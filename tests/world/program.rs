//! The real program, as whoever starts it meets it: arguments, lines, signals, exit code.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Longer than any command takes; only a program that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running `spokecast`. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    output: Lines,
    log: Lines,
}

/// How a `spokecast` ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) output: String,
    /// Standard error.
    pub(crate) log: String,
}

/// The lines of a pipe: those that were waited for, and those that are still to come.
struct Lines {
    coming: mpsc::UnboundedReceiver<String>,
    seen: String,
}

impl Program {
    /// Starts the program.
    pub(crate) fn start<S: AsRef<str>>(arguments: &[S]) -> Self {
        Self::with_output(arguments, Stdio::piped())
    }

    /// Starts the program with its output to somewhere else.
    pub(crate) fn with_output<S: AsRef<str>>(arguments: &[S], output: Stdio) -> Self {
        Self::spawn(&mut Command::new(binary()), arguments, output)
    }

    /// Starts the program where so few files may be open.
    pub(crate) fn with_open_files<S: AsRef<str>>(count: usize, arguments: &[S]) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "sh"])
            .arg(count.to_string())
            .arg(binary());
        Self::spawn(&mut shell, arguments, Stdio::piped())
    }

    /// Starts the program where a file may have so many blocks of 512 bytes, until [`Self::lift_file_size`].
    pub(crate) fn with_file_size<S: AsRef<str>>(blocks: usize, arguments: &[S]) -> Self {
        let mut shell = Command::new("sh");
        // A write beyond is to fail, not to end the program.
        shell
            .args(["-c", "trap '' XFSZ && ulimit -S -f \"$1\" && shift && exec \"$@\"", "sh"])
            .arg(blocks.to_string())
            .arg(binary());
        Self::spawn(&mut shell, arguments, Stdio::piped())
    }

    /// Lets its files grow.
    pub(crate) fn lift_file_size(&self) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let id = i32::try_from(self.child.id().expect("it runs")).expect("a process id");
        let none = Rlimit { current: None, maximum: None };
        prlimit(Pid::from_raw(id), Resource::Fsize, none).expect("the soft limit was lowered alone");
    }

    /// Ends it without a word, as a loss of power does to a process.
    pub(crate) async fn kill(mut self) {
        in_time(self.child.kill()).await.expect("it runs");
    }

    /// Starts the program in a network namespace.
    pub(crate) fn inside<S: AsRef<str>>(namespace: &str, arguments: &[S]) -> Self {
        let mut ip = Command::new("ip");
        ip.args(["netns", "exec", namespace]).arg(binary());
        Self::spawn(&mut ip, arguments, Stdio::piped())
    }

    fn spawn<S: AsRef<str>>(command: &mut Command, arguments: &[S], output: Stdio) -> Self {
        let mut child = command
            .args(arguments.iter().map(AsRef::as_ref))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().map_or_else(Lines::none, Lines::of);
        let log = child.stderr.take().map_or_else(Lines::none, Lines::of);
        Self { child, output, log }
    }

    /// Runs the program to its end.
    pub(crate) async fn run<S: AsRef<str>>(arguments: &[S]) -> Ended {
        Self::start(arguments).ended().await
    }

    /// Waits for a line of standard output.
    pub(crate) async fn output_line(&mut self) -> String {
        let line = in_time(self.output.next()).await;
        line.unwrap_or_else(|| panic!("no output; the log:\n{}", self.log.seen))
    }

    /// Waits for a log line in JSON with this message.
    pub(crate) async fn logs(&mut self, message: &str) -> Value {
        loop {
            let Some(line) = in_time(self.log.next()).await else {
                panic!("no `{message}` in the log:\n{}", self.log.seen);
            };
            let line = serde_json::from_str(&line).unwrap_or(Value::Null);
            if line["message"] == message {
                return line;
            }
        }
    }

    /// Waits for a log line in any format that holds this text.
    pub(crate) async fn log_line(&mut self, text: &str) -> String {
        loop {
            let Some(line) = in_time(self.log.next()).await else {
                panic!("no `{text}` in the log:\n{}", self.log.seen);
            };
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until an edge says where viewers and operators are served.
    pub(crate) async fn listening(&mut self) -> (SocketAddr, SocketAddr) {
        let line = self.logs("listening").await;
        (address(&line, "viewers"), address(&line, "admin"))
    }

    /// The same of an edge that serves viewers over TLS too: these come second.
    pub(crate) async fn listening_over_tls(&mut self) -> [SocketAddr; 3] {
        let line = self.logs("listening").await;
        ["viewers", "viewers_over_tls", "admin"].map(|key| address(&line, key))
    }

    /// Waits until a collector says where it listens.
    pub(crate) async fn listening_at(&mut self) -> SocketAddr {
        let line = self.logs("listening").await;
        line["address"].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{line}"))
    }

    /// The memory that it has in RAM now, and the most that it ever had, in KiB.
    pub(crate) fn memory_kib(&self) -> (u64, u64) {
        let id = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the system tells");
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("it is told");
            line.trim_end_matches("kB").trim().parse().expect("a number")
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let kill = ["-c", "kill -s \"$1\" \"$2\"", "sh", name, &id];
        let sent = std::process::Command::new("sh").args(kill).status();
        assert!(sent.expect("a shell").success(), "the signal was not sent");
    }

    /// Waits for its end, and reads what is left.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = in_time(self.child.wait()).await.expect("it can be waited for");
        let (output, log) = (in_time(self.output.all()).await, in_time(self.log.all()).await);
        Ended { code: status.code(), output, log }
    }
}

/// The only address that a log line has under `key`.
fn address(line: &Value, key: &str) -> SocketAddr {
    let text = line[key].as_str().expect("text").trim_matches(['[', ']']);
    text.parse().unwrap_or_else(|_| panic!("{key} is no address in {line}"))
}

impl Ended {
    /// What stands on standard error, which has to be one line.
    pub(crate) fn one_line(&self) -> &str {
        let mut lines = self.log.lines();
        let (first, second) = (lines.next(), lines.next());
        assert!(second.is_none(), "more than one line:\n{}", self.log);
        first.expect("a line")
    }
}

impl Lines {
    fn none() -> Self {
        let (_, coming) = mpsc::unbounded_channel();
        Self { coming, seen: String::new() }
    }

    /// Reads all the time, so that the program never waits for a full pipe.
    fn of(pipe: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, coming) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut lines = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { coming, seen: String::new() }
    }

    async fn next(&mut self) -> Option<String> {
        let line = self.coming.recv().await?;
        self.seen.push_str(&line);
        self.seen.push('\n');
        Some(line)
    }

    async fn all(&mut self) -> String {
        while self.next().await.is_some() {}
        std::mem::take(&mut self.seen)
    }
}

async fn in_time<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(PATIENCE, work).await.expect("the program does not hang")
}

/// The program: the one that `SPOKECAST_BIN` names, else built beside this test.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("SPOKECAST_BIN").map_or_else(build, PathBuf::from))
}

/// This test is `<target folder>/<profile>/deps/<name>`.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let profile_folder = test.ancestors().nth(2).expect("a folder of the profile");
    let target_folder = profile_folder.parent().expect("a target folder");
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = std::process::Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "spokecast", "--bin", "spokecast", "--profile", profile])
        .arg("--target-dir")
        .arg(target_folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    profile_folder.join("spokecast")
}
