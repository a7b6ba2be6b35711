//! One viewer of a live channel.
//!
//! It asks for the playlist each second until a new segment is in it, fetches what it has not seen, and asks again a
//! segment's length after that (RFC 8216, section 6.3.4).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, sleep_until, timeout};

use crate::clock;
use crate::http::{Head, request};
use crate::origin::{Channel, RENDITIONS};

const AFTER_A_NEW_SEGMENT: Duration = Duration::from_secs(2);
const WITHOUT_ONE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(15);

/// What viewers have seen.
#[derive(Default)]
pub(super) struct Seen {
    /// Seconds from the publication of a segment to its last byte, for each segment and viewer.
    pub(super) behind: Vec<f64>,
    pub(super) errors: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: Seen) {
        self.behind.extend(other.behind);
        self.errors += other.errors;
    }
}

pub(super) struct Viewer {
    rendition: usize,
    /// When it comes, as a part of a segment's length: viewers do not come at the same moment.
    comes_after: Duration,
    server: SocketAddr,
    channel: Channel,
    until: Instant,
    stream: Option<TcpStream>,
    /// What has been read; after an answer, its body.
    buffer: Vec<u8>,
    seen: Seen,
}

impl Viewer {
    pub(super) fn new(number: u32, server: SocketAddr, channel: Channel, until: Instant) -> Self {
        // Spread evenly and the same in each run: multiples of the golden section.
        let part = number.wrapping_mul(2_654_435_769) >> 16;
        Self {
            rendition: number as usize % RENDITIONS.len(),
            comes_after: AFTER_A_NEW_SEGMENT * part / 65_536,
            server,
            channel,
            until,
            stream: None,
            buffer: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// Watches until its time is over.
    pub(super) async fn watch(mut self) -> Seen {
        sleep(self.comes_after).await;
        let mut last = None;
        while clock::now() < self.until {
            let began = clock::now();
            let wait = match self.look(&mut last).await {
                Ok(true) => AFTER_A_NEW_SEGMENT,
                Ok(false) => WITHOUT_ONE,
                Err(_) => {
                    self.seen.errors += 1;
                    self.stream = None;
                    WITHOUT_ONE
                }
            };
            sleep_until((began + wait).into()).await;
        }
        self.seen
    }

    /// One look at the playlist, with the segments that are new. Whether there were any.
    async fn look(&mut self, last: &mut Option<u32>) -> Result<bool> {
        self.fetch(&Channel::playlist_path(self.rendition)).await?;
        let newest = Channel::newest_in(std::str::from_utf8(&self.buffer)?).context("an empty playlist")?;
        let first = last.map_or(newest, |last| last + 1);
        for number in first..=newest {
            self.fetch(&Channel::segment_path(self.rendition, number)).await?;
            ensure!(self.buffer.len() == RENDITIONS[self.rendition], "a segment of another size");
            self.seen.behind.push((clock::now() - self.channel.published(number)).as_secs_f64());
            *last = Some(number);
        }
        Ok(first <= newest)
    }

    async fn fetch(&mut self, path: &str) -> Result<()> {
        timeout(PATIENCE, self.ask(path)).await?
    }

    /// Asks, and leaves the body in the buffer.
    async fn ask(&mut self, path: &str) -> Result<()> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(TcpStream::connect(self.server).await?),
        };
        stream.write_all(&request(path, "")).await?;
        self.buffer.clear();
        let head = loop {
            ensure!(stream.read_buf(&mut self.buffer).await? > 0, "closed before the answer");
            if let Some(head) = Head::parse(&self.buffer)? {
                break head;
            }
        };
        let Head { status: 200, body: Some(body), .. } = head else { bail!("{head:?}") };
        self.buffer.drain(..head.length);
        let whole = usize::try_from(body)?;
        while self.buffer.len() < whole {
            ensure!(stream.read_buf(&mut self.buffer).await? > 0, "closed before the end");
        }
        if head.closes {
            self.stream = None;
        }
        Ok(())
    }
}
