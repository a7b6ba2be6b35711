//! What the command line takes.

mod cert;
mod collect;
mod map;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use edge::config::{ByteSize, Network, OriginUrl, Period};

pub use cert::{CertArguments, CertCommand, RequestArguments, ShowArguments};
pub use collect::{
    CheckReportsArguments, CollectArguments, CollectCommand, LoadArguments, QueryArguments, ServeArguments,
};
pub use map::{
    CheckMapArguments, ColorChoice, DiffArguments, ExportArguments, ImportArguments, LocateArguments,
    MapArguments, MapCommand,
};

/// An eCDN: servers in the offices of a company cache video, so that it crosses each internet link once and
/// not once per viewer.
#[derive(Clone, Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  spokecast demo                                     see it work on this machine
  spokecast edge --origin https://cdn.example.com    one flag is enough for an edge
  spokecast check edge.toml                          what is wrong with a file, and where
  spokecast locate --map sites.csv 203.0.113.7       which office an address is in
  spokecast key new locator.key                      a key that signs where viewers are
  spokecast cert show --connect edge.example:8443    which certificate an edge shows, and until when
  spokecast collect --database reports.sqlite        where the reports of all offices come together

Exit codes: 0 done; 1 it failed, or a check found faults; 2 the configuration or the command line is wrong;
others are told by the help of their command.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the edge of an office: serve HLS and DASH from a cache, filled from an origin.
    Edge(EdgeArguments),
    /// Check configuration files and maps; every fault is shown with its line.
    Check(CheckArguments),
    /// Read, write, check and compare maps of networks.
    Map(MapArguments),
    /// Say which office an address is in, and which edges serve it.
    Locate(LocateArguments),
    /// Make and show the keys with which an edge signs where a viewer is.
    Key(KeyArguments),
    /// Ask for certificates, and say what stands in them.
    Cert(CertArguments),
    /// Collect the reports of all sites, each once, and say what was watched how often.
    Collect(CollectArguments),
    /// Show it all on this machine: an origin with sample video, an edge, and a page to watch.
    Demo(DemoArguments),
}

/// Arguments of `spokecast edge`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast edge --origin https://cdn.example.com
      one flag is enough: viewers on http://127.0.0.1:8080, operators on http://127.0.0.1:9090
  spokecast edge --origin https://cdn.example.com --listen 0.0.0.0:8080 --allow 10.0.0.0/8 --memory 8GiB
      serve the office network
  spokecast edge --origin https://cdn.example.com --tls-listen 0.0.0.0:8443 --certificate edge.pem --key edge.key
      over HTTPS too; `spokecast cert request` asks for a certificate
  spokecast edge --config edge.toml
      everything else; config/edge.toml shows every key

SIGTERM and Ctrl-C end it: no new connections, transfers finish first. A second one ends it at once.
SIGHUP and a change of the file, or of certificates, reload it: nobody is dropped, and a faulty file changes nothing.")]
pub struct EdgeArguments {
    /// The origin CDN to fill the cache from: scheme, host and perhaps port.
    #[arg(long, value_name = "URL", required_unless_present = "config", conflicts_with = "config")]
    pub origin: Option<OriginUrl>,
    /// A configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port for viewers; may be given several times [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<SocketAddr>,
    /// Address and port for viewers over HTTPS; may be given several times. Needs a certificate.
    #[arg(long, value_name = "ADDR")]
    pub tls_listen: Vec<SocketAddr>,
    /// PEM file with the certificate for --tls-listen, and behind it those that vouch for it.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// PEM file with the certificate's private key, for its owner alone.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Address and port for operators [default: 127.0.0.1:9090].
    #[arg(long, value_name = "ADDR")]
    pub admin: Option<SocketAddr>,
    /// Memory for the cache, such as 512MiB or 8GiB [default: 1GiB].
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteSize>,
    /// Network whose viewers are served; may be given several times. Without one, and without --open, an edge that
    /// listens beyond loopback serves this machine alone.
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<Network>,
    /// Serve everybody who reaches the edge.
    #[arg(long, conflicts_with = "allow")]
    pub open: bool,
}

/// Arguments of `spokecast check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast check edge.toml
      each fault as FILE:LINE:COLUMN and the line itself; exit code 1 if there is one
  spokecast check --json edge.toml hub.toml
      { \"faults\": [ { \"file\", \"line\", \"column\", \"message\" } ] }, for scripts and editors
  spokecast check edge.toml sites.csv edges.csv
      maps are known by what they hold; all that are named together are one map
  spokecast check --schema > edge.schema.json
      every key with its type and a line of help; config/edge.toml has the defaults")]
pub struct CheckArguments {
    /// The files.
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub files: Vec<PathBuf>,
    /// Print faults as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print the JSON Schema of the edge's configuration instead.
    #[arg(long, conflicts_with_all = ["files", "json"])]
    pub schema: bool,
}

/// Arguments of `spokecast key`.
#[derive(Clone, Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct KeyArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// The commands for keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a new key in a new file, and print its public part.
    #[command(after_help = "\
Examples:
  spokecast key new locator.key
      an Ed25519 key as PKCS#8 in PEM, for its owner alone (mode 600); its public part and id are printed
  spokecast key new --json locator.key
      { \"id\", \"public\": { \"pem\", \"base64url\" } }, for scripts

The file must not be there yet. It stays on the edge; portals get the public part.")]
    New(KeyFileArguments),
    /// Print the public part of a key and its id.
    #[command(after_help = "\
Examples:
  spokecast key show locator.key
      the key id, and the public key as portals take it
  spokecast key show locator.key > locator.pub
      into a file: programs that read PEM pass over the line with the id
  spokecast key show --json locator.key
      { \"id\", \"public\": { \"pem\", \"base64url\" } }, for scripts

A file that others than its owner may read or change is refused, as the edge refuses it.")]
    Show(KeyFileArguments),
}

/// Arguments of the commands for keys.
#[derive(Clone, Debug, Args)]
pub struct KeyFileArguments {
    /// The file with the private key.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `spokecast demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  spokecast demo
      then open http://127.0.0.1:8080/watch in two windows; needs ffmpeg the first time
  spokecast demo --latency 300ms
      an origin on another continent
  spokecast demo --listen 0.0.0.0:8080
      for other machines of the office to watch; any free port is 0.0.0.0:0

HTTPS has a certificate for localhost, 127.0.0.1 and ::1. Who trusts the authority whose file is printed sees no warning;
its key was thrown away when that one certificate was made, so it can vouch for nothing else.

SIGTERM and Ctrl-C end it. A second one ends it at once.")]
pub struct DemoArguments {
    /// Address and port for viewers.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address and port for viewers over HTTPS, with a certificate that is made for this machine.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub tls_listen: SocketAddr,
    /// Address and port for operators.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9090")]
    pub admin: SocketAddr,
    /// Memory for the cache.
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    pub memory: ByteSize,
    /// Folder for the sample video, made once [default: the user's cache folder].
    #[arg(long, value_name = "DIR")]
    pub media: Option<PathBuf>,
    /// How far away the origin looks: time before each of its answers.
    #[arg(long, value_name = "TIME", default_value = "40ms")]
    pub latency: Period,
    /// Print the addresses as one line of JSON.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn one_flag_is_enough_and_a_file_excludes_it() {
        assert!(Arguments::try_parse_from(["spokecast", "edge", "--origin", "https://a.example"]).is_ok());
        assert!(Arguments::try_parse_from(["spokecast", "edge"]).is_err());
        let both = ["spokecast", "edge", "--origin", "https://a.example", "--config", "x"];
        assert!(Arguments::try_parse_from(both).is_err());
        let error =
            Arguments::try_parse_from(["spokecast", "edge", "--origin", "a/b"]).unwrap_err().to_string();
        assert!(error.contains("https://cdn.example.com"), "{error}");
    }
}
