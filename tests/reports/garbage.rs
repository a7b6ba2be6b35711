//! Collectors that answer with no HTTP, without an end, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::collector::{in_turn, received, status, url};
use super::site::{Site, WINDOW, report};
use crate::world::origin::{chunk, head};
use crate::world::{Gate, Script, Step, loopback, ms, within};

/// The first request gets `script`, and the report is tried again with the same key and bytes.
async fn is_tried_again(script: impl Fn() -> Script + Send + Sync + 'static) {
    let collector = in_turn(move |index| if index == 0 { script() } else { status("200 OK") }).await;
    let (site, _) = Site::with(&[report(0, 3)], &url(&collector), |config| {
        config.telemetry.upstream.timeout = ms(200);
    });
    site.tried("later", 1).await;
    site.hand.advance(WINDOW);
    site.became("delivered", 1).await;
    let received = received(&collector);
    assert_eq!(received.len(), 2);
    assert_eq!((&received[0].key, &received[0].bytes), (&received[1].key, &received[1].bytes));
}

#[tokio::test]
async fn what_is_no_http_is_tried_again() {
    for garbage in [
        &b"SSH-2.0-OpenSSH_9.9\r\n"[..],
        b"\0\x01\x02\x03\xff\xfe",
        b"HTTP/9.9 201 Created\r\n\r\n",
        b"HTTP/1.1 2\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n",
    ] {
        is_tried_again(move || vec![Step::Send(garbage.to_vec()), Step::Close]).await;
    }
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_tried_again() {
    is_tried_again(|| vec![Step::Close]).await;
    is_tried_again(|| vec![Step::Reset]).await;
}

#[tokio::test]
async fn an_answer_that_is_cut_off_in_its_head_is_tried_again() {
    // The collector has it, and will know it by its key.
    is_tried_again(|| vec![Step::Send(b"HTTP/1.1 201 Crea".to_vec()), Step::Close]).await;
}

#[tokio::test]
async fn a_head_without_an_end_takes_neither_memory_nor_patience() {
    let fields = || [("X-Filler", "x".repeat(8 << 10))];
    is_tried_again(move || {
        let [(name, value)] = &fields();
        let endless = head("201 Created", &vec![(*name, value.as_str()); 40]);
        vec![Step::Send(endless[..endless.len() - 2].to_vec()), Step::Close]
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_never_comes_ends_with_the_time() {
    is_tried_again(|| vec![Step::Wait(Gate::new())]).await;
    is_tried_again(|| vec![Step::Send(b"HTTP/1.1 201".to_vec()), Step::Wait(Gate::new())]).await;
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_time() {
    let gate = Gate::new();
    let drops = gate.clone();
    let dripping = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drops.open();
        }
    });
    is_tried_again(move || {
        let answer = head("201 Created", &[("Content-Length", "0")]);
        answer.iter().flat_map(|byte| [Step::Send(vec![*byte]), Step::Wait(gate.clone())]).collect()
    })
    .await;
    dripping.abort();
}

#[tokio::test]
async fn a_body_that_is_cut_off_takes_nothing_back() {
    let collector = in_turn(|_| {
        let start = head("201 Created", &[("Content-Length", "100")]);
        vec![Step::Send(start), Step::Send(b"{".to_vec()), Step::Close]
    })
    .await;
    let (site, _) = Site::new(&[report(0, 3), report(1, 3)], &url(&collector));
    site.became("delivered", 2).await;
    assert_eq!(collector.count(), 2);
}

#[tokio::test]
async fn a_body_that_never_ends_keeps_nobody_from_the_next_report() {
    let stuck = || {
        let start = head("201 Created", &[("Transfer-Encoding", "chunked")]);
        vec![Step::Send(start), Step::Send(chunk(b"x")), Step::Wait(Gate::new())]
    };
    let collector = in_turn(move |_| stuck()).await;
    let (site, _) = Site::with(&[report(0, 3), report(1, 3)], &url(&collector), |config| {
        config.telemetry.upstream.timeout = ms(200);
    });
    // The head has said what became of it.
    site.became("delivered", 2).await;
    assert_eq!(collector.count(), 2);
}

/// Reads a whole request, whose body has a length.
async fn read_request(stream: &mut TcpStream) {
    let mut read = Vec::new();
    loop {
        stream.read_buf(&mut read).await.expect("a request");
        let text = String::from_utf8_lossy(&read);
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
        if read.len() >= head.len() + 4 + length {
            return;
        }
    }
}

#[tokio::test]
async fn of_a_body_of_a_gibibyte_little_is_read() {
    const GIBIBYTE: usize = 1 << 30;
    let listener = TcpListener::bind(loopback()).await.expect("loopback");
    let to = format!("http://{}/", listener.local_addr().expect("bound"));
    let sent = Arc::new(AtomicUsize::new(0));
    let ended = Arc::new(AtomicBool::new(false));
    let (counted, noted) = (Arc::clone(&sent), Arc::clone(&ended));
    let collector = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        read_request(&mut stream).await;
        let start = head("201 Created", &[("Content-Length", &GIBIBYTE.to_string())]);
        stream.write_all(&start).await.expect("sent");
        let block = vec![b'x'; 64 << 10];
        while counted.load(Ordering::Relaxed) < GIBIBYTE && stream.write_all(&block).await.is_ok() {
            counted.fetch_add(block.len(), Ordering::Relaxed);
        }
        noted.store(true, Ordering::Relaxed);
    });
    let (site, _) = Site::new(&[report(0, 3)], &to);
    site.became("delivered", 1).await;
    within("the end of the answer", collector).await.expect("it ends");
    assert!(ended.load(Ordering::Relaxed));
    // What the sockets hold between the two is some megabytes at most.
    assert!(sent.load(Ordering::Relaxed) < 64 << 20, "{}", sent.load(Ordering::Relaxed));
}
