//! URLs as most packagers write them: ffmpeg, Shaka Packager, Bento4, GPAC, AWS Elemental, Wowza, Unified
//! Streaming, and Apple's tools.
//!
//! Names of segments have one thing in common: a number right before the ending. Where the ending is also that
//! of a whole film (`.mp4`), a word such as `seg` must stand before the number.

use super::{EntryRule, FileRule, RuleSet, entries, files};
use crate::url::Kind;

/// Endings of segments, hardly ever of whole films.
const SEGMENT: &str = "(?:ts|m2ts|m4s|m4f|m4v|m4a|cmfv|cmfa|cmft|dash)";

/// Endings of segments and of whole films alike.
const FILM: &str = "(?:mp4|webm|aac|ac3|ec3|mp3)";

/// Words that name a segment.
const WORD: &str = "(?:seg|segment|chunk|frag|fragment|sequence|fileSequence|index|media|dash)";

/// Tracks and bit rates in Unified Streaming's names, as in `audio_eng=128002-video=1001000`.
const TRACKS: &str = r"(?:audio|video|textstream)[^/=]*=\d+(?:-(?:audio|video|textstream)[^/=]*=\d+)*";

/// The rules for URLs of packagers in general.
///
/// The entry is the component after `vod`, `video`, `live` and the like, unless that is the file itself.
/// Segment numbers may be 0. Endpoints of AWS `MediaPackage` count as live: their URLs do not say.
pub fn generic() -> RuleSet {
    RuleSet {
        name: "generic".to_owned(),
        entries: entry_rules(),
        files: [inits(), captions_and_pictures(), manifests(), named_segments(), numbered_segments()]
            .concat(),
    }
}

fn entry_rules() -> Vec<EntryRule> {
    entries(&[
        // Before `vod`, since `/media/live/news/` is common and `/live/vod/` is not.
        ("live", r"/(?:live|channels?)/+(?:_definst_/+)?(?<entry>[^/]+)/".into(), true),
        (
            "vod",
            r"/(?:vods?|videos?|entry|entryId|content|media)/+(?:_definst_/+)?(?<entry>[^/]+)/".into(),
            false,
        ),
        ("mediapackage", r"/out/+v1/+(?<entry>[^/]+)/".into(), true),
    ])
}

fn inits() -> Vec<FileRule> {
    files(&[
        ("ffmpeg-init", Kind::Init, r"init-(?<rendition>stream\d+)\.(?:m4s|mp4|webm)".into()),
        ("wowza-init", Kind::Init, r"chunk_ct[a-z]+_.*_cinit_.*\.m4s".into()),
        ("unified-init", Kind::Init, format!(r".+?-(?<rendition>{TRACKS})\.dash")),
        (
            "init",
            Kind::Init,
            format!(
                r"(?:.*[-_.0-9])?(?:dash)?init(?:ialization)?(?:[-_.0-9].*)?\.(?:m4i|{SEGMENT}|mp4|webm)"
            ),
        ),
    ])
}

fn captions_and_pictures() -> Vec<FileRule> {
    files(&[
        (
            "captions-segment",
            Kind::Captions,
            format!(r"(?:.*[-_.])?{WORD}[-_.]?(?:.*[-_.])?(?<segment>\d+)\.(?:vtt|webvtt|ttml)"),
        ),
        ("captions", Kind::Captions, r".+\.(?:vtt|webvtt|srt|ttml|dfxp|stl|scc)".into()),
        ("thumbnail", Kind::Thumbnail, r".+\.(?:jpe?g|png|webp|gif|avif|bif)".into()),
        ("key", Kind::Key, r".*\.key".into()),
    ])
}

fn manifests() -> Vec<FileRule> {
    files(&[
        (
            "multivariant-playlist",
            Kind::MultivariantPlaylist,
            r"(?:.*[-_.])?(?:(?:master|multivariant)(?:[-_.].*)?|main)\.m3u8".into(),
        ),
        ("unified-multivariant-playlist", Kind::MultivariantPlaylist, r"\.m3u8".into()),
        (
            "wowza-multivariant-playlist",
            Kind::MultivariantPlaylist,
            r"/(?:smil|ngrp|mp4|flv|mp3|amlst):[^/]+/+(?:playlist|manifest)(?:_[^/]*)?\.m3u8$".into(),
        ),
        ("media-playlist", Kind::MediaPlaylist, r".+\.m3u8?".into()),
        ("mpd", Kind::Mpd, r".*\.mpd".into()),
    ])
}

/// Segments whose names say more than a number.
fn named_segments() -> Vec<FileRule> {
    files(&[
        ("apple-part", Kind::Part, r"filePart(?<segment>\d+)\.(?<part>\d+)\.(?:ts|mp4|m4s)".into()),
        (
            "part",
            Kind::Part,
            format!(r"(?:.*[^0-9])?(?<segment>\d+)[-_.]?part[-_.]?(?<part>\d+)\.(?:{SEGMENT}|{FILM})"),
        ),
        (
            "ffmpeg-chunk",
            Kind::Segment,
            r"chunk-(?<rendition>stream\d+)-(?<segment>\d+)\.(?:m4s|mp4|webm)".into(),
        ),
        ("wowza-chunk", Kind::Segment, r"chunk_ct[a-z]+_.*_cn(?<segment>\d+)_.*\.m4s".into()),
        (
            "wowza-media",
            Kind::Segment,
            r"media_(?:.*_)?(?<rendition>b\d+)_(?:.*_)?(?<segment>\d+)\.(?:ts|aac|m4s)".into(),
        ),
        (
            "unified",
            Kind::Segment,
            format!(r".+?-(?<rendition>{TRACKS})-(?<segment>\d+)\.(?:{SEGMENT}|{FILM})"),
        ),
        (
            "elemental",
            Kind::Segment,
            format!(r"index_(?<rendition>(?:[a-z]+_\d+_)?\d+)_(?<segment>\d+)\.(?:{SEGMENT}|{FILM})"),
        ),
    ])
}

/// Segments with a number before the ending, then media files without one.
fn numbered_segments() -> Vec<FileRule> {
    let rendition = r"(?:(?<rendition>\d{3,4}p\d{0,2}|\d{2,5}k|stream[-_]?\d{1,3})/+)?";
    files(&[
        ("numbered", Kind::Segment, format!(r"/{rendition}(?:[^/]*[^/0-9])?(?<segment>\d+)\.{SEGMENT}$")),
        (
            "numbered-film",
            Kind::Segment,
            format!(r"/{rendition}(?:[^/]*[-_.])?{WORD}[-_.]?(?:[^/]*[-_.])?(?<segment>\d+)\.{FILM}$"),
        ),
        ("media-file", Kind::Segment, format!(r".+\.(?:{SEGMENT}|{FILM}|mov|flv|ogg|mkv)")),
    ])
}
