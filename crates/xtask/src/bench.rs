//! `cargo xtask bench`: how fast it is: beside other servers, in instructions, or piece by piece.
//!
//! The measurements themselves are the package in `benches/`; here is what they need: release builds, and the
//! programs that are compared with.

use std::process::Command;

use anyhow::Result;

use crate::setup::{self, Need};
use crate::step;
use crate::workspace::Workspace;

/// Measure: beside other caching servers (the default), in instructions, or piece by piece.
///
/// Builds the release binary first. Times mean something only on a machine that does nothing else; instructions
/// (--compare) are the same on a busy one. benches/README.md says what each phase does.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                                     every phase beside nginx, Varnish and Caddy; a quarter of an hour
  cargo xtask bench --only hits,crowd --rounds 1        two phases, one round
  cargo xtask bench --only https,http2,http3            what TLS and the newer protocols cost
  cargo xtask bench --peers nginx,spokecast -- --idle 2000
  cargo xtask bench --compare                           instructions per request; fails if one has grown
  cargo xtask bench --compare --save                    store them in benches/instructions.json
  cargo xtask bench --micro rewrite                     the micro benchmarks with `rewrite` in their names
  cargo xtask bench --mapper                            tables of the mapper's look-ups, memory and building
  cargo xtask bench --telemetry                         what counting what is watched costs; hits with and without it
  cargo xtask bench --telemetry hits --rounds 5         the hits alone
  cargo xtask bench --check-http3                       whether our HTTP/3 client and aioquic see the same")]
pub(crate) struct Arguments {
    /// Only these phases: hits, https, http2, http3, tail, crowd, live, idle, memory, start, telemetry.
    #[arg(long, value_name = "PHASES")]
    only: Option<String>,

    /// Only these servers: nginx, varnish, caddy (http3 alone), spokecast, write (hits alone). Ratios need nginx, those of
    /// http3 caddy.
    #[arg(long, value_name = "SERVERS")]
    peers: Option<String>,

    /// Rounds in which the servers take turns [default: 3].
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,

    /// Time of each measurement of hits [default: 2]; `tail` takes two times as long, `live` ten times.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u32>,

    /// Write every round of every figure to this file too.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,

    /// The micro benchmarks (criterion) instead: all, or those whose name contains NAME.
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "NAME", conflicts_with_all = ["only", "peers", "rounds", "seconds", "json", "compare", "rest"])]
    micro: Option<String>,

    /// The mapper's tables instead, beside bare longest-prefix matches: all, or look-ups, plans, memory, swap.
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "TABLE", conflicts_with_all = ["only", "peers", "rounds", "seconds", "json", "micro", "compare", "rest"])]
    mapper: Option<String>,

    /// What counting what is watched costs instead: all, or recording, threads, many, hits (with --rounds, --seconds and
    /// --json).
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "TABLE", conflicts_with_all = ["only", "peers", "micro", "mapper", "compare", "rest"])]
    telemetry: Option<String>,

    /// Instructions of the hot path instead, held against benches/instructions.json.
    #[arg(long, conflicts_with_all = ["only", "peers", "rounds", "seconds", "json", "rest"])]
    compare: bool,

    /// Whether the benchmark's HTTP/3 client and aioquic, which is installed below cargo's target folder, see the same
    /// answers of Caddy and Spokecast; with --peers of one of them.
    #[arg(long, conflicts_with_all = ["only", "rounds", "seconds", "json", "micro", "mapper", "telemetry", "compare", "rest"])]
    check_http3: bool,

    /// Store the instructions.
    #[arg(long, requires = "compare")]
    save: bool,

    /// Passed on to the comparison as they stand: `--viewers`, `--crowd`, `--idle`, `--idle-tls`, `--tail`,
    /// `--fill`.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<String>,
}

/// The table of telemetry that needs the whole edge.
const HITS: &str = "hits";

/// The other client of HTTP/3.
const CHECK: &str = "benches/check-http3.py";

/// Where instructions are stored.
const STORED: &str = "benches/instructions.json";

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if let Some(name) = &arguments.micro {
        return micro(workspace, name);
    }
    if let Some(table) = &arguments.mapper {
        return tables(workspace, "mapper", table);
    }
    if let Some(table) = arguments.telemetry.as_deref().filter(|table| *table != HITS) {
        tables(workspace, "telemetry", table)?;
        if !table.is_empty() {
            return Ok(());
        }
    }
    setup::ensure(&needs(arguments))?;
    // Each alone: features that the one asks of a dependency must not change the other.
    let spokecast = workspace.build_spokecast(["--release", "--package", "spokecast"])?;
    let benches = workspace.build("spokecast-benches", ["--release", "--package", "spokecast-benches"])?;
    let mut measure = Command::new(benches);
    if arguments.compare {
        measure.args(["instructions", "--spokecast"]).arg(spokecast);
        measure.arg("--stored").arg(workspace.path(STORED));
        if arguments.save {
            measure.arg("--save");
        }
    } else if arguments.check_http3 {
        measure.args(["check-http3", "--spokecast"]).arg(spokecast);
        measure.arg("--python").arg(setup::aioquic(workspace)?);
        measure.arg("--script").arg(workspace.path(CHECK));
        if let Some(peers) = &arguments.peers {
            measure.args(["--peers", peers]);
        }
    } else {
        measure.args(["peers", "--spokecast"]).arg(spokecast).args(passed_on(arguments));
    }
    step::run(&mut measure)
}

/// All of them if the name is empty.
fn micro(workspace: &Workspace, name: &str) -> Result<()> {
    let mut bench = workspace.cargo(["bench", "--package", "spokecast-benches"]);
    if !name.is_empty() {
        bench.args(["--", name]);
    }
    step::run(&mut bench)
}

/// All tables of this micro benchmark if the name is empty.
fn tables(workspace: &Workspace, bench: &str, table: &str) -> Result<()> {
    let mut bench = workspace.cargo(["bench", "--package", "spokecast-benches", "--bench", bench]);
    bench.args(["--", "--table"]);
    if !table.is_empty() {
        bench.arg(table);
    }
    step::run(&mut bench)
}

/// A server that is not measured need not be there.
fn needs(arguments: &Arguments) -> Vec<Need> {
    if arguments.compare {
        return vec![Need::Valgrind];
    }
    if arguments.telemetry.is_some() {
        return vec![Need::Iproute];
    }
    if arguments.check_http3 {
        return vec![Need::Caddy, Need::Python, Need::Iproute];
    }
    let is_among = |list: &Option<String>, name: &str| {
        list.as_deref().is_none_or(|list| list.split(',').any(|one| one.trim() == name))
    };
    let has_phase = |names: &[&str]| names.iter().any(|name| is_among(&arguments.only, name));
    let has_peer = |name: &str| is_among(&arguments.peers, name);
    let has_tls = has_phase(&["https", "http2", "idle", "tail"]);
    let has_tcp = has_tls || has_phase(&["hits", "crowd", "live", "memory", "start"]);
    let needs = [
        (has_peer("nginx") && has_tcp, Need::Nginx),
        (has_peer("varnish") && has_tcp, Need::Varnish),
        (has_peer("varnish") && has_tls, Need::Hitch),
        (has_peer("caddy") && has_phase(&["http3"]), Need::Caddy),
        (has_phase(&["http2"]), Need::H2load),
        (true, Need::Iproute),
    ];
    needs.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, need)| need).collect()
}

/// The options of the comparison that were given, spelled as it takes them.
fn passed_on(arguments: &Arguments) -> Vec<String> {
    let numbers = [("--rounds", arguments.rounds), ("--seconds", arguments.seconds)];
    let telemetry = arguments.telemetry.as_ref().map(|_| "telemetry".to_owned());
    let texts = [
        ("--only", &telemetry.or_else(|| arguments.only.clone())),
        ("--peers", &arguments.peers),
        ("--json", &arguments.json),
    ];
    let numbers = numbers.into_iter().map(|(name, value)| (name, value.map(|value| value.to_string())));
    let given = numbers.chain(texts.into_iter().map(|(name, value)| (name, value.clone())));
    let given = given.filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten();
    given.chain(arguments.rest.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Bench {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Bench::try_parse_from(["bench"].into_iter().chain(line.split_whitespace()))
            .map(|bench| bench.arguments)
    }

    #[test]
    fn what_is_given_is_passed_on_and_nothing_else() {
        assert!(passed_on(&parse("").unwrap()).is_empty());
        let arguments = parse("--only hits,crowd --rounds 1 -- --idle 2000").unwrap();
        assert_eq!(passed_on(&arguments), ["--rounds", "1", "--only", "hits,crowd", "--idle", "2000"]);
    }

    #[test]
    fn what_is_left_out_need_not_be_there() {
        let needs = |line: &str| needs(&parse(line).unwrap());
        let all = [Need::Nginx, Need::Varnish, Need::Hitch, Need::Caddy, Need::H2load, Need::Iproute];
        assert_eq!(needs(""), all);
        assert_eq!(needs("--peers spokecast,nginx"), [Need::Nginx, Need::H2load, Need::Iproute]);
        assert_eq!(needs("--only hits,crowd"), [Need::Nginx, Need::Varnish, Need::Iproute]);
        assert_eq!(needs("--only http3"), [Need::Caddy, Need::Iproute]);
        assert_eq!(needs("--only tail --peers varnish"), [Need::Varnish, Need::Hitch, Need::Iproute]);
        assert_eq!(needs("--compare"), [Need::Valgrind]);
        assert_eq!(needs("--check-http3"), [Need::Caddy, Need::Python, Need::Iproute]);
    }

    #[test]
    fn telemetry_takes_what_its_hits_understand() {
        let arguments = parse("--telemetry hits --rounds 5 --seconds 4").unwrap();
        assert_eq!(passed_on(&arguments), ["--rounds", "5", "--seconds", "4", "--only", "telemetry"]);
        assert_eq!(needs(&arguments), [Need::Iproute]);
    }

    #[test]
    fn the_kinds_of_measurement_exclude_each_other() {
        assert_eq!(parse("--micro").unwrap().micro, Some(String::new()));
        assert_eq!(parse("--micro rewrite").unwrap().micro, Some("rewrite".to_owned()));
        assert_eq!(parse("--mapper").unwrap().mapper, Some(String::new()));
        assert_eq!(parse("--mapper swap").unwrap().mapper, Some("swap".to_owned()));
        assert!(parse("--compare --save").unwrap().save);
        for line in [
            "--save",
            "--compare --micro",
            "--micro --only hits",
            "--compare --rounds 2",
            "--mapper --micro",
            "--mapper --compare",
            "--telemetry --mapper",
            "--telemetry --compare",
            "--telemetry --only hits",
            "--check-http3 --compare",
            "--check-http3 --rounds 1",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
