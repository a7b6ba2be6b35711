//! h2load, nghttp2's load generator: a client of HTTP/2 that is not ours, on the clients' core.
//!
//! It tells on its standard output when what it measures begins and ends; the server's processor time is read then, so
//! that neither handshakes nor the warm-up are in it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::clock;
use crate::identity::{CIPHER_SUITE, NAME};

/// What to ask of whom.
pub(crate) struct Load<'a> {
    /// Where the server listens for TLS.
    pub(crate) server: SocketAddr,
    pub(crate) path: &'a str,
    pub(crate) connections: usize,
    /// Requests under way at a time on each connection.
    pub(crate) streams: usize,
    /// How long to measure, in whole seconds.
    pub(crate) seconds: u32,
}

/// What was seen in the time that is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) counted: Counted,
    pub(crate) took: Duration,
    /// Processor time of the server.
    pub(crate) cpu: Duration,
}

/// What h2load has counted in that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Answers that were whole, with a status of 200 to 299.
    pub(crate) answers: u64,
    /// Everything else that came to an end: other statuses, broken answers and connections.
    pub(crate) failed: u64,
    /// Bytes that came, heads of frames and fields too, inside of TLS.
    pub(crate) traffic: u64,
}

/// Before what counts; handshakes are made in it.
const WARM_UP: &str = "500ms";

/// How long it may take beyond what it measures.
const PATIENCE_SECONDS: u32 = 30;

/// What it prints when it begins to measure, and when it has.
const BEGIN: &str = "Main benchmark duration is started";
const END: &str = "Main benchmark duration is over";

/// Whether it can be started; else what to do.
pub(crate) fn check() -> Result<()> {
    let status = Command::new("h2load").arg("--version").stdout(Stdio::null()).status();
    let status = status.context("cannot start h2load (nghttp2-client); install it, or choose with --only")?;
    ensure!(status.success(), "`h2load --version` failed");
    Ok(())
}

impl Load<'_> {
    /// Runs it. `cpu` tells what processor time the server has used up to now.
    pub(crate) fn run(&self, cpu: impl Fn() -> Duration) -> Result<Outcome> {
        // A server that falls silent in a handshake would keep it for ever.
        let mut command = Command::new("timeout");
        command.args([&(self.seconds + PATIENCE_SECONDS).to_string(), "h2load"]);
        command.args(["--threads=1", &format!("--clients={}", self.connections)]);
        command.arg(format!("--max-concurrent-streams={}", self.streams));
        command.arg(format!("--duration={}", self.seconds));
        command.arg(format!("--warm-up-time={WARM_UP}"));
        command.arg(format!("--tls13-ciphers={CIPHER_SUITE}"));
        command.arg(format!("--connect-to={}", self.server));
        command.arg(format!("https://{NAME}:{}{}", self.server.port(), self.path));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start timeout (coreutils) and h2load")?;
        let lines = child.stdout.take().context("h2load has no standard output")?;
        let (mut text, mut began, mut measured) = (String::new(), None, None);
        for line in BufReader::new(lines).lines() {
            let line = line?;
            if line.starts_with(BEGIN) {
                began = Some((clock::now(), cpu()));
            } else if let Some((time, before)) = began.filter(|_| line.starts_with(END)) {
                measured = Some((clock::now() - time, cpu().saturating_sub(before)));
            }
            text += &line;
            text.push('\n');
        }
        let status = child.wait()?;
        if let Some(mut errors) = child.stderr.take() {
            errors.read_to_string(&mut text)?;
        }
        let said = || format!("h2load said:\n{text}");
        ensure!(status.success(), "{}", said());
        let counted = parse(&text).with_context(said)?;
        let (took, cpu) = measured.with_context(said)?;
        ensure!(counted.traffic > 0, "{}", said());
        Ok(Outcome { counted, took, cpu })
    }
}

/// What h2load prints at its end, and whether it was TLS 1.3 and HTTP/2 that it spoke.
fn parse(text: &str) -> Result<Counted> {
    let line = |start: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.map(str::trim).with_context(|| format!("no line that begins with {start:?}"))
    };
    let protocol = line("Application protocol:")?;
    ensure!(protocol == "h2", "it spoke {protocol:?} instead of HTTP/2");
    let cipher = line("Cipher:")?;
    ensure!(cipher == CIPHER_SUITE, "the cipher suite was {cipher}");
    let requests = line("requests:")?;
    let count = |what: &str| {
        let counted = requests.split(',').find_map(|part| part.trim().strip_suffix(what));
        let counted = counted.and_then(|number| number.trim().parse::<u64>().ok());
        counted.with_context(|| format!("no number {what:?} in {requests:?}"))
    };
    // Statuses are counted when fields come, in the warm-up too, and what has succeeded when an answer is whole: it is what
    // was 2xx or 3xx. Nothing that is asked for is ever 3xx.
    let statuses = line("status codes:")?;
    let others = statuses.split(',').find_map(|part| part.trim().strip_suffix("3xx"));
    let others = others.and_then(|number| number.trim().parse::<u64>().ok()).context("no number of 3xx")?;
    let answers = count("succeeded")?.saturating_sub(others);
    // `1.5MB (1572864) total, …`
    let traffic = line("traffic:")?.split_once('(').and_then(|(_, rest)| rest.split_once(") total"));
    let traffic = traffic.and_then(|(number, _)| number.parse().ok()).context("no bytes of traffic")?;
    Ok(Counted { answers, failed: count("failed")? + others, traffic })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
starting benchmark...
spawning thread #0: 64 total client(s). Timing-based test with 0.5s of warm-up time and 1s of main duration for \
measurements.
Warm-up started for thread #0.
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Server Temp Key: X25519 253 bits
Application protocol: h2
Warm-up phase is over for thread #0.
Main benchmark duration is started for thread #0.
Main benchmark duration is over for thread #0. Stopping all clients.
Stopped all clients for thread #0

finished in 1.58s, 1990.00 req/s, 7.84MB/s
requests: 2000 total, 2000 started, 2000 done, 1990 succeeded, 10 failed, 3 errored, 0 timeout
status codes: 1992 2xx, 0 3xx, 7 4xx, 0 5xx
traffic: 7.84MB (8224000) total, 20.51KB (21000) headers (space savings 92.55%), 7.81MB (8192000) data
                     min         max         mean         sd        +/- sd
time for request:      120us     20.10ms      7.94ms      3.20ms    66.25%
";

    #[test]
    fn what_it_prints_is_understood() {
        assert_eq!(parse(PRINTED).unwrap(), Counted { answers: 1990, failed: 10, traffic: 8_224_000 });
    }

    #[test]
    fn answers_that_are_whole_but_no_2xx_do_not_count() {
        let text = PRINTED.replace("0 3xx", "90 3xx");
        assert_eq!(parse(&text).unwrap(), Counted { answers: 1900, failed: 100, traffic: 8_224_000 });
    }

    #[test]
    fn another_protocol_or_cipher_is_an_error_and_so_is_what_is_missing() {
        for (from, to) in [
            ("Application protocol: h2", "Application protocol: http/1.1"),
            ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384"),
            ("requests:", "asked:"),
            ("(8224000)", "(many)"),
            ("1990 succeeded", "all succeeded"),
            ("0 3xx", "some 3xx"),
            ("10 failed", "ten failed"),
        ] {
            assert!(parse(&PRINTED.replace(from, to)).is_err(), "{to}");
        }
        assert!(parse("").is_err());
    }
}
