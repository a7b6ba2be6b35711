//! Changes the URIs of a playlist, and nothing else.

use std::borrow::Cow;
use std::ops::Range;

use super::attributes::attributes;
use super::{HlsError, lines};

/// The attributes that hold a URI in quotation marks, whatever the tag.
const URI_ATTRIBUTES: [&[u8]; 4] = [b"URI", b"SERVER-URI", b"X-ASSET-URI", b"X-ASSET-LIST"];

/// Asks `to_edge` about every URI of a playlist, and puts its answer in the URI's place.
///
/// URIs are the lines without a leading `#`, and the quoted values of the attributes `URI`, `SERVER-URI`,
/// `X-ASSET-URI` and `X-ASSET-LIST`. `to_edge` sees them as written, without blanks around them, in the order
/// of the playlist; `None` leaves a URI alone. Every other byte stays as it is: line ends, a byte order mark,
/// unknown tags, a missing last line end. The playlist is borrowed when nothing changes.
///
/// Not asked about, and so left alone: URIs with a variable (`{$name}`, RFC 8216bis, section 4.3), whose
/// meaning is known only to the client, and those that hold control characters or are not UTF-8.
///
/// # Errors
/// See [`HlsError`]. The caller then passes the original on.
pub fn rewrite(
    playlist: &[u8],
    mut to_edge: impl FnMut(&str) -> Option<String>,
) -> Result<Cow<'_, [u8]>, HlsError> {
    let mut out = Vec::new();
    // Everything before `kept` is in `out`.
    let mut kept = 0;
    for (index, (offset, line)) in lines(playlist)?.enumerate() {
        let mut change = |place: Range<usize>, quoted: bool| -> Result<(), HlsError> {
            let Some(new) = ask(&line[place.clone()], &mut to_edge) else { return Ok(()) };
            if !may_stand(&new, quoted) {
                return Err(HlsError::BadReplacement { line: index + 1 });
            }
            out.extend_from_slice(&playlist[kept..offset + place.start]);
            out.extend_from_slice(new.as_bytes());
            kept = offset + place.end;
            Ok(())
        };
        if let Some(list) = attribute_list(line) {
            for attribute in attributes(line, list) {
                if attribute.quoted && URI_ATTRIBUTES.contains(&attribute.name) {
                    change(attribute.place, true)?;
                }
            }
        } else if !line.starts_with(b"#") {
            change(without_blanks(line), false)?;
        }
    }
    if kept == 0 {
        return Ok(Cow::Borrowed(playlist));
    }
    out.extend_from_slice(&playlist[kept..]);
    Ok(Cow::Owned(out))
}

/// The new text of a URI, if it is one that `to_edge` may be asked about, and if that changes it.
fn ask(uri: &[u8], to_edge: &mut impl FnMut(&str) -> Option<String>) -> Option<String> {
    let uri = std::str::from_utf8(uri).ok()?;
    if uri.is_empty() || uri.contains("{$") || uri.contains(char::is_control) {
        return None;
    }
    to_edge(uri).filter(|new| new != uri)
}

/// Whether the text can stand where the URI stood without becoming something else.
fn may_stand(new: &str, quoted: bool) -> bool {
    let breaks_out = |char: char| char.is_control() || (quoted && char == '"');
    !new.is_empty()
        && !new.contains(breaks_out)
        && (quoted || (!new.starts_with('#') && new.trim_ascii() == new))
}

/// Where the attribute list of a tag begins. Values of other sorts, such as the duration and the title of
/// `EXTINF`, do not read as attributes.
fn attribute_list(line: &[u8]) -> Option<usize> {
    line.starts_with(b"#EXT").then(|| memchr::memchr(b':', line).map(|colon| colon + 1))?
}

fn without_blanks(line: &[u8]) -> Range<usize> {
    let start = line.len() - line.trim_ascii_start().len();
    let end = line.trim_ascii_end().len();
    if start < end { start..end } else { 0..0 }
}
