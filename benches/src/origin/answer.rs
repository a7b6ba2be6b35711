//! What the origin answers. Pure.

use std::fmt::Write as _;
use std::ops::Range;

use super::channel::{Channel, Piece};
use crate::http::field;

/// The largest object.
const LARGEST: usize = 4 << 20;

/// A head and a body; the body is text of its own, or a part of the content that all objects begin with.
pub(super) struct Answer {
    pub(super) head: String,
    pub(super) body: Body,
}

pub(super) enum Body {
    Text(String),
    Content(Range<usize>),
}

impl Body {
    pub(super) fn len(&self) -> usize {
        match self {
            Body::Text(text) => text.len(),
            Body::Content(range) => range.len(),
        }
    }
}

impl Answer {
    pub(super) fn body<'a>(&'a self, content: &'a [u8]) -> &'a [u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Content(range) => &content[range.clone()],
        }
    }
}

/// Bytes without a pattern that anything could compress, the same in every run.
pub(super) fn content() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(LARGEST / 8).flatten().collect()
}

/// The path of a request's head, or nothing.
pub(super) fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// The answer to a request's head.
pub(super) fn to(head: &str, channel: &Channel) -> Answer {
    let path = path(head);
    if let Some(size) = object(path) {
        return bytes(head, size, "video/mp4");
    }
    match channel.find(path) {
        Some(Piece::Playlist(text)) => {
            answer("200 OK", "application/vnd.apple.mpegurl", 1, "", Body::Text(text))
        }
        Some(Piece::Segment(size)) => bytes(head, size, "video/mp2t"),
        None => answer("404 Not Found", "text/plain", 0, "", Body::Text(String::new())),
    }
}

/// The size that `/object/<bytes>/<name>` names.
fn object(path: &str) -> Option<usize> {
    let (size, _) = path.strip_prefix("/object/")?.split_once('/')?;
    size.parse().ok().filter(|size| *size <= LARGEST)
}

/// The first `size` bytes of the content, or the range of them that is asked for (RFC 9110, section 14).
fn bytes(head: &str, size: usize, media: &str) -> Answer {
    let tag = format!("ETag: \"{size}\"\r\n");
    if field(head, "if-none-match").is_some_and(|value| value == format!("\"{size}\"")) {
        return answer("304 Not Modified", media, 3600, &tag, Body::Content(0..0));
    }
    match field(head, "range").and_then(|value| range(value, size)) {
        Some(range) => {
            let mut fields = tag;
            let _ = write!(fields, "Content-Range: bytes {}-{}/{size}\r\n", range.start, range.end - 1);
            answer("206 Partial Content", media, 3600, &fields, Body::Content(range))
        }
        None => answer("200 OK", media, 3600, &tag, Body::Content(0..size)),
    }
}

/// `bytes=<first>-<last>`, where the last may be missing. Other forms are ignored, as the standard allows.
fn range(value: &str, size: usize) -> Option<Range<usize>> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let end = if last.is_empty() { size } else { last.parse::<usize>().ok()?.saturating_add(1).min(size) };
    (first < end).then_some(first..end)
}

fn answer(status: &str, media: &str, max_age: u32, fields: &str, body: Body) -> Answer {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\
         Cache-Control: public, max-age={max_age}\r\nAccept-Ranges: bytes\r\n{fields}\r\n"
    );
    Answer { head, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &str, fields: &str) -> Answer {
        to(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), &Channel::begin())
    }

    #[test]
    fn an_object_has_the_size_that_its_path_names() {
        let answer = ask("/object/4096/x", "");
        assert!(answer.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", answer.head);
        assert!(
            answer.head.contains("Content-Length: 4096\r\n") && answer.head.contains("ETag: \"4096\"\r\n")
        );
        assert_eq!(answer.body(&content()).len(), 4096);
    }

    #[test]
    fn ranges_and_conditions_are_honoured() {
        let answer = ask("/object/4096/x", "Range: bytes=1000-1999\r\n");
        assert!(
            answer.head.contains(" 206 ") && answer.head.contains("Content-Range: bytes 1000-1999/4096\r\n")
        );
        assert_eq!(answer.body.len(), 1000);
        assert_eq!(ask("/object/4096/x", "Range: bytes=4000-\r\n").body.len(), 96);
        assert!(ask("/object/4096/x", "If-None-Match: \"4096\"\r\n").head.contains(" 304 "));
        assert!(ask("/object/4096/x", "If-None-Match: \"1\"\r\n").head.contains(" 200 "));
    }

    #[test]
    fn what_is_not_there_or_too_large_is_not_found() {
        for path in ["/", "/object/12", "/object/99999999/x", "/live/0/segment-99.ts"] {
            assert!(ask(path, "").head.contains(" 404 "), "{path}");
        }
    }

    #[test]
    fn ranges_outside_are_ignored() {
        assert_eq!(range("bytes=10-5", 100), None);
        assert_eq!(range("bytes=100-", 100), None);
        assert_eq!(range("bytes=-5", 100), None);
        assert_eq!(range("bytes=5-200", 100), Some(5..100));
    }
}
