//! Pebble, an authority for tests, and the name server that it asks.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::world::{loopback, within};

/// Certificates that it makes hold for so long.
const LIFE: Duration = Duration::from_hours(90 * 24);

/// Pebble. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Pebble {
    /// Where it speaks ACME.
    pub(crate) address: SocketAddr,
    /// Where it says what it is.
    pub(crate) management: SocketAddr,
    _child: Child,
    _folder: TempDir,
    _names: NameServer,
}

/// Where Pebble looks whether a name is whose it should be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    pub(crate) http: u16,
    pub(crate) tls: u16,
}

impl Pebble {
    /// Whether it is installed.
    pub(crate) fn is_there() -> bool {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).any(|folder| folder.join("pebble").is_file())
    }

    /// Starts one that takes every name for this machine's, and records from those in the file.
    pub(crate) async fn start(looks: Looks, records: &Path) -> Self {
        let names = NameServer::start(records.into()).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        fs::write(&certificate, made.cert.pem()).expect("written");
        fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        let config = serde_json::json!({ "pebble": {
            "listenAddress": "127.0.0.1:0",
            "managementListenAddress": "127.0.0.1:0",
            "certificate": certificate,
            "privateKey": key,
            "httpPort": looks.http,
            "tlsPort": looks.tls,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": LIFE.as_secs(),
        }});
        let file = folder.path().join("pebble.json");
        fs::write(&file, config.to_string()).expect("written");
        let log = fs::File::create(folder.path().join("log")).expect("created");
        let child = Command::new("pebble")
            .arg("-config")
            .arg(&file)
            .args(["-dnsserver", &names.address.to_string()])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .env("PEBBLE_AUTHZREUSE", "0")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("pebble starts");
        let id = child.id().expect("it runs");
        let listeners = within("Pebble to listen", async {
            loop {
                let listeners = listeners(id);
                if listeners.len() == 2 {
                    return listeners;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        // Its log names the ports that it was told, which is none.
        let (mut address, mut management) = (listeners[0], listeners[1]);
        if super::client::get(address, "/roots/0").await.0.is_success() {
            std::mem::swap(&mut address, &mut management);
        }
        Self { address, management, _child: child, _folder: folder, _names: names }
    }

    /// The certificate that vouches for all that it makes, in PEM.
    pub(crate) async fn root(&self) -> String {
        let (status, body) = super::client::get(self.management, "/roots/0").await;
        assert!(status.is_success(), "{status}");
        String::from_utf8(body.to_vec()).expect("text")
    }
}

/// Where a process listens on loopback, by the system's tables.
fn listeners(id: u32) -> Vec<SocketAddr> {
    let Ok(files) = fs::read_dir(format!("/proc/{id}/fd")) else { return Vec::new() };
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let sockets: HashSet<String> = targets
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{id}/net/tcp")).expect("the system tells");
    let listens = |line: &str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        if *state != "0A" || !sockets.contains(*inode) {
            return None;
        }
        let port = u16::from_str_radix(local.split_once(':')?.1, 16).ok()?;
        Some(SocketAddr::from(([127, 0, 0, 1], port)))
    };
    table.lines().filter_map(listens).collect()
}

/// Says of every name that it is this machine's, and of texts what a hook has written into a file. It ends when it is
/// dropped.
#[derive(Debug)]
struct NameServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

const A: u16 = 1;
const TXT: u16 = 16;

impl NameServer {
    async fn start(records: PathBuf) -> Self {
        let socket = UdpSocket::bind(loopback()).await.expect("loopback");
        let address = socket.local_addr().expect("bound");
        let task = tokio::spawn(async move {
            let mut buffer = [0; 1500];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.expect("it receives");
                if let Some(answer) = answer(&buffer[..length], &records) {
                    socket.send_to(&answer, from).await.expect("it sends");
                }
            }
        });
        Self { address, task }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer to a question with one name (RFC 1035 section 4).
fn answer(query: &[u8], records: &Path) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8(query.get(at..at + length)?.to_vec()).ok()?);
        at += length;
    }
    let name = labels.join(".").to_ascii_lowercase();
    let question = query.get(12..at + 4)?;
    let kind = u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]);
    let data: Vec<Vec<u8>> = match kind {
        A => vec![vec![127, 0, 0, 1]],
        TXT => texts(records, &name)
            .into_iter()
            .map(|text| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat())
            .collect(),
        _ => Vec::new(),
    };
    let count = u16::try_from(data.len()).expect("few").to_be_bytes();
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, count[0], count[1], 0, 0, 0, 0]);
    answer.extend(question);
    for data in data {
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 0]);
        answer.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

/// The texts of a name: what was set and not removed, by lines of `set|remove NAME VALUE`.
fn texts(records: &Path, name: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for line in fs::read_to_string(records).unwrap_or_default().lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["set", set, value] if set == name => texts.push(value.to_owned()),
            ["remove", removed, value] if removed == name => texts.retain(|text| text != value),
            _ => {}
        }
    }
    texts
}
