//! Whether our client of HTTP/3 and one of another stack, aioquic, see the same: who measures with a client of his own
//! has to show that it reads answers to their end.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::contender::{Contender, Programs, Running};
use crate::http3::Alone;
use crate::identity::{Identity, NAME};
use crate::origin::{Distance, Origin, segment};
use crate::report::Table;
use crate::{namespace, process};

/// What to ask with.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The `spokecast` binary.
    #[arg(long, value_name = "FILE")]
    spokecast: PathBuf,
    /// A Python that has aioquic.
    #[arg(long, value_name = "FILE")]
    python: PathBuf,
    /// The other client, in Python.
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// Only these servers [default: all that speak HTTP/3].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    peers: Vec<Contender>,
}

const SIZES: [usize; 3] = [4 << 10, 64 << 10, 1 << 20];

/// Asks each server for the same objects by both clients; fails if one of them sees anything but 200 and every byte.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    namespace::enter()?;
    let scratch = tempfile::Builder::new().prefix("spokecast-bench-").tempdir()?;
    process::pin_clients()?;
    process::watch_signals(scratch.path())?;
    let identity = Identity::make(scratch.path())?;
    let origin = Origin::start(Distance::Near)?;
    let programs = Programs { spokecast: arguments.spokecast.clone() };
    let servers = [Contender::Caddy, Contender::Spokecast];
    let mut table = Table::new(["server", "client", "4 KiB", "64 KiB", "1 MiB"]);
    let mut faults = Vec::new();
    let is_chosen = |server: &Contender| arguments.peers.is_empty() || arguments.peers.contains(server);
    for server in servers.into_iter().filter(is_chosen) {
        let running = server.start(&programs, scratch.path(), origin.address, 256, Some(&identity))?;
        let ours = ours(&running, &identity);
        let theirs = theirs(arguments, &running, &identity);
        for (client, seen) in [("ours", ours), ("aioquic", theirs)] {
            let seen = seen.with_context(|| format!("{} asked by {client}", server.name()))?;
            let wanted = SIZES.map(|size| format!("200 {size}"));
            if seen != wanted {
                faults.push(format!("{} asked by {client}", server.name()));
            }
            table.row([server.name().to_owned(), client.to_owned()].into_iter().chain(seen));
        }
    }
    println!("status and bytes\n\n{table}");
    ensure!(faults.is_empty(), "not 200 and every byte: {}", faults.join("; "));
    Ok(())
}

fn ours(running: &Running, identity: &Identity) -> Result<Vec<String>> {
    let mut client = Alone::open(running.secure, &identity.certificate)?;
    let ask = |size: usize| {
        let answer = client.ask(&segment(size))?;
        let status = if answer.is_ok { "200" } else { "another" };
        Ok(format!("{status} {}", answer.body))
    };
    SIZES.into_iter().map(ask).collect()
}

fn theirs(arguments: &Arguments, running: &Running, identity: &Identity) -> Result<Vec<String>> {
    let mut command = Command::new(&arguments.python);
    command.arg(&arguments.script);
    command.args([running.secure.ip().to_string(), running.secure.port().to_string(), NAME.to_owned()]);
    command.arg(&identity.certificate).args(SIZES.map(segment));
    let output = command.stdin(Stdio::null()).output().context("cannot start Python")?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "aioquic failed:\n{}", said());
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
