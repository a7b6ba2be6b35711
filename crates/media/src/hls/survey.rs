//! The facts about a playlist that caching needs.

use std::time::Duration;

use super::attributes::attributes;
use super::{HlsError, lines};

/// What a playlist says about itself.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Survey {
    /// Whether it lists renditions instead of segments (RFC 8216bis, section 4.4.6).
    pub multivariant: bool,
    /// Whether `EXT-X-ENDLIST` says that nothing more will come (section 4.4.3.4).
    pub ended: bool,
    /// `EXT-X-TARGETDURATION` (section 4.4.3.1).
    pub target_duration: Option<Duration>,
    /// `PART-TARGET` of `EXT-X-PART-INF` (section 4.4.3.7).
    pub part_target: Option<Duration>,
    /// `EXT-X-MEDIA-SEQUENCE` (section 4.4.3.2).
    pub media_sequence: Option<u64>,
    /// How many segments it lists, parts not counted.
    pub segments: usize,
    /// How long they are together (`EXTINF`, section 4.4.4.1).
    pub listed: Duration,
}

/// Reads a playlist.
///
/// A number that is not one counts as missing: a playlist that plays is not refused for it.
///
/// # Errors
/// When the text is no playlist or too large.
pub fn survey(playlist: &[u8]) -> Result<Survey, HlsError> {
    let mut survey = Survey::default();
    for (_, line) in lines(playlist)? {
        let line = line.trim_ascii_end();
        let Some(tag) = line.strip_prefix(b"#EXT") else {
            survey.segments += usize::from(!line.is_empty() && !line.starts_with(b"#"));
            continue;
        };
        let colon = memchr::memchr(b':', tag).unwrap_or(tag.len());
        let value = tag.get(colon + 1..).and_then(|value| std::str::from_utf8(value).ok()).map(str::trim);
        match &tag[..colon] {
            b"-X-STREAM-INF" | b"-X-I-FRAME-STREAM-INF" | b"-X-MEDIA" => survey.multivariant = true,
            b"-X-ENDLIST" => survey.ended = true,
            b"-X-TARGETDURATION" => survey.target_duration = value.and_then(seconds),
            b"-X-MEDIA-SEQUENCE" => survey.media_sequence = value.and_then(|value| value.parse().ok()),
            b"INF" => {
                survey.listed = survey.listed.saturating_add(value.and_then(length).unwrap_or_default());
            }
            b"-X-PART-INF" => survey.part_target = part_target(tag, colon + 1),
            _ => {}
        }
    }
    if survey.multivariant {
        survey.segments = 0;
    }
    Ok(survey)
}

fn part_target(tag: &[u8], list: usize) -> Option<Duration> {
    let target = attributes(tag, list).find(|attribute| attribute.name == b"PART-TARGET")?;
    seconds(std::str::from_utf8(target.value).ok()?)
}

/// The length of a segment, before its title.
fn length(value: &str) -> Option<Duration> {
    seconds(value.split(',').next()?.trim())
}

/// A decimal number of seconds. What a float would take besides, such as `inf`, is none.
fn seconds(text: &str) -> Option<Duration> {
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    Duration::try_from_secs_f64(text.parse().ok().filter(|_| decimal)?).ok()
}
