//! `spokecast map` and `spokecast locate`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;
use mapper::{Format, Id};

/// Arguments of `spokecast map`.
#[derive(Clone, Debug, Args)]
pub struct MapArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: MapCommand,
}

/// What to do with maps.
#[derive(Clone, Debug, Subcommand)]
pub enum MapCommand {
    /// Read networks from where they are kept today, and write them as a map.
    Import(ImportArguments),
    /// Write a map in a format of others, or in another of ours.
    Export(ExportArguments),
    /// Check a map; every fault is shown with its line.
    Check(CheckMapArguments),
    /// Show which networks move between two maps.
    Diff(DiffArguments),
    /// Show step by step why an address lands where it does.
    Explain(LocateArguments),
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of `spokecast map import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast map import --from infoblox-csv --site-column EA-Building --realm acme networks.csv --out map.toml
      networks of an IPAM, all in one address plan
  spokecast map import --from ecdn-csv --external 203.0.113.0/24 munich.csv --out office/
      networks behind one internet link, as office/sites.csv and office/edges.csv

A file that lists networks does not say how they are seen from outside: --external, --realm or --direct does.
Faults and warnings go to standard error. The output is written whole, or not at all.

Exit codes: 0 done; 1 the files have faults, or it failed; 2 the command line is wrong.")]
pub struct ImportArguments {
    /// The format; without it, it is guessed from what the files hold.
    #[arg(long, value_name = "FORMAT", value_parser = formats(Format::is_read))]
    pub from: Option<Format>,
    /// The files; together they are one map.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The networks are behind this external network; may be given several times.
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = mapper::cidr::parse,
        conflicts_with_all = ["realm", "direct"])]
    pub external: Vec<IpNet>,
    /// The networks are in this realm.
    #[arg(long, value_name = "NAME", conflicts_with = "direct")]
    pub realm: Option<Id>,
    /// The networks are external networks themselves.
    #[arg(long)]
    pub direct: bool,
    /// The site of rows that name none.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
    /// The column that holds the site [default: EA-Site for infoblox-csv, site or scope for netbox-csv].
    #[arg(long, value_name = "COLUMN")]
    pub site_column: Option<String>,
    /// Where to write: .toml, .json, .csv (without edges), or a folder for sites.csv and edges.csv [default: TOML to
    /// standard output].
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

/// Arguments of `spokecast map export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast map export --to ecdn-csv --realm acme --map map.toml --out subnets.csv
  spokecast map export --to geofeed --map sites.csv
  spokecast map export --to map-json --map sites.csv --map edges.csv --out map.json

What the format cannot say is a warning where it is left out, and a fault where the file would send viewers
elsewhere than the map. The output is written whole, or not at all.

Exit codes: 0 done; 1 the map has faults or does not fit into the format; 2 the command line is wrong.")]
pub struct ExportArguments {
    /// The format.
    #[arg(long, value_name = "FORMAT", value_parser = formats(Format::is_written))]
    pub to: Format,
    /// A file of the map, or a folder with sites.csv and edges.csv; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub map: Vec<PathBuf>,
    /// Write this realm alone, for formats that hold one address plan.
    #[arg(long, value_name = "NAME")]
    pub realm: Option<Id>,
    /// Where to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `spokecast map check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast map check sites.csv edges.csv
      each fault as FILE:LINE: COLUMN: what is wrong
  spokecast map check --json map.toml
      { \"faults\": [ { \"file\", \"line\", \"key\", \"code\", \"message\", \"other\" } ], \"warnings\": […] }

Exit codes: 0 no faults (there may be warnings); 1 faults; 2 the command line is wrong.")]
pub struct CheckMapArguments {
    /// The files of one map, or a folder with sites.csv and edges.csv.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Whether to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Arguments of `spokecast map diff`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast map diff old.toml new.toml
  spokecast map diff office-2025/ office-2026/

Exit codes: 0 nothing moves; 3 something does; 1 a map has faults; 2 the command line is wrong.")]
pub struct DiffArguments {
    /// The map before: a file, or a folder with sites.csv and edges.csv.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The map after.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Whether to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Arguments of `spokecast locate` and `spokecast map explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast locate --map sites.csv 203.0.113.7
      an office with an internet link of its own
  spokecast locate --map sites.csv --map edges.csv 203.0.113.7 10.1.2.3
      an office behind a hub: the pair of addresses tells
  spokecast locate --map map.toml --realm acme 10.1.2.3
      an address that a server inside the network sees

Exit codes: 0 a row says what becomes of the address (a site, or its policy); 3 ambiguous, the internal address
would have to tell; 4 unknown, no row is about it; 1 the map has faults; 2 the command line is wrong.")]
pub struct LocateArguments {
    /// A file of the map, or a folder with sites.csv and edges.csv; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    pub map: Vec<PathBuf>,
    /// The address as the internet sees it; with --realm, the address as it is seen inside.
    #[arg(value_name = "EXTERNAL")]
    pub external: IpAddr,
    /// The address inside.
    #[arg(value_name = "INTERNAL", conflicts_with = "realm")]
    pub internal: Option<IpAddr>,
    /// The realm in which the address is seen.
    #[arg(long, value_name = "NAME")]
    pub realm: Option<Id>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Whether to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// A parser of the names of formats that are `of` a kind.
fn formats(of: fn(Format) -> bool) -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.into_iter().filter(move |format| of(*format)).map(Format::as_str);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}
