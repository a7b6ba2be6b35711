//! Spokecast as it is shipped: one flag and three addresses; a configuration file where that does not say enough.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Place, printed};
use crate::identity::Identity;

pub(super) fn version(program: &Path) -> Result<String> {
    printed(program.to_str().context("the path of spokecast is not UTF-8")?, "--version")
}

pub(super) fn command(program: &Path, place: &Place<'_>) -> Result<Command> {
    if place.secure.is_some() {
        return configured(program, place, true);
    }
    let mut command = Command::new(program);
    command.args(["edge", "--origin", &format!("http://{}", place.origin)]);
    place.add_to(&mut command);
    Ok(command)
}

/// The same with a configuration that says whether it counts what is watched.
pub(super) fn counting(program: &Path, place: &Place<'_>, is_on: bool) -> Result<Command> {
    configured(program, place, is_on)
}

fn configured(program: &Path, place: &Place<'_>, is_counting: bool) -> Result<Command> {
    let file = place.folder.join("edge.toml");
    let text = configuration(&place.origin.to_string(), is_counting, place.secure);
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let mut command = Command::new(program);
    command.args(["edge", "--config"]).arg(file);
    place.add_to(&mut command);
    Ok(command)
}

/// A configuration of nothing but this.
pub(crate) fn configuration(
    origin: &str,
    is_counting: bool,
    secure: Option<(SocketAddr, &Identity)>,
) -> String {
    let secure = secure.map(|(address, identity)| {
        let (file, key) = (identity.certificate.display(), identity.key.display());
        format!(
            "
[tls]
listen = [\"{address}\"]

[[tls.certificate]]
file = \"{file}\"
key-file = \"{key}\"
"
        )
    });
    format!(
        "[[origin]]
url = \"http://{origin}\"

[telemetry]
enabled = {is_counting}
{}",
        secure.unwrap_or_default()
    )
}

impl Place<'_> {
    fn add_to(&self, command: &mut Command) {
        command.args(["--listen", &self.listen.to_string(), "--admin", &self.admin.to_string()]);
        command.args(["--memory", &format!("{}MiB", self.memory_mib)]);
    }
}

/// The total that stands in the metrics.
pub(super) fn counted(metrics: &str) -> Result<u64> {
    let name = "spokecast_telemetry_events_total{result=\"recorded\"} ";
    let value = metrics.lines().find_map(|line| line.strip_prefix(name));
    value.and_then(|value| value.trim().parse().ok()).context("the metrics do not say what was counted")
}

#[test]
fn the_total_of_what_was_counted_is_found() {
    let metrics = "# TYPE x counter\nspokecast_telemetry_events_total{result=\"dropped\"} 1\nspokecast_telemetry_events_total{result=\"recorded\"} 170\n";
    assert_eq!(counted(metrics).ok(), Some(170));
    assert!(counted("").is_err());
}
