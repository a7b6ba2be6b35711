//! A live channel that plays a recording in a loop: what it offers at a given time. Pure.
//!
//! Time is how long the channel has been on the air, counted from the Unix epoch: whoever passes the time of day
//! gets a channel whose segment numbers go on after a restart, and whose EXT-X-PROGRAM-DATE-TIME is right.
//!
//! Segments are numbered from 1 for ever. Segment N holds the same file of the recording at every time, and its
//! discontinuity sequence number is the count of loops before it. A segment exists from the moment its last picture
//! has been shown until [`KEPT`] segments after it left the window of [`WINDOW`].

mod date_time;
mod recording;

use std::{fmt::Write as _, time::Duration};

pub use recording::{Recording, RecordingError};

/// How many segments a media playlist lists.
pub const WINDOW: u64 = 6;

/// How many segments stay available behind the window: a client that holds the oldest playlist still finds
/// everything in it (RFC 8216 §6.2.2 asks for one window and one segment).
pub const KEPT: u64 = 2 * WINDOW;

/// One rendition of the channel.
#[derive(Debug, Clone)]
pub struct Channel {
    recording: Recording,
}

/// A media playlist and when it became what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playlist {
    /// The text, RFC 8216 §4.3.
    pub text: String,
    /// When its last segment was published, as time on the air.
    pub published: Duration,
}

impl Channel {
    /// A channel that repeats the recording from time zero on.
    pub fn new(recording: Recording) -> Self {
        Self { recording }
    }

    /// The media playlist at a time on the air; none before the first segment is complete.
    pub fn playlist(&self, on_air: Duration) -> Option<Playlist> {
        let last = self.last_published(on_air);
        if last == 0 {
            return None;
        }
        let first = last.saturating_sub(WINDOW - 1).max(1);
        let target = self.recording.longest().as_millis().saturating_add(500) / 1000;
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:{}\n\
             #EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
            target.max(1),
            // The tag in front of the first segment is still in the playlist, so it is not counted yet.
            self.loops_before(first) - u64::from(self.begins_loop(first)),
        );
        for number in first..=last {
            self.list(number, number == first, &mut text);
        }
        Some(Playlist { text, published: self.end(last) })
    }

    /// The file of the recording that is live segment `number`, while that segment is available.
    pub fn file(&self, number: u64, on_air: Duration) -> Option<&str> {
        let last = self.last_published(on_air);
        let oldest = last.saturating_sub(WINDOW + KEPT - 1).max(1);
        (oldest..=last).contains(&number).then(|| self.recording.file(self.index(number)))
    }

    fn list(&self, number: u64, dated: bool, text: &mut String) {
        let discontinuity = self.begins_loop(number);
        if discontinuity {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        let duration = self.recording.duration(self.index(number));
        // Writing to a String never fails.
        if dated || discontinuity {
            let start = date_time::utc(self.end(number).saturating_sub(duration));
            let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{start}");
        }
        let _ = write!(text, "#EXTINF:{:.6},\nseg-{number}.ts\n", duration.as_secs_f64());
    }

    /// Number of the newest complete segment; 0 while there is none.
    fn last_published(&self, on_air: Duration) -> u64 {
        let length = self.recording.length().as_micros();
        let now = on_air.as_micros();
        let loops = u64::try_from(now / length).unwrap_or(u64::MAX);
        let in_loop = Duration::from_micros(u64::try_from(now % length).unwrap_or(u64::MAX));
        loops.saturating_mul(self.recording.count()).saturating_add(self.recording.complete_at(in_loop))
    }

    /// When a segment's last picture has been shown, as time on the air.
    fn end(&self, number: u64) -> Duration {
        let loops = u32::try_from(self.loops_before(number)).unwrap_or(u32::MAX);
        self.recording.length().saturating_mul(loops).saturating_add(self.recording.end(self.index(number)))
    }

    /// Whether a discontinuity stands before the segment: at the start of each loop but the first.
    fn begins_loop(&self, number: u64) -> bool {
        number > 1 && self.index(number) == 0
    }

    fn loops_before(&self, number: u64) -> u64 {
        (number - 1) / self.recording.count()
    }

    fn index(&self, number: u64) -> usize {
        // The remainder is below a count that came from a usize.
        usize::try_from((number - 1) % self.recording.count()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
