//! HLS playlists (RFC 8216bis): pointing them at the edge, and reading the few facts that caching needs.
//!
//! A playlist is worked on line by line and never through a model of it: models drop and reorder tags that
//! they do not know, and low-latency playlists are full of those. So [`rewrite`] changes the bytes of URIs and
//! no other byte.
//!
//! Deliberately absent: resolving relative URIs. They stay as they are, so that clients resolve them against
//! the playlist's own URL and keep whatever token its path holds.

pub(crate) mod attributes;
mod rewrite;
mod survey;

pub use rewrite::rewrite;
pub use survey::{Survey, survey};

/// The largest playlist, in bytes. A media playlist of a day in two-second segments stays below it.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

/// Why a playlist was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HlsError {
    /// The first line is not `#EXTM3U` (RFC 8216bis, section 4.4.1.1).
    #[error("not a playlist: the first line is not #EXTM3U")]
    NotAPlaylist,
    /// The playlist is larger than [`MAX_SIZE`].
    #[error("the playlist has {size} bytes, at most {MAX_SIZE} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The caller's function answered with text that can't stand in a playlist.
    #[error(
        "line {line}: the new URI can't stand there: it is empty, or holds a quotation mark or a control character"
    )]
    BadReplacement {
        /// The line, counted from 1.
        line: usize,
    },
}

/// The lines of a playlist, without their line feeds, each with its offset in bytes.
///
/// A byte order mark and a carriage return are left out of the line, as RFC 8216bis, section 4.1 has it, but
/// they count in the offsets.
pub(crate) fn lines(playlist: &[u8]) -> Result<impl Iterator<Item = (usize, &[u8])>, HlsError> {
    if playlist.len() > MAX_SIZE {
        return Err(HlsError::TooLarge { size: playlist.len() });
    }
    let mut start = if playlist.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let first = playlist[start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first.trim_ascii_end() != b"#EXTM3U" {
        return Err(HlsError::NotAPlaylist);
    }
    Ok(std::iter::from_fn(move || {
        let rest = playlist.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let offset = start;
        start += end + 1;
        Some((offset, line))
    }))
}
