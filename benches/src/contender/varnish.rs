//! Varnish with its storage in memory. TLS is hitch's, which tells it by the PROXY protocol who asks and what is spoken.

use std::process::Command;

use anyhow::{Context, Result};

use super::{Place, printed};

pub(super) fn version() -> Result<String> {
    let text = printed("varnishd", "-V")?;
    let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once([')', ' ']));
    Ok(inside.map_or(text.as_str(), |(version, _)| version).to_owned())
}

pub(super) fn command(place: &Place<'_>) -> Result<Command> {
    let (origin, file) = (place.origin, place.folder.join("origin.vcl"));
    let (host, port) = (origin.ip(), origin.port());
    let text = format!(
        "vcl 4.1;\nbackend default {{ .host = \"{host}\"; .port = \"{port}\"; .max_connections = 1000; }}\n"
    );
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let mut command = Command::new("varnishd");
    command.args(["-j", "none", "-F", "-T", "none", "-n"]).arg(place.folder.join("work"));
    command.arg("-f").arg(file).args(["-a", &format!("{},HTTP", place.listen)]);
    if place.secure.is_some() {
        command.args(["-a", &format!("tls={},PROXY", place.between), "-p", "feature=+http2"]);
    }
    command.args(["-s", &format!("malloc,{}M", place.memory_mib)]);
    let parameters = [
        "thread_pools=1",
        "thread_pool_min=200",
        "thread_pool_max=4000",
        "listen_depth=8192",
        "timeout_idle=600",
    ];
    for parameter in parameters {
        command.args(["-p", parameter]);
    }
    Ok(command)
}
