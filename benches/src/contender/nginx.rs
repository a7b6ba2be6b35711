//! nginx as a caching proxy: `proxy_cache` on tmpfs, sendfile, cache lock, open connections to the origin.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Place, printed};
use crate::identity::{CIPHER_SUITE, Identity};

pub(super) fn version() -> Result<String> {
    Ok(printed("nginx", "-v")?.replace("nginx version: ", ""))
}

/// Where it keeps what it has stored.
pub(super) fn stored(folder: &Path) -> PathBuf {
    folder.join("cache")
}

pub(super) fn command(place: &Place<'_>) -> Result<Command> {
    let file = place.folder.join("nginx.conf");
    std::fs::write(&file, configuration(place))
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut command = Command::new("nginx");
    command.arg("-e").arg(place.folder.join("error.log"));
    command.arg("-p").arg(place.folder).arg("-c").arg(file);
    Ok(command)
}

/// `open_file_cache` makes hits faster. It also keeps files open that were evicted, so that a cache which evicts would
/// grow beyond its bound; here none does.
fn configuration(place: &Place<'_>) -> String {
    let Place { folder, origin, listen, memory_mib, .. } = place;
    let folder = folder.display();
    // Workers of a root process change to another user, who may not read our folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    format!(
        "daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
  access_log off; default_type application/octet-stream;
  sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_timeout 600s; keepalive_requests 100000000; reset_timedout_connection on;
  open_file_cache max=20000 inactive=60s; open_file_cache_valid 60s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=c:32m max_size={memory_mib}m inactive=1d use_temp_path=off;
  upstream origin {{ server {origin}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen {listen} backlog=8192 reuseport;
{}
    location / {{
      proxy_pass http://origin; proxy_http_version 1.1;
      proxy_set_header Connection \"\"; proxy_set_header Host $host;
      proxy_cache c; proxy_cache_key $uri;
      proxy_cache_lock on; proxy_cache_lock_timeout 10s; proxy_cache_lock_age 10s;
      proxy_cache_use_stale updating; proxy_cache_revalidate on;
    }}
  }}
}}
",
        place.secure.map(secure).unwrap_or_default()
    )
}

fn secure((address, identity): (SocketAddr, &Identity)) -> String {
    format!(
        "    listen {address} ssl http2 backlog=8192 reuseport;
    ssl_certificate {}; ssl_certificate_key {};
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites {CIPHER_SUITE}; ssl_session_cache shared:s:10m;",
        identity.certificate.display(),
        identity.key.display()
    )
}
