//! A live HLS channel that publishes itself: what there is follows from the time since its beginning.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::clock;

/// Bytes of a segment, by rendition: two seconds at 0.8, 2.8 and 5 Mbit/s.
pub(crate) const RENDITIONS: [usize; 3] = [200_000, 700_000, 1_250_000];

const SEGMENT: Duration = Duration::from_secs(2);
/// Segments that are there at the beginning.
const HEAD_START: u32 = 4;
/// Segments in a playlist.
const LISTED: u32 = 6;

/// The channel of one origin.
#[derive(Clone, Copy)]
pub(crate) struct Channel {
    began: Instant,
}

/// What a path of the channel names.
pub(super) enum Piece {
    Playlist(String),
    /// Its size in bytes.
    Segment(usize),
}

impl Channel {
    pub(super) fn begin() -> Self {
        Self { began: clock::now() }
    }

    /// The path of a rendition's playlist.
    pub(crate) fn playlist_path(rendition: usize) -> String {
        format!("/live/{rendition}/index.m3u8")
    }

    /// The path of a segment.
    pub(crate) fn segment_path(rendition: usize, number: u32) -> String {
        format!("/live/{rendition}/segment-{number}.ts")
    }

    /// The number of the newest segment that a playlist lists.
    pub(crate) fn newest_in(playlist: &str) -> Option<u32> {
        let last = playlist.lines().rfind(|line| line.starts_with("segment-"))?;
        last.strip_prefix("segment-")?.strip_suffix(".ts")?.parse().ok()
    }

    /// When the segment was, or will be, there.
    pub(crate) fn published(&self, number: u32) -> Instant {
        self.began + SEGMENT * number.saturating_sub(HEAD_START - 1)
    }

    pub(super) fn find(&self, path: &str) -> Option<Piece> {
        self.find_at(path, clock::now())
    }

    fn find_at(&self, path: &str, now: Instant) -> Option<Piece> {
        let (rendition, file) = path.strip_prefix("/live/")?.split_once('/')?;
        let size = *RENDITIONS.get(rendition.parse::<usize>().ok()?)?;
        let periods = now.saturating_duration_since(self.began).as_secs() / SEGMENT.as_secs();
        let newest = u32::try_from(periods).ok()? + HEAD_START - 1;
        if file == "index.m3u8" {
            return Some(Piece::Playlist(playlist(newest)));
        }
        let number: u32 = file.strip_prefix("segment-")?.strip_suffix(".ts")?.parse().ok()?;
        (number <= newest).then_some(Piece::Segment(size))
    }
}

fn playlist(newest: u32) -> String {
    let first = newest.saturating_sub(LISTED - 1);
    let seconds = SEGMENT.as_secs();
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{seconds}\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
    );
    for number in first..=newest {
        let _ = write!(text, "#EXTINF:{seconds}.0,\nsegment-{number}.ts\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(channel: &Channel, seconds: u64) -> String {
        match channel.find_at(&Channel::playlist_path(1), channel.began + Duration::from_secs(seconds)) {
            Some(Piece::Playlist(text)) => text,
            _ => panic!("a playlist"),
        }
    }

    #[test]
    fn a_segment_is_listed_and_served_from_its_publication_on() {
        let channel = Channel::begin();
        assert_eq!(Channel::newest_in(&listed(&channel, 0)), Some(3));
        assert_eq!(Channel::newest_in(&listed(&channel, 5)), Some(5));
        let path = Channel::segment_path(2, 5);
        let just_before = channel.published(4) + Duration::from_millis(1999);
        assert!(channel.find_at(&path, just_before).is_none());
        assert!(matches!(channel.find_at(&path, channel.published(5)), Some(Piece::Segment(1_250_000))));
    }

    #[test]
    fn a_playlist_slides() {
        let text = listed(&Channel::begin(), 20);
        assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:8\n"), "{text}");
        assert_eq!(text.matches("#EXTINF").count(), 6);
    }

    #[test]
    fn other_renditions_are_not_there() {
        let channel = Channel::begin();
        assert!(channel.find_at("/live/3/index.m3u8", channel.began).is_none());
        assert!(channel.find_at("/live/0/other.ts", channel.began).is_none());
    }
}
