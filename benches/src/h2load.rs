//! h2load, nghttp2's load generator: a client of HTTP/2 that is not ours, on the clients' core.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::identity::{CIPHER_SUITE, NAME};
use crate::statistics::real;

/// What to ask of whom.
pub(crate) struct Load<'a> {
    /// Where the server listens for TLS.
    pub(crate) server: SocketAddr,
    pub(crate) path: &'a str,
    pub(crate) connections: usize,
    /// Requests under way at a time on each connection.
    pub(crate) streams: usize,
    /// In all.
    pub(crate) requests: u64,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Answers that were whole, with a status of 200 to 299.
    pub(crate) succeeded: u64,
    /// Everything else that was asked for.
    pub(crate) failed: u64,
    pub(crate) took: Duration,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        real(self.succeeded) / self.took.as_secs_f64()
    }
}

/// Whether it can be started; else what to do.
pub(crate) fn check() -> Result<()> {
    let status = Command::new("h2load").arg("--version").stdout(Stdio::null()).status();
    let status = status.context("cannot start h2load (nghttp2-client); install it, or choose with --only")?;
    ensure!(status.success(), "`h2load --version` failed");
    Ok(())
}

impl Load<'_> {
    /// Runs it until all answers have come.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let mut command = Command::new("h2load");
        command.args(["--threads=1", &format!("--clients={}", self.connections)]);
        command.arg(format!("--max-concurrent-streams={}", self.streams));
        command.arg(format!("--requests={}", self.requests));
        command.arg(format!("--tls13-ciphers={CIPHER_SUITE}"));
        // A server that falls silent ends the run.
        command.arg("--connection-inactivity-timeout=20");
        command.arg(format!("--connect-to={}", self.server));
        command.arg(format!("https://{NAME}:{}{}", self.server.port(), self.path));
        let output = command.stdin(Stdio::null()).output().context("cannot start h2load (nghttp2-client)")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = || format!("h2load said:\n{text}{}", String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), said());
        let outcome = parse(&text).with_context(said)?;
        ensure!(outcome.succeeded > 0, "{}", said());
        Ok(outcome)
    }
}

/// What h2load prints at its end, and whether it was TLS 1.3 and HTTP/2 that it spoke.
fn parse(text: &str) -> Result<Outcome> {
    let line = |start: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.map(str::trim).with_context(|| format!("no line that begins with {start:?}"))
    };
    let protocol = line("Application protocol:")?;
    ensure!(protocol == "h2", "it spoke {protocol:?} instead of HTTP/2");
    let cipher = line("Cipher:")?;
    ensure!(cipher == CIPHER_SUITE, "the cipher suite was {cipher}");
    let took = line("finished in")?.split(',').next().unwrap_or_default();
    let requests = line("requests:")?;
    let count = |what: &str| {
        let counted = requests.split(',').find_map(|part| part.trim().strip_suffix(what));
        let counted = counted.and_then(|number| number.trim().parse::<u64>().ok());
        counted.with_context(|| format!("no number {what:?} in {requests:?}"))
    };
    let statuses = line("status codes:")?;
    let good = statuses.split(',').find_map(|part| part.trim().strip_suffix("2xx"));
    let good: u64 = good.and_then(|number| number.trim().parse().ok()).context("no number of 2xx")?;
    // An answer counts that is whole and 2xx; h2load tells both, not which.
    let (total, succeeded) = (count("total")?, count("succeeded")?.min(good));
    Ok(Outcome { succeeded, failed: total.saturating_sub(succeeded), took: duration(took)? })
}

/// `1.23s`, `45.6ms` or `789us`.
fn duration(text: &str) -> Result<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        _ => f64::NAN,
    };
    let number: f64 = digits.trim().parse().with_context(|| format!("{text:?} is no time"))?;
    Duration::try_from_secs_f64(number * seconds).with_context(|| format!("{text:?} is no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
starting benchmark...
spawning thread #0: 64 total client(s). 2000 total requests
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Server Temp Key: X25519 253 bits
Application protocol: h2
progress: 100% done

finished in 41.25ms, 48484.85 req/s, 190.11MB/s
requests: 2000 total, 2000 started, 2000 done, 1990 succeeded, 10 failed, 3 errored, 0 timeout
status codes: 1990 2xx, 0 3xx, 7 4xx, 0 5xx
traffic: 7.84MB (8224000) total, 20.51KB (21000) headers (space savings 92.55%), 7.81MB (8192000) data
                     min         max         mean         sd        +/- sd
time for request:      120us     20.10ms      7.94ms      3.20ms    66.25%
";

    #[test]
    fn what_it_prints_is_understood() {
        let outcome = parse(PRINTED).unwrap();
        let took = Duration::from_secs_f64(41.25e-3);
        assert_eq!(outcome, Outcome { succeeded: 1990, failed: 10, took });
    }

    #[test]
    fn answers_that_are_whole_but_no_2xx_do_not_count() {
        let text = PRINTED.replace("1990 2xx", "5 2xx").replace("7 4xx", "1985 4xx");
        let outcome = parse(&text).unwrap();
        assert_eq!((outcome.succeeded, outcome.failed), (5, 1995));
    }

    #[test]
    fn another_protocol_or_cipher_is_an_error_and_so_is_what_is_missing() {
        for (from, to) in [
            ("Application protocol: h2", "Application protocol: http/1.1"),
            ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384"),
            ("finished in", "ended in"),
            ("41.25ms", "soon"),
            ("1990 succeeded", "all succeeded"),
            ("1990 2xx", "many 2xx"),
        ] {
            assert!(parse(&PRINTED.replace(from, to)).is_err(), "{to}");
        }
        assert!(parse("").is_err());
    }

    #[test]
    fn times_have_three_units() {
        assert_eq!(duration("2.50s").unwrap(), Duration::from_millis(2500));
        assert_eq!(duration("789us").unwrap(), Duration::from_micros(789));
        for text in ["", "s", "1.5", "1.5m", "-1s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
