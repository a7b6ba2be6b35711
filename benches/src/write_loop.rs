//! The limit of what one core can do over loopback: one epoll loop that looks at nothing but the path, and writes
//! head and body from one buffer with one call.

use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

const LISTENER: u64 = u64::MAX;
/// Sizes that are kept; the benchmark asks for five.
const MOST_SIZES: usize = 16;
const LARGEST: usize = 4 << 20;

/// Serves `/object/<bytes>/…` on `listen` until it is killed.
pub(crate) fn run(listen: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    // The same queue of connections as the other servers have.
    rustix::net::listen(&listener, 8192)?;
    listener.set_nonblocking(true)?;
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&poll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
    let mut server = Server { poll, answers: HashMap::new(), viewers: HashMap::new(), next: 0 };
    let mut events = Vec::with_capacity(256);
    loop {
        events.clear();
        match epoll::wait(&server.poll, rustix::buffer::spare_capacity(&mut events), None) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        for event in &events {
            match event.data.u64() {
                LISTENER => server.accept(&listener)?,
                number => server.serve(number)?,
            }
        }
    }
}

struct Server {
    poll: OwnedFd,
    /// Head and body, by the size that a path names.
    answers: HashMap<usize, Arc<[u8]>>,
    /// As many as files may be open.
    viewers: HashMap<u64, Viewer>,
    next: u64,
}

struct Viewer {
    stream: TcpStream,
    /// What is being sent, and how much of it has been.
    sending: Option<(Arc<[u8]>, usize)>,
}

impl Server {
    fn accept(&mut self, listener: &TcpListener) -> Result<()> {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&self.poll, &stream, epoll::EventData::new_u64(self.next), epoll::EventFlags::IN)?;
            self.viewers.insert(self.next, Viewer { stream, sending: None });
            self.next += 1;
        }
        Ok(())
    }

    fn serve(&mut self, number: u64) -> Result<()> {
        let Some(viewer) = self.viewers.get_mut(&number) else { return Ok(()) };
        let was_sending = viewer.sending.is_some();
        if !was_sending {
            let mut head = [0; 2048];
            let size = match recv(&viewer.stream, &mut head, RecvFlags::empty()) {
                Ok((read, _)) if read > 0 => size(&head[..read]),
                Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
                Ok(_) | Err(_) => None,
            };
            let answer = size.and_then(|size| answer(&mut self.answers, size));
            viewer.sending = answer.map(|answer| (answer, 0));
        }
        if viewer.sending.is_none() || viewer.send().is_err() {
            self.viewers.remove(&number);
            return Ok(());
        }
        // What is left goes out when there is room; the next question is read when nothing is left.
        let is_sending = viewer.sending.is_some();
        if is_sending != was_sending {
            let wanted = if is_sending { epoll::EventFlags::OUT } else { epoll::EventFlags::IN };
            epoll::modify(&self.poll, &viewer.stream, epoll::EventData::new_u64(number), wanted)?;
        }
        Ok(())
    }
}

impl Viewer {
    /// Writes as much as there is room for.
    fn send(&mut self) -> std::io::Result<()> {
        while let Some((answer, sent)) = &mut self.sending {
            match self.stream.write(&answer[*sent..]) {
                Ok(written) => *sent += written,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            if *sent == answer.len() {
                self.sending = None;
            }
        }
        Ok(())
    }
}

fn answer(answers: &mut HashMap<usize, Arc<[u8]>>, size: usize) -> Option<Arc<[u8]>> {
    if !answers.contains_key(&size) && answers.len() >= MOST_SIZES {
        return None;
    }
    let answer = answers.entry(size).or_insert_with(|| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {size}\r\n\
             Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nETag: \"{size}\"\r\n\r\n"
        );
        [head.into_bytes(), vec![7; size]].concat().into()
    });
    Some(Arc::clone(answer))
}

/// The size that `GET /object/<bytes>/` names.
fn size(head: &[u8]) -> Option<usize> {
    let digits = head.strip_prefix(b"GET /object/")?;
    let end = digits.iter().position(|byte| *byte == b'/')?;
    let size = std::str::from_utf8(&digits[..end]).ok()?.parse().ok()?;
    (size <= LARGEST).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_alone_names_the_size() {
        assert_eq!(size(b"GET /object/4096/a HTTP/1.1\r\n"), Some(4096));
        assert_eq!(size(b"GET /object/99999999/a HTTP/1.1\r\n"), None);
        assert_eq!(size(b"GET / HTTP/1.1\r\n"), None);
    }

    #[test]
    fn an_answer_is_head_and_body_in_one() {
        let mut answers = HashMap::new();
        let answer = answer(&mut answers, 10).unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 200 OK\r\n")
                && answer.ends_with(b"\r\n\r\n\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07")
        );
    }
}
