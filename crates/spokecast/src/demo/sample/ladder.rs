//! The renditions of the sample: one table that the encoder, the packager and the origin read.

/// One quality of the sample video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendition {
    /// Name in paths.
    pub name: &'static str,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// What the encoder aims at for video, in kbit/s.
    pub video_kbps: u32,
    /// H.264 profile as the encoder names it.
    pub profile: &'static str,
    /// H.264 level as the encoder names it.
    pub level: &'static str,
    /// What profile and level amount to in CODECS (RFC 6381).
    pub codec: &'static str,
}

/// Every rendition, the smallest first.
pub const LADDER: [Rendition; 3] = [
    Rendition {
        name: "240p",
        width: 426,
        height: 240,
        video_kbps: 300,
        profile: "main",
        level: "2.1",
        codec: "avc1.4d4015",
    },
    Rendition {
        name: "360p",
        width: 640,
        height: 360,
        video_kbps: 700,
        profile: "main",
        level: "3.0",
        codec: "avc1.4d401e",
    },
    Rendition {
        name: "720p",
        width: 1280,
        height: 720,
        video_kbps: 1800,
        profile: "high",
        level: "3.1",
        codec: "avc1.64001f",
    },
];

/// AAC-LC in CODECS (RFC 6381); every rendition carries the same sound.
pub const AUDIO_CODEC: &str = "mp4a.40.2";

/// Pictures per second.
pub const FRAME_RATE: u32 = 25;

/// Length of the sample in seconds; a multiple of [`SEGMENT_SECONDS`].
pub const SECONDS: u32 = 48;

/// Length of every segment in seconds; two groups of pictures.
pub const SEGMENT_SECONDS: u32 = 4;
