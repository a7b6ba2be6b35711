//! OpenSSL, beneath HTTP: versions, protocols by ALPN, sessions that are taken up again, and handshakes made anew.

use std::process::Output;

use tokio::process::Command;

use super::{body, has, run, segment, world};
use crate::world::origin::ok;
use crate::world::secure::Secure;
use crate::world::{World, ms};

/// Connects with these options, sends that, and gives what it says and what it got.
async fn connect(world: &Secure, options: &[&str], input: &str) -> (bool, String) {
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", &world.secure_address().to_string(), "-servername", "localhost"]);
    client.arg("-CAfile").arg(world.authority.ca_file()).args(["-verify_return_error"]);
    let Output { status, stdout, stderr } = run(client.args(options), input.as_bytes()).await;
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.success(), text)
}

/// A request whose answer ends the connection.
fn ask() -> String {
    format!("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", segment(1))
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_older_ones_are_not() {
    if !has("openssl::both_versions_of_tls_are_spoken_and_older_ones_are_not", "openssl").await {
        return;
    }
    let world = world().await;
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let (ended_well, text) = connect(&world, &[version, "-ign_eof"], &ask()).await;
        assert!(ended_well && text.contains(&format!("New, {name}, Cipher is ")), "{version}: {text}");
        assert!(text.contains("Verify return code: 0 (ok)"), "{text}");
        assert!(text.contains("HTTP/1.1 200 OK"), "{text}");
    }
    for version in ["-tls1", "-tls1_1"] {
        let (ended_well, text) = connect(&world, &[version, "-cipher", "ALL:@SECLEVEL=0"], "").await;
        assert!(!ended_well && !text.contains("BEGIN CERTIFICATE"), "{version}: {text}");
    }
}

#[tokio::test]
async fn http2_is_chosen_where_it_is_offered() {
    if !has("openssl::http2_is_chosen_where_it_is_offered", "openssl").await {
        return;
    }
    let world = world().await;
    for (offered, chosen) in [("h2,http/1.1", "h2"), ("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")] {
        let (_, text) = connect(&world, &["-alpn", offered], "").await;
        assert!(text.contains(&format!("ALPN protocol: {chosen}\n")), "{offered}: {text}");
    }
    // A client of something else is told so (RFC 7301 section 3.2).
    let (ended_well, text) = connect(&world, &["-alpn", "smtp"], "").await;
    assert!(!ended_well && text.contains("no application protocol"), "{text}");
}

/// A viewer who comes back makes a shorter handshake.
#[tokio::test]
async fn sessions_are_taken_up_again() {
    if !has("openssl::sessions_are_taken_up_again", "openssl").await {
        return;
    }
    let world = world().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for version in ["-tls1_2", "-tls1_3"] {
        let file = folder.path().join(version);
        let file = file.to_str().expect("text");
        let (_, text) = connect(&world, &[version, "-ign_eof", "-sess_out", file], &ask()).await;
        assert!(text.contains("New, TLSv1."), "{version}: {text}");
        let (ended_well, text) = connect(&world, &[version, "-ign_eof", "-sess_in", file], &ask()).await;
        assert!(ended_well && text.contains("Reused, TLSv1."), "{version}: {text}");
        assert!(text.contains("HTTP/1.1 200 OK"), "{text}");
    }
}

/// A handshake inside a connection, which TLS 1.2 knew, is what floods were made of: it is not made. `R` asks for one.
#[tokio::test]
async fn handshakes_are_not_made_anew_inside_a_connection() {
    if !has("openssl::handshakes_are_not_made_anew_inside_a_connection", "openssl").await {
        return;
    }
    let world = World::secure_with(
        |seen| ok(body(&seen.target), &[]),
        |config| {
            // The client waits for what does not come.
            config.viewers.idle_timeout = ms(500);
        },
    )
    .await;
    let (ended_well, text) = connect(&world, &["-tls1_2"], "R\n").await;
    assert!(!ended_well && text.contains("RENEGOTIATING"), "{text}");
    assert_eq!(text.matches("verify return:1").count(), 2, "one chain of two was shown, once: {text}");
    assert_eq!(world.get(&segment(1)).await.body, body(&segment(1)));
}
