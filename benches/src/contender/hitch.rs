//! hitch, the TLS proxy that stands before Varnish: one worker, PROXY protocol, HTTP/2 by ALPN.

use std::net::SocketAddr;
use std::process::Command;

use super::Place;
use crate::identity::Identity;

pub(super) fn command(place: &Place<'_>, address: SocketAddr, identity: &Identity) -> Command {
    let end = |address: SocketAddr| format!("[{}]:{}", address.ip(), address.port());
    let mut command = Command::new("hitch");
    command.arg(format!("--frontend={}", end(address)));
    command.arg(format!("--backend={}", end(place.between)));
    command.args(["--write-proxy-v2=on", "--workers=1", "--alpn-protos=h2,http/1.1"]);
    command.args(["--tls-protos=TLSv1.3", "--backlog=8192"]);
    // It refuses to serve as root, and reads the key before it changes.
    if rustix::process::geteuid().is_root() {
        command.arg("--user=nobody");
    }
    command.arg(&identity.both);
    command
}
