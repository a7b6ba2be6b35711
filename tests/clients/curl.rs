//! curl, over HTTP/1.1 and HTTP/2, over TLS and in the clear.

use std::path::Path;

use tempfile::TempDir;
use tokio::process::Command;

use super::{LARGE, LARGE_SIZE, TAG, body, has, output, segment, world};
use crate::world::secure::Secure;

/// One way to reach the edge.
#[derive(Clone, Copy, Debug)]
struct Way {
    option: &'static str,
    over_tls: bool,
    /// What has to be spoken then.
    version: &'static str,
}

const WAYS: [Way; 5] = [
    Way { option: "--http1.1", over_tls: true, version: "1.1" },
    Way { option: "--http2", over_tls: true, version: "2" },
    Way { option: "--http1.1", over_tls: false, version: "1.1" },
    Way { option: "--http2-prior-knowledge", over_tls: false, version: "2" },
    // Asks to change over in the clear (`Upgrade: h2c`), which was dropped from the protocol: nobody has to.
    Way { option: "--http2", over_tls: false, version: "1.1" },
];

/// Those over which several transfers may share a connection. Where curl knows of HTTP/2 beforehand it may not: its
/// versions before 8 (7.88 is Debian's) then speak out of turn.
fn shared_ways() -> impl Iterator<Item = Way> {
    WAYS.into_iter().filter(|way| way.option != "--http2-prior-knowledge")
}

/// An edge, and curl in a folder of its own.
struct Curl {
    world: Secure,
    folder: TempDir,
}

impl Curl {
    /// `None` where there is no curl.
    async fn new(test: &str) -> Option<Self> {
        has(&format!("curl::{test}"), "curl").await.then_some(())?;
        Some(Self { world: world().await, folder: tempfile::tempdir().expect("a temporary folder") })
    }

    fn url(&self, way: Way, path: &str) -> String {
        if way.over_tls {
            format!("https://localhost:{}{path}", self.world.secure_address().port())
        } else {
            format!("http://{}{path}", self.world.address())
        }
    }

    /// Runs it in the folder, with what it says of each transfer: `{version} {status} {connections}`.
    async fn run(&self, way: Way, arguments: &[&str]) -> Vec<String> {
        let mut curl = Command::new("curl");
        curl.args(["-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", way.option]);
        curl.arg("--cacert").arg(self.world.authority.ca_file());
        curl.args(["--write-out", "%{http_version} %{response_code} %{num_connects}\n"]);
        curl.args(arguments).current_dir(self.folder.path());
        output(&mut curl, b"").await.lines().map(str::to_owned).collect()
    }

    fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).expect("curl wrote it")
    }
}

#[tokio::test]
async fn bodies_come_byte_for_byte() {
    let Some(curl) = Curl::new("bodies_come_byte_for_byte").await else { return };
    for way in WAYS {
        for path in [&segment(1)[..], LARGE] {
            let told = curl.run(way, &["-o", "body", &curl.url(way, path)]).await;
            assert_eq!(told, [format!("{} 200 1", way.version)], "{way:?}");
            assert!(curl.read("body") == body(path), "{way:?}, {path}");
        }
    }
    assert_eq!(curl.world.origin.count_of(&segment(1)), 1);
}

#[tokio::test]
async fn heads_ranges_and_conditions_are_answered() {
    let Some(curl) = Curl::new("heads_ranges_and_conditions_are_answered").await else { return };
    let whole = body(LARGE);
    let tag = format!("If-None-Match: {TAG}");
    for way in WAYS {
        let url = curl.url(way, LARGE);
        let told = curl.run(way, &["--head", "-o", "head", &url]).await;
        assert_eq!(told, [format!("{} 200 1", way.version)], "{way:?}");
        let head = String::from_utf8_lossy(&curl.read("head")).to_ascii_lowercase();
        assert!(head.contains(&format!("\r\ncontent-length: {LARGE_SIZE}\r\n")), "{head}");

        for (range, part) in [
            ("5-9", &whole[5..10]),
            ("-7", &whole[LARGE_SIZE - 7..]),
            ("5000000-", &whole[5_000_000..]),
            ("1000-2000000", &whole[1_000..=2_000_000]),
        ] {
            let told = curl.run(way, &["--range", range, "-o", "part", &url]).await;
            assert_eq!(told, [format!("{} 206 1", way.version)], "{way:?}, {range}");
            assert!(curl.read("part") == part, "{way:?}, {range}");
        }
        let told = curl.run(way, &["--range", "99999999-", "-o", "part", &url]).await;
        assert_eq!(told, [format!("{} 416 1", way.version)], "{way:?}");

        let told = curl.run(way, &["-H", &tag, "-o", "unchanged", &url]).await;
        assert_eq!(told, [format!("{} 304 1", way.version)], "{way:?}");
    }
}

/// What was cut off before is asked for from there on.
#[tokio::test]
async fn a_transfer_that_was_cut_off_is_resumed() {
    let Some(curl) = Curl::new("a_transfer_that_was_cut_off_is_resumed").await else { return };
    let whole = body(LARGE);
    for way in WAYS {
        std::fs::write(curl.folder.path().join("body"), &whole[..1_234_567]).expect("writable");
        let told = curl.run(way, &["--continue-at", "-", "-o", "body", &curl.url(way, LARGE)]).await;
        assert_eq!(told, [format!("{} 206 1", way.version)], "{way:?}");
        assert!(curl.read("body") == whole, "{way:?}");
    }
}

#[tokio::test]
async fn what_sends_something_is_refused() {
    let Some(curl) = Curl::new("what_sends_something_is_refused").await else { return };
    for way in WAYS {
        for arguments in
            [&["--data", "x=1"][..], &["--request", "DELETE"], &["--request", "PUT", "--data", "x"]]
        {
            let url = curl.url(way, &segment(1));
            let told = curl.run(way, &[arguments, &["-o", "refusal", &url]].concat()).await;
            assert_eq!(told, [format!("{} 405 1", way.version)], "{way:?}, {arguments:?}");
        }
    }
    assert_eq!(curl.world.origin.count(), 0);
}

/// A hundred at a time: streams of one connection over HTTP/2, connections over HTTP/1.1.
#[tokio::test]
async fn many_at_a_time_all_come() {
    const COUNT: usize = 100;
    let Some(curl) = Curl::new("many_at_a_time_all_come").await else { return };
    for way in shared_ways() {
        let url = curl.url(way, "/vod/0_meadow01/seg-[1-100]-v1.ts");
        let many = ["--parallel", "--parallel-max", "100", "-o", "seg-#1", &url];
        let told = curl.run(way, &many).await;
        let good = format!("{} 200 ", way.version);
        assert_eq!(told.iter().filter(|line| line.starts_with(&good)).count(), COUNT, "{way:?}: {told:?}");
        for number in 1..=COUNT {
            let name = format!("seg-{number}");
            assert!(curl.read(&name) == body(&segment(number)), "{way:?}, {name}");
            std::fs::remove_file(curl.folder.path().join(name)).expect("it was there");
        }
    }
    assert_eq!(curl.world.origin.count(), COUNT);
}

/// One after the other, they all go over one connection.
#[tokio::test]
async fn a_connection_is_used_again() {
    let Some(curl) = Curl::new("a_connection_is_used_again").await else { return };
    for way in shared_ways() {
        let url = curl.url(way, "/vod/0_meadow01/seg-[1-20]-v1.ts");
        let told = curl.run(way, &["-o", "seg-#1", &url]).await;
        let connections: usize = told.iter().map(|line| usize::from(line.ends_with(" 1"))).sum();
        assert_eq!((told.len(), connections), (20, 1), "{way:?}: {told:?}");
    }
}

/// HTTP/3 is at the same port; only who has the certificate's word for where they are hears of it.
#[tokio::test]
async fn who_comes_over_tls_hears_of_http3() {
    let Some(curl) = Curl::new("who_comes_over_tls_hears_of_http3").await else { return };
    let said = format!("\nalt-svc: h3=\":{}\"; ma=", curl.world.secure_address().port());
    // The second time it is stored, and answered the quick way.
    for way in WAYS.into_iter().chain(WAYS) {
        curl.run(way, &["--dump-header", "head", "-o", "body", &curl.url(way, &segment(1))]).await;
        let head = String::from_utf8_lossy(&curl.read("head")).to_ascii_lowercase();
        assert_eq!(head.contains(&said), way.over_tls, "{way:?}: {head}");
        assert_eq!(head.contains("alt-svc"), way.over_tls, "{way:?}: {head}");
    }
}
