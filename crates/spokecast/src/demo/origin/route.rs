//! Which thing a path names. Pure.
//!
//! A path is a row of names made of letters, digits, `-`, `_` and `.`, none of which begins with a dot. There is no
//! decoding, so nothing that leaves the folder, hidden or encoded, can be written at all.

use std::path::PathBuf;

use crate::demo::stream::LIVE_ENTRY;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A file of the sample, by its path from the sample folder.
    File(PathBuf),
    /// The live channel's multivariant playlist.
    LiveMaster,
    /// The media playlist of a live rendition.
    LivePlaylist {
        /// Name of the rendition.
        rendition: &'a str,
    },
    /// A live segment.
    LiveSegment {
        /// Name of the rendition.
        rendition: &'a str,
        /// Its number, from 1.
        number: u64,
    },
}

/// The target of a request path.
pub(super) fn route(path: &str) -> Option<Target<'_>> {
    let names: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    if !names.iter().all(|name| is_name(name)) {
        return None;
    }
    match names[..] {
        ["vod", _, ..] => Some(Target::File(names.iter().collect())),
        ["live", LIVE_ENTRY, "master.m3u8"] => Some(Target::LiveMaster),
        ["live", LIVE_ENTRY, rendition, "index.m3u8"] => Some(Target::LivePlaylist { rendition }),
        ["live", LIVE_ENTRY, rendition, file] => {
            let number = file.strip_prefix("seg-")?.strip_suffix(".ts")?;
            // One URL for one segment: no `+`, no zeros in front.
            let canonical = number.starts_with(|first: char| matches!(first, '1'..='9'));
            let number = number.parse().ok().filter(|_| canonical)?;
            Some(Target::LiveSegment { rendition, number })
        }
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_paths() {
        assert_eq!(
            route("/vod/0_meadow01/hls-ts/240p/seg-1-v1-a1.ts"),
            Some(Target::File("vod/0_meadow01/hls-ts/240p/seg-1-v1-a1.ts".into()))
        );
        assert_eq!(route("/live/1_harbor01/master.m3u8"), Some(Target::LiveMaster));
        assert_eq!(
            route("/live/1_harbor01/240p/index.m3u8"),
            Some(Target::LivePlaylist { rendition: "240p" })
        );
        assert_eq!(
            route("/live/1_harbor01/240p/seg-17.ts"),
            Some(Target::LiveSegment { rendition: "240p", number: 17 })
        );
    }

    #[test]
    fn everything_else_is_nothing() {
        for path in [
            "",
            "/",
            "vod/a",
            "/vod",
            "/vod/",
            "/vod//a",
            "/vod/../spokecast-sample",
            "/vod/a/..",
            "/vod/./a",
            "/vod/.hidden",
            "/vod/%2e%2e/a",
            "/vod/a\\b",
            "/vod/a b",
            "/spokecast-sample",
            "/live/2_other000/master.m3u8",
            "/live/1_harbor01/240p/seg-0.ts",
            "/live/1_harbor01/240p/seg-01.ts",
            "/live/1_harbor01/240p/seg-+1.ts",
            "/live/1_harbor01/240p/seg-.ts",
            "/live/1_harbor01/240p/seg-18446744073709551616.ts",
            "/live/1_harbor01/240p/seg-1.m4s",
            "/live/1_harbor01/240p/x/seg-1.ts",
        ] {
            assert_eq!(route(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_folder(path in "/(vod/)?[a.%2e/\\\\-]{0,24}") {
            if let Some(Target::File(file)) = route(&path) {
                prop_assert!(file.starts_with("vod"));
                prop_assert!(file.components().all(|part| matches!(part, Component::Normal(_))), "{path}");
            }
        }
    }
}
