//! The origin behind the servers under test: a thread with a server that is plain, counted, and as far away as asked.
//!
//! `/object/<bytes>/<any name>` has that many bytes, the same for everybody, with a strong `ETag`, an hour of
//! freshness and ranges. `/live/…` is a live stream ([`channel`]). Everything else is 404.

mod answer;
mod channel;
mod link;
mod tally;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::http::{LARGEST_HEAD, end_of_head};
use answer::Answer;
pub(crate) use channel::{Channel, RENDITIONS};
pub(crate) use link::Distance;
use link::{Link, Window};
use tally::Tally;

/// The path of a segment of this size, as a rule recognises one: who asks for it is counted.
pub(crate) fn segment(size: usize) -> String {
    format!("/object/{size}/vod/1_abcd1234/seg-7.ts")
}

/// What is in every object of this size.
pub(crate) fn object(size: usize) -> Vec<u8> {
    let mut content = answer::content();
    content.truncate(size);
    content
}

/// A running origin. Dropping it ends it.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    site: Arc<Site>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What all connections of an origin have together.
struct Site {
    tally: Tally,
    link: Option<Link>,
    channel: Channel,
    content: Vec<u8>,
}

impl Origin {
    /// Starts one on any free port of loopback.
    pub(crate) fn start(distance: Distance) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let site = Arc::new(Site {
            tally: Tally::default(),
            link: Link::new(distance),
            channel: Channel::begin(),
            content: answer::content(),
        });
        let (end, ended) = oneshot::channel();
        let served = Arc::clone(&site);
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = accept(&listener, &served) => {}
                    _ = ended => {}
                }
            });
        });
        Ok(Self { address, site, end: Some(end), thread: Some(thread) })
    }

    /// Requests and bytes of bodies for paths that begin with `prefix`, and how many different paths they were.
    pub(crate) fn asked(&self, prefix: &str) -> tally::Sum {
        self.site.tally.sum(prefix)
    }

    pub(crate) fn channel(&self) -> Channel {
        self.site.channel
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It holds nothing that outlives it; a panic in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: &TcpListener, site: &Arc<Site>) {
    while let Ok((stream, _)) = listener.accept().await {
        let site = Arc::clone(site);
        // A peer that hangs up ends its connection; nobody waits for more.
        tokio::spawn(async move { converse(stream, &site).await });
    }
}

/// Serves one connection until it ends.
async fn converse(mut stream: TcpStream, site: &Site) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut window = Window::new();
    let mut buffer = Vec::with_capacity(LARGEST_HEAD);
    loop {
        let length = loop {
            if let Some(length) = end_of_head(&buffer) {
                break length;
            }
            if buffer.len() >= LARGEST_HEAD || stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&buffer[..length]).into_owned();
        buffer.drain(..length);
        let answer = answer::to(&head, &site.channel);
        site.tally.add(answer::path(&head), answer.body.len() as u64);
        send(&mut stream, &answer, site, &mut window).await?;
    }
}

async fn send(
    stream: &mut TcpStream,
    answer: &Answer,
    site: &Site,
    window: &mut Window,
) -> std::io::Result<()> {
    let body = answer.body(&site.content);
    let Some(link) = &site.link else {
        stream.write_all(answer.head.as_bytes()).await?;
        return stream.write_all(body).await;
    };
    link.cross(window).await;
    link.pass(window, answer.head.len()).await;
    stream.write_all(answer.head.as_bytes()).await?;
    for chunk in body.chunks(link::CHUNK) {
        link.pass(window, chunk.len()).await;
        stream.write_all(chunk).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Connection, request};

    #[test]
    fn an_origin_serves_what_is_asked_and_counts_it() {
        let origin = Origin::start(Distance::Near).unwrap();
        let mut connection = Connection::open(origin.address).unwrap();
        for name in ["a", "a", "b"] {
            let head = connection.ask(&request(&format!("/object/70000/{name}"), "")).unwrap();
            assert_eq!((head.status, head.body), (200, Some(70_000)));
        }
        assert_eq!(connection.ask(&request("/nothing", "")).unwrap().status, 404);
        let sum = origin.asked("/object/");
        assert_eq!((sum.requests, sum.bytes, sum.paths), (3, 210_000, 2));
    }
}
