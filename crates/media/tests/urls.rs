//! What URLs of many packagers ask for.

use media::url::{Kind, Rules, Target};

const V: &str = "/p/101/sp/10100/serveFlavor/entryId/1_abcd2345";

fn target<'u>(
    kind: Kind,
    entry: Option<&'u str>,
    segment: Option<u64>,
    part: Option<u32>,
    rendition: Option<&'u str>,
    live: bool,
) -> Target<'u> {
    Target { kind, entry, segment, part, rendition, live }
}

#[test]
fn kaltura_vod() {
    use Kind::{Init, Key, MediaPlaylist, Mpd, MultivariantPlaylist, Segment};
    let rules = Rules::builtin();
    let flavor = "/v/2/flavorId/0_flav1234";
    let many = "/v/1/flavorId/0_,4xsnyc1f,abcd1234,/name/a.mp4.urlset";
    for (front, back, kind, segment, rendition) in [
        ("/hls", format!("{flavor}/name/a.mp4/seg-12-v1-a1.ts"), Segment, Some(12), "0_flav1234"),
        ("/hls", format!("{many}/seg-7-f2-v1-a1.ts"), Segment, Some(7), "f2-v1-a1"),
        ("/hls/container/fmp4/", format!("{many}/seg-7-f2-v1.m4s"), Segment, Some(7), "f2-v1"),
        ("/kVOD/cdn.example:8080/hls", format!("{many}/seg-3-f1.ts?ks=x"), Segment, Some(3), "f1"),
        ("/dash", format!("{many}/fragment-23-f1-v1-x3.m4s"), Segment, Some(23), "f1-v1-x3"),
        ("/dash", format!("{many}/fragment-4-i12-a1-x3.m4s"), Segment, Some(16), "a1-x3"),
        ("/hls/clipTo/60000", format!("{many}/seg-2-i0-f1.ts"), Segment, Some(2), "f1"),
        ("/dash", format!("{many}/init-c2-v1-x3.mp4"), Init, None, "c2-v1-x3"),
        ("/hls", format!("{many}/init-f1-v1-a1.mp4"), Init, None, "f1-v1-a1"),
        ("/hls", format!("{many}/master.m3u8"), MultivariantPlaylist, None, ""),
        ("/hls", format!("{many}/index-f1-v1-a1.m3u8"), MediaPlaylist, None, "f1-v1-a1"),
        ("/hls", format!("{many}/iframes-f1-v1.m3u8"), MediaPlaylist, None, "f1-v1"),
        ("/dash", format!("{many}/manifest.mpd"), Mpd, None, ""),
        ("/hls", format!("{many}/encryption-s2.key"), Key, None, ""),
        ("/hds", format!("{many}/frag-f3-v1-a1-Seg1-Frag17"), Segment, Some(17), "f3-v1-a1"),
        (
            "/mss",
            format!("{many}/QualityLevels(2364883)/Fragments(video=80000000)"),
            Segment,
            Some(8000),
            "2364883",
        ),
        ("/mss", format!("{many}/QualityLevels(96000)/Fragments(audio_1=0)"), Segment, Some(0), "96000"),
        ("/pd", format!("{flavor}/name/a.mp4"), Segment, None, "0_flav1234"),
        ("/hls", format!("{many}/seg-0-f1-v1-a1.ts"), Segment, None, ""),
        ("/hls", format!("{many}/seg-0.ts"), Segment, None, ""),
        ("/hls", format!("{many}/seg-18446744073709551615-i1-v1.ts"), Segment, None, "v1"),
        ("/hls", format!("{many}/seg-18446744073709551616-v1.ts"), Segment, None, "v1"),
    ] {
        let url = format!("{front}{V}{back}");
        let rendition = (!rendition.is_empty()).then_some(rendition);
        let expected = target(kind, Some("1_abcd2345"), segment, None, rendition, false);
        assert_eq!(rules.recognise(&url), expected, "{url}");
    }
}

#[test]
fn kaltura_live_and_api() {
    use Kind::{Captions, Init, Key, MediaPlaylist, Mpd, MultivariantPlaylist, Part, Segment, Thumbnail};
    let rules = Rules::builtin();
    let live = "/p/101/e/0_live5678/sd/4000/tl/main/st/0/t/token";
    for (url, expected) in [
        (format!("{live}/seg-148-s32-v.m4s"), target(Segment, Some("0_live5678"), Some(148), None, Some("s32-v"), true)),
        (format!("{live}/seg-148-s32.ts"), target(Segment, Some("0_live5678"), Some(148), None, Some("s32"), true)),
        (format!("{live}/part-148-3-s32-v.m4s"), target(Part, Some("0_live5678"), Some(148), Some(3), Some("s32-v"), true)),
        (format!("{live}/seg-9-ssub.vtt"), target(Captions, Some("0_live5678"), Some(9), None, Some("ssub"), true)),
        (format!("{live}/init-1-s32-v.mp4"), target(Init, Some("0_live5678"), None, None, Some("s32-v"), true)),
        (format!("{live}/index-s32.m3u8"), target(MediaPlaylist, Some("0_live5678"), None, None, Some("s32"), true)),
        (format!("{live}/master.m3u8"), target(MultivariantPlaylist, Some("0_live5678"), None, None, None, true)),
        (format!("{live}/enc-s32-v.key"), target(Key, Some("0_live5678"), None, None, None, true)),
        (
            "/p/101/e/0_live5678/container/fmp4//t/x/seg-5-sa-a.m4s".into(),
            target(Segment, Some("0_live5678"), Some(5), None, Some("sa-a"), true),
        ),
        (
            "/p/101/sp/10100/playManifest/entryId/abcdefghij/format/applehttp/protocol/https/a.m3u8".into(),
            target(MultivariantPlaylist, Some("abcdefghij"), None, None, None, false),
        ),
        (
            "/p/101/sp/10100/playManifest/entryId/1_abcd2345/flavorIds/0_a/format/url/a.mp4".into(),
            target(MultivariantPlaylist, Some("1_abcd2345"), None, None, None, false),
        ),
        (
            "/p/101/playManifest/entryId/_KMCLOGO1/a.mpd".into(),
            target(Mpd, Some("_KMCLOGO1"), None, None, None, false),
        ),
        (
            "/p/101/sp/10100/thumbnail/entry_id/1_abcd2345/width/320/vid_slices/100".into(),
            target(Thumbnail, Some("1_abcd2345"), None, None, None, false),
        ),
        (
            "/api_v3/index.php/service/caption_captionasset/action/serveWebVTT/captionAssetId/1_capt1234/segmentDuration/300/segmentIndex/4.vtt".into(),
            target(Captions, None, Some(4), None, None, false),
        ),
        (
            "/p/101/sp/10100/serveFlavor/entryId/tooShort/flavorId/1_x/seg-1-v1.ts".into(),
            target(Segment, Some("tooShort"), Some(1), None, Some("v1"), false),
        ),
    ] {
        assert_eq!(rules.recognise(&url), expected, "{url}");
    }
}

#[test]
fn other_packagers() {
    use Kind::{
        Captions, Init, Key, MediaPlaylist, Mpd, MultivariantPlaylist, Other, Part, Segment, Thumbnail,
    };
    let rules = Rules::builtin();
    for (url, kind, entry, segment, rendition) in [
        // ffmpeg
        ("/vod/film/seg_003.m4s", Segment, "film", Some(3), ""),
        ("/vod/film/stream12.ts", Segment, "film", Some(12), ""),
        ("/vod/film/720p/out0.ts", Segment, "film", Some(0), "720p"),
        ("/vod/film/stream_1/data00042.ts", Segment, "film", Some(42), "stream_1"),
        ("/live/news/chunk-stream0-00012.m4s", Segment, "news", Some(12), "stream0"),
        ("/live/news/init-stream0.m4s", Init, "news", None, "stream0"),
        ("/vod/film/init_0.mp4", Init, "film", None, ""),
        ("/vod/film/master.m3u8", MultivariantPlaylist, "film", None, ""),
        ("/vod/film/main.m3u8", MultivariantPlaylist, "film", None, ""),
        ("/vod/film/hls_multivariant.m3u8", MultivariantPlaylist, "film", None, ""),
        ("/vod/film/stream_0.m3u8", MediaPlaylist, "film", None, ""),
        ("/vod/film/manifest.mpd", Mpd, "film", None, ""),
        // Shaka Packager
        ("/content/film/h264_360p_7.m4s", Segment, "film", Some(7), ""),
        ("/content/film/audio_init.mp4", Init, "film", None, ""),
        ("/content/film/text_seg_3.vtt", Captions, "film", Some(3), ""),
        // Bento4
        ("/media/film/video/avc1/1/seg-7.m4s", Segment, "film", Some(7), ""),
        ("/media/film/audio/en/mp4a/init.mp4", Init, "film", None, ""),
        ("/media/film/audio/en/mp4a/seg-8.m4f", Segment, "film", Some(8), ""),
        // GPAC
        ("/videos/film/film_dash1.m4s", Segment, "film", Some(1), ""),
        ("/videos/film/film_dash_track1_12.m4s", Segment, "film", Some(12), ""),
        ("/videos/film/film_dashinit.mp4", Init, "film", None, ""),
        // AWS Elemental
        ("/out/v1/0123456789abcdef/index_1_1234.ts", Segment, "0123456789abcdef", Some(1234), "1"),
        (
            "/out/v1/0123456789abcdef/index_video_3_0_99.mp4",
            Segment,
            "0123456789abcdef",
            Some(99),
            "video_3_0",
        ),
        ("/out/v1/0123456789abcdef/index_video_3_0_init.mp4", Init, "0123456789abcdef", None, ""),
        ("/channel/news/news_720p_00012.ts", Segment, "news", Some(12), ""),
        // Wowza
        (
            "/vod/_definst_/mp4:film.mp4/media_w1234_b500000_12.ts",
            Segment,
            "mp4:film.mp4",
            Some(12),
            "b500000",
        ),
        ("/vod/_definst_/mp4:film.mp4/playlist.m3u8", MultivariantPlaylist, "mp4:film.mp4", None, ""),
        ("/live/ngrp:news_all/chunklist_b500000.m3u8", MediaPlaylist, "ngrp:news_all", None, ""),
        ("/live/news/chunk_ctvideo_cfm4s_ridp0_cinit_w12_mpd.m4s", Init, "news", None, ""),
        ("/live/news/chunk_ctvideo_cfm4s_ridp0_cn31_w12_mpd.m4s", Segment, "news", Some(31), ""),
        // Unified Streaming
        (
            "/vod/film.ism/film-audio_eng=128002-video=1001000-5.ts",
            Segment,
            "film.ism",
            Some(5),
            "audio_eng=128002-video=1001000",
        ),
        ("/vod/film.ism/dash/film-video=1001000-48.dash", Segment, "film.ism", Some(48), "video=1001000"),
        ("/vod/film.ism/dash/film-video=1001000.dash", Init, "film.ism", None, "video=1001000"),
        ("/vod/film.ism/.m3u8", MultivariantPlaylist, "film.ism", None, ""),
        ("/vod/film.ism/film-video=1001000.m3u8", MediaPlaylist, "film.ism", None, ""),
        ("/vod/film.ism/.mpd", Mpd, "film.ism", None, ""),
        // Apple
        ("/video/film/gear1/fileSequence12.ts", Segment, "film", Some(12), ""),
        ("/video/film/gear0/fileSequence12.aac", Segment, "film", Some(12), ""),
        ("/video/film/gear1/prog_index.m3u8", MediaPlaylist, "film", None, ""),
        ("/video/film/subs/fileSequence3.webvtt", Captions, "film", Some(3), ""),
        // Anything
        ("//cdn//vod//film//seg_1.ts", Segment, "film", Some(1), ""),
        ("/media/live/news/1.ts", Segment, "news", Some(1), ""),
        ("/film.mp4", Segment, "", None, ""),
        ("/films/film_1080.mp4", Segment, "", None, ""),
        ("/vod/film/seg_12.mp4", Segment, "film", Some(12), ""),
        ("/vod/film/secret.key", Key, "film", None, ""),
        ("/vod/film/en.vtt", Captions, "film", None, ""),
        ("/vod/film/subs_2024.srt", Captions, "film", None, ""),
        ("/vod/film/sheet_12.jpg", Thumbnail, "film", None, ""),
        ("/vod/film/sheet.webp", Thumbnail, "film", None, ""),
        ("/vod/film/definition.mp4", Segment, "film", None, ""),
        ("/vod/film.mp4", Segment, "", None, ""),
        ("/", Other, "", None, ""),
        ("", Other, "", None, ""),
        ("/app.js", Other, "", None, ""),
        ("/vod/film/", Other, "film", None, ""),
    ] {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let live = ["/live/", "/channel/", "/out/"].iter().any(|mark| url.contains(mark));
        let expected = target(kind, some(entry), segment, None, some(rendition), live);
        assert_eq!(rules.recognise(url), expected, "{url}");
    }
    for (url, segment, part) in [
        ("/live/news/filePart271.2.ts", 271, 2),
        ("/live/news/segment_12_part3.m4s", 12, 3),
        ("/seg12.part0.mp4", 12, 0),
    ] {
        let found = rules.recognise(url);
        assert_eq!((found.kind, found.segment, found.part), (Part, Some(segment), Some(part)), "{url}");
    }
}
