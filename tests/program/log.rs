//! What the program never logs, at any level: who a viewer is, and what they sent.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ANY, file};
use crate::world::origin::{head, ok};
use crate::world::program::Program;
use crate::world::{Origin, Step};

/// A viewer, and everything about them that must not stand in a log.
struct Person {
    address: String,
}

impl Person {
    const SECRETS: [&'static str; 5] =
        ["query-secret", "header-secret", "credential-secret", "agent-secret", "203.0.113.77"];

    /// Sends one request, and reads until the edge closes the connection.
    async fn asks(edge: SocketAddr, request_line: &str) -> Self {
        let mut stream = TcpStream::connect(edge).await.expect("connects");
        let address = stream.local_addr().expect("connected").to_string();
        let request = format!(
            "{request_line}\r\nHost: edge\r\nUser-Agent: agent-secret\r\nCookie: id=header-secret\r\n\
             X-Forwarded-For: 203.0.113.77\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = Vec::new();
        // A reset is as good an end as a close.
        let _end = stream.read_to_end(&mut answer).await;
        Self { address }
    }
}

#[tokio::test]
async fn no_log_line_names_a_viewer_or_what_they_sent() {
    let origin = Origin::start(|seen| match seen.target.as_str() {
        target if target.starts_with("/cut") => {
            vec![
                Step::Send(head("200 OK", &[("Content-Length", "10")])),
                Step::Send(b"012".into()),
                Step::Close,
            ]
        }
        target if target.starts_with("/reset") => vec![Step::Reset],
        target if target.starts_with("/garbage") => vec![Step::Send(b"nonsense\r\n\r\n".into()), Step::Close],
        target if target.starts_with("/f.m3u8") => ok("no playlist", &[]),
        _ => ok("0123456789", &[]),
    })
    .await;
    let text = format!(
        "[viewers]\nlisten = [\"{ANY}\"]\n[admin]\nlisten = \"{ANY}\"\n[log]\nlevel = \"trace\"\nformat = \"json\"\n\
         [[origin]]\nurl = \"http://{}\"\ncredentials = [\"Policy\"]\n\
         [[origin]]\nname = \"gone\"\nurl = \"http://127.0.0.1:9\"\nrelay-hosts = [\"gone.example\"]\n",
        origin.address()
    );
    let (_folder, config) = file("edge.toml", &text);
    let mut program = Program::start(&["edge", "--config", config.to_str().expect("text")]);
    let (viewers, _) = program.listening().await;

    let mut people = Vec::new();
    for path in [
        "/a/seg-1-v1-a1.ts",
        "/cut/b.ts",
        "/reset/c.ts",
        "/garbage/d.ts",
        "/kVOD/gone.example/e.ts",
        "/f.m3u8",
        "/../g",
    ] {
        let line =
            format!("GET {path}?token=query-secret&_HLS_msn=query-secret&Policy=credential-secret HTTP/1.1");
        people.push(Person::asks(viewers, &line).await);
    }
    for line in ["POST /query-secret HTTP/1.1", "GET /query-secret HTTP/1.1 query-secret", "GET query-secret"]
    {
        people.push(Person::asks(viewers, line).await);
    }
    // Its requests are known to have been there: the test sees the lines that they caused.
    program.logs("refused").await;
    program.terminate();
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0));
    // What could have named them did speak.
    for line in ["a manifest cannot be read", "the origin did not answer", "a fill failed", "refused"] {
        assert!(ended.log.contains(line), "no `{line}` in the log:\n{}", ended.log);
    }
    let addresses = people.iter().map(|person| person.address.as_str());
    for secret in Person::SECRETS.into_iter().chain(addresses) {
        let line = ended.log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a log line holds `{secret}`");
    }
}
