//! URLs of a Kaltura server, its VOD packager and its live packager.

use super::{RuleSet, entries, files};
use crate::url::Kind;

/// The shapes of an entry ID: modern, old, and the built-in logo.
const ID: &str = r"(?:[0-9]_[0-9a-z]{8}|[0-9a-z]{10}|_KMCLOGO\d?)";

/// What stands after a segment's number: the flavors, tracks and versions that the file holds.
const SELECTION: &str = r"(?:c\d+|f\d+|s[^-./]+|v\d*|a\d*|p\d+|l[a-z]{3}|x\d+)";

/// The number of a segment, and how far a clip shifts it.
const NUMBER: &str = r"(?<segment>[1-9]\d*)(?:-i(?<shift>\d+))?";

/// The rules for URLs of a Kaltura server.
///
/// Segment numbers start at 1: a file named with the number 0 is a segment without a number. A clip whose
/// name holds `-i<shift>` counts from the shift. The URL of a Smooth Streaming fragment holds a time of
/// 10,000,000 units per second; its number is that time in whole milliseconds.
///
/// A redirect to a manifest is told by its verb, `playManifest`: its ending says nothing about the answer.
pub fn kaltura() -> RuleSet {
    RuleSet { name: "kaltura".to_owned(), entries: entry_rules(), files: [paths(), live(), vod()].concat() }
}

fn entry_rules() -> Vec<super::EntryRule> {
    entries(&[
        (
            "vod",
            // A list of flavors, as in `flavorId/0_,4xsnyc1f,abcd1234,/`, is no rendition: the file names one.
            format!(
                "/p/+[0-9]+(?:/+sp/+[0-9]+)?/+(?:serveFlavor|playManifest|serveManifest)/(?:.*?/)?entryId/+\
                 (?<entry>{ID})(?:/(?:.*?/)?flavorId/+(?<rendition>[0-9a-z_]+)(?:/|$)|/|$)"
            ),
            false,
        ),
        ("live", format!("/p/+[0-9]+/+e/+(?<entry>{ID})(?:/|$)"), true),
        ("thumbnail", format!("/thumbnail/(?:.*?/)?entry_id/+(?<entry>{ID})(?:/|$)"), false),
    ])
}

/// Forms that show in the path as a whole.
fn paths() -> Vec<super::FileRule> {
    files(&[
        (
            "dash-manifest-redirect",
            Kind::Mpd,
            r"/p/+\d+(?:/+sp/+\d+)?/+playManifest/(?:.*/)?(?:format/+mpegdash(?:/|$)|[^/]*\.mpd$)".into(),
        ),
        (
            "manifest-redirect",
            Kind::MultivariantPlaylist,
            r"/p/+\d+(?:/+sp/+\d+)?/+playManifest(?:/|$)".into(),
        ),
        ("thumbnail", Kind::Thumbnail, "/thumbnail/(?:.*?/)?entry_id/".into()),
        (
            "captions-segment",
            Kind::Captions,
            r"/captionAssetId/.*/segmentIndex/+(?<segment>[1-9]\d*)\.vtt$".into(),
        ),
        (
            "smooth-fragment-at-zero",
            Kind::Segment,
            r"/QualityLevels\((?<rendition>\d+)\)/+Fragments\((?:video|audio|textstream)[^=/]*=(?<segment>0)\)$"
                .into(),
        ),
        (
            "smooth-fragment",
            Kind::Segment,
            r"/QualityLevels\((?<rendition>\d+)\)/+Fragments\((?:video|audio|textstream)[^=/]*=(?:(?<segment>\d+)\d{4}|\d{1,4})\)$"
                .into(),
        ),
        (
            "plain-segment",
            Kind::Segment,
            r"/p/+\d+/(?:.*/)?(?:seg|fragment)-(?:0+|(?<segment>[1-9]\d*))\.(?:ts|m4s|aac|webm)$".into(),
        ),
    ])
}

/// Files of the live packager.
fn live() -> Vec<super::FileRule> {
    let rendition = r"-(?<rendition>s[^-./]+(?:-[vat]+)?)";
    files(&[
        ("live-segment", Kind::Segment, format!(r"seg-(?<segment>[1-9]\d*){rendition}\.(?:ts|m4s)")),
        (
            "live-part",
            Kind::Part,
            format!(r"part-(?<segment>[1-9]\d*)-(?<part>[1-9]\d*){rendition}\.(?:ts|m4s)"),
        ),
        (
            "live-captions",
            Kind::Captions,
            format!(r"(?:seg|part)-(?<segment>[1-9]\d*)(?:-(?<part>[1-9]\d*))?{rendition}\.vtt"),
        ),
        ("live-init", Kind::Init, format!(r"init-\d+{rendition}\.(?:mp4|webm)")),
    ])
}

/// Files of the VOD packager. Segments with a bare number (`seg-1.ts`) are everyone's; see [`paths`].
fn vod() -> Vec<super::FileRule> {
    let selected = format!("-(?<rendition>{SELECTION}(?:-{SELECTION})*)");
    let rendition = format!("(?:{selected})?");
    let zero = format!(r"(?:seg|fragment)-0+(?:-i\d+)?(?:-{SELECTION})+");
    files(&[
        ("hls-segment", Kind::Segment, format!(r"seg-{NUMBER}{selected}\.(?:ts|m4s|aac)")),
        ("hls-captions", Kind::Captions, format!(r"seg-{NUMBER}{rendition}\.vtt")),
        ("dash-segment", Kind::Segment, format!(r"fragment-{NUMBER}{selected}\.(?:m4s|webm)")),
        (
            "clip-segment",
            Kind::Segment,
            r"(?:seg|fragment)-(?<segment>[1-9]\d*)-i(?<shift>\d+)\.(?:ts|m4s|aac|webm)".into(),
        ),
        ("dash-captions", Kind::Captions, format!(r"fragment-{NUMBER}{rendition}\.(?:ttml|vtt)")),
        ("zero", Kind::Segment, format!(r"{zero}\.(?:ts|m4s|aac|webm)")),
        ("captions-zero", Kind::Captions, format!(r"{zero}\.(?:vtt|ttml)")),
        ("init", Kind::Init, format!(r"init(?:-\d+)?{rendition}\.(?:mp4|webm)")),
        ("multivariant-playlist", Kind::MultivariantPlaylist, format!(r"master{rendition}\.m3u8")),
        ("media-playlist", Kind::MediaPlaylist, format!(r"(?:index|iframes){rendition}\.m3u8")),
        ("mpd", Kind::Mpd, format!(r"manifest{rendition}\.mpd")),
        ("key", Kind::Key, r"(?:encryption|enc)(?:-[a-z0-9]+)*\.key".into()),
        (
            "hds-fragment",
            Kind::Segment,
            r"frag(?:-(?<rendition>(?:[fva]\d+)(?:-[fva]\d+)*))?-Seg\d+-Frag(?<segment>[1-9]\d*)".into(),
        ),
    ])
}
