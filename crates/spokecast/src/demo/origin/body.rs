//! Bodies that are read piece by piece, at the pace of the link.

use std::io::{self, SeekFrom};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::{BodyExt as _, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};

use super::pace::Pacer;

/// A response body.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Where a body's bytes come from.
#[derive(Debug)]
pub(super) enum Source {
    /// An open file.
    File(File),
    /// A text in memory.
    Text(Bytes),
}

/// A body without bytes.
pub(super) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// `length` bytes from `start` on. If the source holds fewer the body fails, and never ends cleanly.
pub(super) async fn body(source: Source, start: u64, length: u64, pacer: Pacer) -> io::Result<Body> {
    let source = match source {
        Source::File(mut file) => {
            file.seek(SeekFrom::Start(start)).await?;
            Source::File(file)
        }
        Source::Text(text) => {
            let start = usize::try_from(start).unwrap_or(usize::MAX).min(text.len());
            Source::Text(text.slice(start..))
        }
    };
    let pieces = stream::try_unfold((source, length), move |(mut source, left)| {
        let pacer = pacer.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(pacer.chunk());
            let piece = source.read(most).await?;
            pacer.carry(piece.len()).await;
            let left = left - piece.len() as u64;
            Ok(Some((Frame::data(piece), (source, left))))
        }
    });
    Ok(StreamBody::new(pieces).boxed_unsync())
}

impl Source {
    /// At least one byte and at most `most`.
    async fn read(&mut self, most: usize) -> io::Result<Bytes> {
        let piece = match self {
            Self::File(file) => {
                let mut piece = BytesMut::with_capacity(most);
                // A buffer may be larger than was asked for, and more than the range must not go out.
                file.take(most as u64).read_buf(&mut piece).await?;
                piece.freeze()
            }
            Self::Text(text) => text.split_to(most.min(text.len())),
        };
        if piece.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(piece) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::pace::Pace, *};

    async fn all(source: Source, start: u64, length: u64) -> io::Result<Bytes> {
        let body = body(source, start, length, Pacer::start(Pace::default())).await?;
        Ok(body.collect().await?.to_bytes())
    }

    async fn file(length: usize) -> (tempfile::TempPath, File) {
        let path = tempfile::NamedTempFile::new().expect("a temporary file").into_temp_path();
        let bytes: Vec<u8> = (0..length).map(|byte| u8::try_from(byte % 251).expect("small")).collect();
        std::fs::write(&path, bytes).expect("writable");
        let file = File::open(&path).await.expect("readable");
        (path, file)
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_exactly_that() {
        let (_path, file) = file(300_000).await;
        let part = all(Source::File(file), 1000, 200_000).await.expect("readable");
        assert_eq!(part.len(), 200_000);
        assert!((1000..).zip(&part).all(|(position, &byte): (usize, _)| usize::from(byte) == position % 251));
    }

    #[tokio::test]
    async fn a_source_that_is_too_short_fails() {
        let (_path, file) = file(10).await;
        let error = all(Source::File(file), 5, 6).await.expect_err("only five are there");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = all(Source::Text(Bytes::from_static(b"abc")), 2, 2).await.expect_err("only one is there");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
