//! `spokecast cert`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use edge::config::Period;
use edge::tls::names;

/// Arguments of `spokecast cert`.
#[derive(Clone, Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct CertArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: CertCommand,
}

/// The commands for certificates.
#[derive(Clone, Debug, Subcommand)]
pub enum CertCommand {
    /// Make a key and ask for a certificate: print the request that a certificate authority takes.
    #[command(after_help = "\
Examples:
  spokecast cert request --name edge.office.example --key edge.key
      an ECDSA P-256 key in a new file for its owner alone (mode 600), and the request (PKCS#10 in PEM) on standard output
  spokecast cert request --name edge.office.example --name 10.0.0.7 --key edge.key --out edge.csr
      for a name and an address, the request in a new file
  spokecast cert request --json --name edge.office.example --key edge.key
      { \"names\", \"key_file\", \"request_file\", \"request\" }, for scripts

No file may be there yet. The key stays on the edge; the authority gets the request and gives the certificate:
`file` and `key-file` in [[tls.certificate]], or --certificate and --key of `spokecast edge`.")]
    Request(RequestArguments),
    /// Say what stands in certificates: in files, or those that a server shows.
    #[command(after_help = "\
Examples:
  spokecast cert show edge.pem
      whom it is for, from whom, until when, and whether those that vouch for it are there
  spokecast cert show edge.pem --key edge.key
      also whether the key belongs to it
  spokecast cert show --connect edge.office.example:8443
      what a server shows; nothing is trusted, and nothing is sent but the handshake
  spokecast cert show --connect 10.0.0.7:8443 --name edge.office.example --ca-file office-ca.pem
      under another name, held against the authorities in a file
  spokecast cert show --json edge.pem
      { \"certificates\": [ { \"source\", \"names\", \"subject\", \"issuer\", \"not_before\", \"not_after\", \"days_left\",
      \"key\", \"sha256\", \"chain\", \"faults\" } ] }, for scripts

Exit code 1 when one does not hold now, ends within --warn-before, or is not what was asked for: of another key, for
other names.")]
    Show(ShowArguments),
}

/// Arguments of `spokecast cert request`.
#[derive(Clone, Debug, Args)]
pub struct RequestArguments {
    /// Name or address that the certificate is to be for; may be given several times. `*.office.example` leaves one label
    /// open.
    #[arg(long, value_name = "NAME", required = true, value_parser = name)]
    pub name: Vec<String>,
    /// File for the new key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File for the request [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `spokecast cert show`.
#[derive(Clone, Debug, Args)]
pub struct ShowArguments {
    /// Files with certificates.
    #[arg(value_name = "FILE", required_unless_present = "connect", conflicts_with = "connect")]
    pub files: Vec<PathBuf>,
    /// File with a private key: whether it belongs to the certificate.
    #[arg(long, value_name = "FILE", conflicts_with = "connect")]
    pub key: Option<PathBuf>,
    /// Server to ask, with its port.
    #[arg(long, value_name = "HOST:PORT")]
    pub connect: Option<String>,
    /// Name to ask the server for [default: the host of --connect].
    #[arg(long, value_name = "NAME", requires = "connect", value_parser = name)]
    pub name: Option<String>,
    /// PEM file of certificate authorities to hold it against [default: those that the system trusts].
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// A certificate that ends sooner is about to end.
    #[arg(long, value_name = "TIME", default_value = "3days")]
    pub warn_before: Period,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

fn name(text: &str) -> Result<String, String> {
    if names::is_certificate_name(text) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("write a name such as `edge.office.example`, or an address".into())
    }
}
