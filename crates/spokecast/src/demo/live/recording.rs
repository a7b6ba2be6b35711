//! What a channel repeats: the segments of one rendition, read from its media playlist.

use std::time::Duration;

/// Segments in order: at least one, each longer than zero, lengths in whole microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    files: Vec<String>,
    /// Where each segment ends, from the start of the recording: strictly rising.
    ends: Vec<Duration>,
}

/// Why a media playlist is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// A duration that is not a number of seconds above zero, or too long to add up.
    #[error("line {line}: no duration above zero in EXTINF")]
    Duration {
        /// The line, from 1.
        line: usize,
    },
    /// A segment without EXTINF before it.
    #[error("line {line}: a segment without EXTINF")]
    Undated {
        /// The line, from 1.
        line: usize,
    },
    /// A segment that is not a plain file beside the playlist.
    #[error("line {line}: a segment is not a plain file name")]
    FileName {
        /// The line, from 1.
        line: usize,
    },
    /// Not one segment.
    #[error("no segment")]
    Empty,
}

/// Longest segment that is taken, so that sums stay far from overflow.
const LONGEST_SECONDS: f64 = 3600.0;

impl Recording {
    /// Reads EXTINF and the file names below it; every other tag is passed over.
    pub fn parse(playlist: &str) -> Result<Self, RecordingError> {
        let mut recording = Self { files: Vec::new(), ends: Vec::new() };
        let mut duration = None;
        for (line, text) in (1..).zip(playlist.lines().map(str::trim)) {
            if let Some(rest) = text.strip_prefix("#EXTINF:") {
                duration = Some(segment_duration(rest).ok_or(RecordingError::Duration { line })?);
            } else if !text.is_empty() && !text.starts_with('#') {
                if !is_plain(text) {
                    return Err(RecordingError::FileName { line });
                }
                let duration = duration.take().ok_or(RecordingError::Undated { line })?;
                recording.ends.push(recording.length() + duration);
                recording.files.push(text.to_owned());
            }
        }
        if recording.files.is_empty() { Err(RecordingError::Empty) } else { Ok(recording) }
    }

    /// Whether two recordings are cut at the same times, so that a player may change between them.
    pub fn is_cut_like(&self, other: &Self) -> bool {
        self.ends == other.ends
    }

    pub(super) fn count(&self) -> u64 {
        self.files.len() as u64
    }

    pub(super) fn length(&self) -> Duration {
        self.ends.last().copied().unwrap_or_default()
    }

    pub(super) fn longest(&self) -> Duration {
        (0..self.ends.len()).map(|index| self.duration(index)).max().unwrap_or_default()
    }

    pub(super) fn file(&self, index: usize) -> &str {
        &self.files[index]
    }

    pub(super) fn end(&self, index: usize) -> Duration {
        self.ends[index]
    }

    pub(super) fn duration(&self, index: usize) -> Duration {
        let start = index.checked_sub(1).map_or(Duration::ZERO, |before| self.ends[before]);
        self.ends[index].saturating_sub(start)
    }

    /// How many segments are over at a time within the recording.
    pub(super) fn complete_at(&self, time: Duration) -> u64 {
        self.ends.partition_point(|&end| end <= time) as u64
    }
}

/// The part of EXTINF before the comma, in whole microseconds.
fn segment_duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.split(',').next()?.trim().parse().ok()?;
    let seconds = Some(seconds).filter(|seconds| (0.0..=LONGEST_SECONDS).contains(seconds))?;
    let nanoseconds = Duration::try_from_secs_f64(seconds).ok()?.as_nanos();
    let duration = Duration::from_micros(u64::try_from((nanoseconds + 500) / 1000).ok()?);
    (!duration.is_zero()).then_some(duration)
}

/// One visible name in the same folder.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playlist_is_read() {
        let recording = Recording::parse(
            "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXTINF:4.0000004,title\r\nseg-1.ts\r\n\r\n\
             #EXTINF:2.5,\r\n#EXT-X-BYTERANGE:1@0\r\nseg-2.ts\r\n#EXT-X-ENDLIST\r\n",
        )
        .expect("two segments");
        assert_eq!(recording.count(), 2);
        assert_eq!(recording.length(), Duration::from_millis(6500));
        assert_eq!((recording.file(1), recording.duration(1)), ("seg-2.ts", Duration::from_millis(2500)));
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |text: &str| Recording::parse(text).expect_err(text);
        assert_eq!(fault("#EXTM3U\n"), RecordingError::Empty);
        assert_eq!(fault("#EXTM3U\nseg-1.ts"), RecordingError::Undated { line: 2 });
        for duration in ["", "x", "0", "-1", "NaN", "inf", "0.0000001", "3601"] {
            let text = format!("#EXTM3U\n\n#EXTINF:{duration},\nseg-1.ts");
            assert_eq!(fault(&text), RecordingError::Duration { line: 3 }, "{text}");
        }
        for name in ["../seg-1.ts", "/seg-1.ts", ".seg", "a/b.ts", "a?b", "http://host.example/a.ts", "a%2fb"]
        {
            let text = format!("#EXTINF:1,\n{name}");
            assert_eq!(fault(&text), RecordingError::FileName { line: 2 }, "{text}");
        }
    }
}
