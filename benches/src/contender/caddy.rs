//! Caddy with static files in memory: the HTTP/3 server that Debian has. It has no cache.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Place, printed};
use crate::origin;

/// Files that it has: what the origin has at the same paths.
const SIZES: [usize; 3] = [4 << 10, 64 << 10, 1 << 20];

pub(super) fn version() -> Result<String> {
    Ok(format!("Caddy {}", printed("caddy", "version")?))
}

pub(super) fn command(place: &Place<'_>) -> Result<Command> {
    let content = place.folder.join("content");
    file(&content, super::FIRST, super::FIRST_SIZE)?;
    for size in SIZES {
        file(&content, &origin::segment(size), size)?;
    }
    let configuration = place.folder.join("Caddyfile");
    std::fs::write(&configuration, text(place, &content))
        .with_context(|| format!("cannot write {}", configuration.display()))?;
    let mut command = Command::new("caddy");
    command.arg("run").args(["--adapter", "caddyfile", "--config"]).arg(configuration);
    // One thread at work, as the others have, and nothing written elsewhere.
    command.env("GOMAXPROCS", "1");
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, place.folder);
    }
    Ok(command)
}

fn file(content: &Path, path: &str, size: usize) -> Result<()> {
    let file = content.join(path.trim_start_matches('/'));
    let folder = file.parent().unwrap_or(content);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, origin::object(size)))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn text(place: &Place<'_>, content: &Path) -> String {
    let content = content.display();
    let secure = place.secure.map(|(address, identity)| {
        let (certificate, key) = (identity.certificate.display(), identity.key.display());
        format!(
            "https://:{} {{
  bind {}
  tls {certificate} {key} {{
    protocols tls1.3 tls1.3
  }}
  root * {content}
  file_server
}}
",
            address.port(),
            address.ip()
        )
    });
    format!(
        "{{
  admin off
  auto_https off
  log {{
    output discard
  }}
}}
http://:{} {{
  bind {}
  root * {content}
  file_server
}}
{}",
        place.listen.port(),
        place.listen.ip(),
        secure.unwrap_or_default()
    )
}
