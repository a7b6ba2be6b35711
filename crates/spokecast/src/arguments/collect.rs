//! `spokecast collect`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use edge::config::Period;
use mapper::Id;
use telemetry::bucket::Bucket;
use telemetry::entry::EntryId;

use super::ColorChoice;

/// Arguments of `spokecast collect`.
#[derive(Clone, Debug, Args)]
#[command(
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[command(after_help = "\
Examples:
  spokecast collect --database reports.sqlite
      take reports on http://127.0.0.1:9191/v1/reports; `spokecast collect serve` is the same
  spokecast collect query --database reports.sqlite
      what was watched how often")]
pub struct CollectArguments {
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<CollectCommand>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Option<ServeArguments>,
}

/// What to do with reports.
#[derive(Clone, Debug, Subcommand)]
pub enum CollectCommand {
    /// Take the reports of edges over HTTP.
    Serve(ServeArguments),
    /// Say what was watched how often.
    Query(QueryArguments),
    /// Check files with reports; what is wrong is named with its place.
    Check(CheckReportsArguments),
    /// Bring in reports that edges wrote into a folder; each counts once, however often it is brought in.
    Load(LoadArguments),
}

/// Arguments of `spokecast collect serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast collect serve --database reports.sqlite --token-file token
      behind a TLS proxy on this machine
  spokecast collect serve --database reports.sqlite --listen 0.0.0.0:9191 \\
      --certificate cert.pem --key key.pem --token-file token
      for edges elsewhere: beyond this machine a certificate and a token are needed

Edges send to /v1/reports (telemetry.upstream.to). GET /v1/counts?site=&entry=&from=&to=&segments=&limit=&after= tells
sums, /v1/report.schema.json what a report may hold, /metrics and /healthz how the collector is. With a token, /v1/counts
and /metrics ask for it too.

SIGTERM and Ctrl-C end it: what is under way finishes first. A second one ends it at once. A renewed certificate is
read at the next start.")]
pub struct ServeArguments {
    /// The SQLite file; it is made for its owner alone (mode 600) when it is not there.
    #[arg(long, value_name = "FILE")]
    pub database: PathBuf,
    /// Address and port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9191")]
    pub listen: SocketAddr,
    /// The certificate in PEM, then those that vouch for it.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// File of one line, for its owner alone (mode 600): what edges show as `Authorization: Bearer`.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// How long reports are kept, in whole days from the day they came.
    #[arg(long, value_name = "TIME", default_value = "400d")]
    pub retention: Period,
}

/// Arguments of `spokecast collect query`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast collect query --database reports.sqlite --from 2026-11-01 --to 2026-12-01
      November (UTC), an entry a line
  spokecast collect query --database reports.sqlite --entry 1_abcd1234 --segments --json
      { \"counts\": [ { \"entry_id\", \"segment_number\" | \"first_segment\" and \"last_segment\", \"count\" } ] }

Counts are of requests. A line of a range of segments counts what has no line of its own, and a line of the entry what has
neither; so lines add up. The collector may run meanwhile.")]
pub struct QueryArguments {
    /// The SQLite file.
    #[arg(long, value_name = "FILE")]
    pub database: PathBuf,
    /// At this site alone.
    #[arg(long, value_name = "SITE")]
    pub site: Option<Id>,
    /// Of this entry alone.
    #[arg(long, value_name = "ENTRY")]
    pub entry: Option<EntryId>,
    /// In windows that begin then or later: 2026-11-21 or 2026-11-21T10:15Z.
    #[arg(long, value_name = "MOMENT", value_parser = collector::store::moment)]
    pub from: Option<Bucket>,
    /// In windows that begin before.
    #[arg(long, value_name = "MOMENT", value_parser = collector::store::moment)]
    pub to: Option<Bucket>,
    /// Tell segments apart.
    #[arg(long)]
    pub segments: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Whether to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Arguments of `spokecast collect check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast collect check reports/*.json
      each fault as FILE: what is wrong, and where
  spokecast collect check --schema > report.schema.json
      what a report may hold

Exit codes: 0 no faults; 1 faults; 2 the command line is wrong.")]
pub struct CheckReportsArguments {
    /// The files; of any name.
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub files: Vec<PathBuf>,
    /// Print faults as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print the JSON Schema of reports instead.
    #[arg(long, conflicts_with_all = ["files", "json"])]
    pub schema: bool,
}

/// Arguments of `spokecast collect load`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast collect load --database reports.sqlite reports/*.json

Files keep the name that the edge gave them (2026-11-21T10-15Z-<key>.json): it holds the key by which a report is known.
The collector may run meanwhile.

Exit codes: 0 all are in; 1 some are not, which is said of each; 2 the command line is wrong.")]
pub struct LoadArguments {
    /// The SQLite file; it is made for its owner alone (mode 600) when it is not there.
    #[arg(long, value_name = "FILE")]
    pub database: PathBuf,
    /// The files.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn parsed(arguments: &str) -> Result<CollectArguments, String> {
        let words = ["spokecast", "collect"].into_iter().chain(arguments.split_whitespace());
        match Arguments::try_parse_from(words).map_err(|error| error.to_string())?.command {
            Command::Collect(arguments) => Ok(arguments),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn serving_needs_no_word() {
        let short = parsed("--database a --listen 127.0.0.1:0").unwrap();
        assert!(short.command.is_none());
        let short = short.serve.unwrap();
        let Some(CollectCommand::Serve(long)) =
            parsed("serve --database a --listen 127.0.0.1:0").unwrap().command
        else {
            panic!("another command")
        };
        assert_eq!((&short.database, short.listen), (&long.database, long.listen));
        assert_eq!(short.retention, "400d".parse().unwrap());
        assert!(matches!(
            parsed("query --database a --from 2026-11-01").unwrap().command,
            Some(CollectCommand::Query(_))
        ));
        for bad in [
            "",
            "--listen 127.0.0.1:0",
            "serve",
            "query",
            "load --database a",
            "--database a --key b",
            "--database a check b",
        ] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
        assert!(parsed("query --database a --from yesterday").unwrap_err().contains("2026-11-21T10:15Z"));
    }
}
