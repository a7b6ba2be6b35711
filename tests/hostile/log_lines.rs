//! A log is read on terminals and by programs: nothing that a client or an origin sends may end a line in it,
//! or draw on the terminal.

use std::net::SocketAddr;

use crate::world::Step;
use crate::world::origin::ok;
use crate::world::program::Program;
use crate::world::{Origin, raw};

/// Clears a terminal, colours it, rings, and begins a line of its own.
const EVIL: &str = "\x1b[2J\x1b[31mcanary\x07\x1b]0;title\x07\x7f";

#[tokio::test]
async fn no_byte_from_outside_steers_the_log() {
    let origin = Origin::start(|seen| match seen.target.as_str() {
        "/status.ts" => vec![
            Step::Send(format!("HTTP/1.1 200 {EVIL}\nERROR canary\r\nX: {EVIL}\r\n\r\n").into()),
            Step::Close,
        ],
        "/field.ts" => vec![Step::Send(format!("HTTP/1.1 200 OK\r\n{EVIL}: x\r\n\r\n").into()), Step::Close],
        "/list.m3u8" => ok(format!("{EVIL}\n{{\"level\":\"ERROR\",\"message\":\"canary\"}}\n"), &[]),
        "/list.mpd" => ok(format!("<MPD {EVIL}\n<canary>"), &[]),
        _ => ok("0123456789", &[]),
    })
    .await;
    for format in ["json", "human"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("edge.toml");
        let text = format!(
            "[viewers]\nlisten = [\"127.0.0.1:0\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n\
             [log]\nlevel = \"trace\"\nformat = \"{format}\"\n[[origin]]\nurl = \"http://{}\"\n",
            origin.address()
        );
        std::fs::write(&path, text).expect("writable");
        let mut program = Program::start(&["edge", "--config", path.to_str().expect("text")]);
        let viewers = address(&program.log_line("listening").await);
        for target in [
            "/status.ts".to_owned(),
            "/field.ts".to_owned(),
            "/list.m3u8".to_owned(),
            "/list.mpd".to_owned(),
            "/%1b%5b2Jcanary%0aERROR%0d.ts".to_owned(),
            "/a%0d%0acanary%00".to_owned(),
            format!("/{EVIL}"),
            format!("/a?{EVIL}"),
        ] {
            for head in [
                format!("GET {target} HTTP/1.1\r\nHost: edge\r\nX: {EVIL}\r\nConnection: close\r\n\r\n"),
                format!("GET {target} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n"),
                format!("GET /a HTTP/1.1\r\nHost: {EVIL}\r\n\r\n"),
                format!("{EVIL} {target} HTTP/1.1\r\nHost: edge\r\n\r\n"),
            ] {
                raw(viewers, head).await;
            }
        }
        program.terminate();
        let ended = program.ended().await;
        assert_eq!(ended.code, Some(0));
        assert!(ended.log.contains("refused") && ended.log.contains("did not answer"), "{}", ended.log);
        for line in ended.log.lines() {
            let control = line.chars().find(|letter| letter.is_control());
            assert_eq!(control, None, "{format}: {line:?}");
            let is_line = if format == "json" {
                serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"] != "ERROR")
            } else {
                !line.trim_start().starts_with("ERROR")
                    && line.starts_with(|first: char| first.is_ascii_digit())
            };
            assert!(is_line, "{format}: {line}");
        }
    }
}

/// The first address in a line.
fn address(line: &str) -> SocketAddr {
    let start = line.find("127.0.0.1:").expect("an address");
    let end = line[start..].find(']').expect("the end of a list");
    line[start..start + end].parse().expect("an address")
}
