//! What the demo offers to watch: one video in four forms and one live channel.

/// Entry ID of the sample video.
pub const VOD_ENTRY: &str = "0_meadow01";

/// Entry ID of the live channel.
pub const LIVE_ENTRY: &str = "1_harbor01";

/// A stream for a page that lists what can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// What a viewer reads.
    pub title: &'static str,
    /// Path of the manifest at the origin, from `/`; an edge in front of it uses the same path.
    pub url: String,
    /// Which kind of player the manifest needs.
    pub format: Format,
    /// Whether the stream has no end.
    pub live: bool,
}

/// What a manifest is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// HTTP Live Streaming, RFC 8216.
    Hls,
    /// MPEG-DASH, ISO/IEC 23009-1.
    Dash,
}

/// How the sample video is packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// HLS with MPEG transport stream segments.
    HlsTs,
    /// HLS with fragmented MP4 segments.
    HlsFmp4,
    /// DASH, `SegmentTemplate` with `$Number$` and a fixed duration.
    DashNumber,
    /// DASH, `SegmentTemplate` with `$Time$` and a `SegmentTimeline`.
    DashTimeline,
}

impl Form {
    /// Every form, in the order in which [`streams`] lists them.
    pub const ALL: [Self; 4] = [Self::HlsFmp4, Self::HlsTs, Self::DashNumber, Self::DashTimeline];

    /// Name of the folder that holds this form.
    pub fn folder(self) -> &'static str {
        match self {
            Self::HlsTs => "hls-ts",
            Self::HlsFmp4 => "hls-fmp4",
            Self::DashNumber => "dash-number",
            Self::DashTimeline => "dash-timeline",
        }
    }

    /// Path of the manifest, from the sample folder and, after a `/`, from the origin's root.
    pub fn manifest(self) -> String {
        let file = match self.format() {
            Format::Hls => "master.m3u8",
            Format::Dash => "manifest.mpd",
        };
        format!("vod/{VOD_ENTRY}/{}/{file}", self.folder())
    }

    fn format(self) -> Format {
        match self {
            Self::HlsTs | Self::HlsFmp4 => Format::Hls,
            Self::DashNumber | Self::DashTimeline => Format::Dash,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::HlsTs => "Meadow, HLS with transport streams",
            Self::HlsFmp4 => "Meadow, HLS with fragmented MP4",
            Self::DashNumber => "Meadow, DASH with numbered segments",
            Self::DashTimeline => "Meadow, DASH with a segment timeline",
        }
    }
}

/// All streams, the one that plays nearly everywhere first, the live channel last.
pub fn streams() -> Vec<Stream> {
    let vod = Form::ALL.into_iter().map(|form| Stream {
        title: form.title(),
        url: format!("/{}", form.manifest()),
        format: form.format(),
        live: false,
    });
    let live = Stream {
        title: "Harbor, live",
        url: format!("/live/{LIVE_ENTRY}/master.m3u8"),
        format: Format::Hls,
        live: true,
    };
    vod.chain([live]).collect()
}
