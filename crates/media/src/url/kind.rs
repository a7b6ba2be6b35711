//! The kinds of object that a media URL can ask for.

use std::fmt;

/// What a URL asks for.
///
/// The kind is read from the URL alone, so it is a well-founded guess: a packager may name a multivariant
/// playlist like a media playlist. [`crate::hls::survey`] and [`crate::dash::survey`] read the body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// An HLS multivariant playlist (RFC 8216bis, section 4.4.6).
    MultivariantPlaylist,
    /// An HLS media playlist (RFC 8216bis, section 4.4.3).
    MediaPlaylist,
    /// A DASH media presentation description (ISO/IEC 23009-1, section 5.3).
    Mpd,
    /// An initialization segment.
    Init,
    /// A media segment, or a media file that is read by ranges.
    Segment,
    /// A partial segment of a low-latency stream.
    Part,
    /// A decryption key.
    Key,
    /// Subtitles or captions, whole or in segments.
    Captions,
    /// A still picture or a sheet of them.
    Thumbnail,
    /// Anything else.
    Other,
}

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 10] = [
        Self::MultivariantPlaylist,
        Self::MediaPlaylist,
        Self::Mpd,
        Self::Init,
        Self::Segment,
        Self::Part,
        Self::Key,
        Self::Captions,
        Self::Thumbnail,
        Self::Other,
    ];

    /// Whether the body lists other media URLs, so that it may need rewriting.
    pub const fn is_manifest(self) -> bool {
        matches!(self, Self::MultivariantPlaylist | Self::MediaPlaylist | Self::Mpd)
    }

    /// The name in kebab-case, for configuration files and metric labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MultivariantPlaylist => "multivariant-playlist",
            Self::MediaPlaylist => "media-playlist",
            Self::Mpd => "mpd",
            Self::Init => "init",
            Self::Segment => "segment",
            Self::Part => "part",
            Self::Key => "key",
            Self::Captions => "captions",
            Self::Thumbnail => "thumbnail",
            Self::Other => "other",
        }
    }

    /// The kind that [`Self::as_str`] calls `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn names_go_there_and_back() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("Segment"), None);
    }
}
