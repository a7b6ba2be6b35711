//! The multivariant playlist (RFC 8216 §4.3.4.2), from what was really packaged.
//!
//! Written here because ffmpeg knows the bit rate of a copied stream only for some containers, and never says
//! the peak. Invariant: BANDWIDTH is the largest segment's bit rate, AVERAGE-BANDWIDTH that of all of them.

use std::fmt::Write as _;

use super::ladder::{AUDIO_CODEC, FRAME_RATE, Rendition, SEGMENT_SECONDS};

/// The playlist for renditions and their segment sizes in bytes; each media playlist is `<name>/index.m3u8`.
pub(super) fn multivariant(version: u8, renditions: &[(Rendition, Vec<u64>)]) -> String {
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:{version}\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for (rendition, sizes) in renditions {
        let Rendition { name, width, height, codec, .. } = rendition;
        let count = sizes.len().max(1) as u64;
        let peak = bits_per_second(sizes.iter().copied().max().unwrap_or(0));
        let average = bits_per_second(sizes.iter().sum::<u64>() / count);
        // Writing to a String never fails.
        let _ = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},RESOLUTION={width}x{height},\
             FRAME-RATE={FRAME_RATE}.000,CODECS=\"{codec},{AUDIO_CODEC}\"\n{name}/index.m3u8\n"
        );
    }
    text
}

fn bits_per_second(segment_bytes: u64) -> u64 {
    (segment_bytes * 8).div_ceil(u64::from(SEGMENT_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::{super::ladder::LADDER, *};

    #[test]
    fn bandwidth_is_the_peak_and_the_average_is_beside_it() {
        let text = multivariant(7, &[(LADDER[1], vec![1000, 3000, 2000])]);
        assert_eq!(
            text,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-STREAM-INF:BANDWIDTH=6000,AVERAGE-BANDWIDTH=4000,RESOLUTION=640x360,FRAME-RATE=25.000,\
             CODECS=\"avc1.4d401e,mp4a.40.2\"\n360p/index.m3u8\n"
        );
    }
}
