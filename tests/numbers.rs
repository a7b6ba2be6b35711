//! Segment numbers that stand in no URL: the edge learns them from manifests as they pass, and says them of what it
//! stores (`GET /cache`).

mod made;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::origin::{answer, ok};
use crate::world::{Script, Seen, World};

/// An origin with these files, whole or by ranges.
async fn world(files: Vec<(&str, Vec<u8>)>) -> World {
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(path, body)| (path.to_owned(), body)).collect();
    World::new(move |seen| serve(&files, seen)).await
}

fn serve(files: &BTreeMap<String, Vec<u8>>, seen: &Seen) -> Script {
    let here = seen.header("host").unwrap_or_default();
    let Some(body) = files.get(&seen.target) else {
        return answer("404 Not Found", "", &[]);
    };
    let fields = [("ETag", "\"1\""), ("Accept-Ranges", "bytes"), ("Cache-Control", "max-age=60")];
    let Some((first, last)) = seen.range() else {
        return match std::str::from_utf8(body) {
            Ok(text) => ok(text.replace("HERE", here), &fields),
            Err(_) => ok(body, &fields),
        };
    };
    let first = usize::try_from(first).expect("small");
    let end = body.len().min(usize::try_from(last).map_or(usize::MAX, |last| last.saturating_add(1)));
    let range = format!("bytes {first}-{}/{}", end - 1, body.len());
    answer("206 Partial Content", &body[first..end], &[&fields[..], &[("Content-Range", &range)]].concat())
}

/// Asks for a manifest, and then for each of these.
async fn play(world: &World, manifest: &str, segments: &[&str]) {
    for path in [&[manifest], segments].concat() {
        let response = world.get(path).await;
        assert!(response.status.is_success() && response.whole, "{path}: {}", response.status);
    }
    world.settle().await;
}

/// Kind, entry and number of what is stored, by target.
async fn stored(world: &World) -> BTreeMap<String, (Value, Value, Value)> {
    let objects = world.stored().await.into_iter();
    objects
        .map(|object| {
            let field = |name: &str| object[name].clone();
            let target = object["target"].as_str().expect("a target").to_owned();
            (target, (field("kind"), field("entry"), field("segment")))
        })
        .collect()
}

/// That these are segments of the film with these numbers.
async fn expect(world: &World, numbers: &[(&str, Value)]) {
    let stored = stored(world).await;
    for (target, number) in numbers {
        let expected = (json!("segment"), json!("film"), number.clone());
        assert_eq!(stored.get(*target), Some(&expected), "{target} in {stored:?}");
    }
}

#[tokio::test]
async fn the_playlist_numbers_names_without_numbers() {
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:40\n#EXT-X-MAP:URI=\"head.mp4\"\n\
        #EXTINF:4,\nalpha.ts\n#EXTINF:4,\n../b/./beta.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n#EXTINF:4,\nmissing.ts\n\
        #EXTINF:4,\n/c/gamma.ts\n#EXTINF:4,\nhttp://HERE/d/delta%2Ets?ks=secret\n#EXTINF:4,\nodd name.bin#t=1\n";
    let media =
        ["/vod/film/alpha.ts", "/vod/b/beta.ts", "/c/gamma.ts", "/d/delta.ts", "/vod/film/odd%20name.bin"];
    let mut files: Vec<_> = media.map(|path| (path, vec![1; 100])).into();
    files.extend([("/vod/film/index.m3u8", playlist.into()), ("/vod/film/head.mp4", vec![2; 10])]);
    let world = world(files).await;
    play(&world, "/vod/film/index.m3u8", &media).await;
    // The folder `b` is an entry by its own URL, of which this playlist says nothing.
    assert_eq!(stored(&world).await["/vod/b/beta.ts"], (json!("segment"), json!("b"), json!(null)));
    expect(
        &world,
        &[
            ("/vod/film/alpha.ts", json!(40)),
            ("/c/gamma.ts", json!(43)),
            ("/d/delta.ts", json!(44)),
            ("/vod/film/odd%20name.bin", json!(45)),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_renewed_or_comes_again_keeps_its_numbers() {
    let playlist =
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\none.ts\n#EXTINF:4,\ntwo.ts\n#EXT-X-ENDLIST\n";
    let world = world(vec![
        ("/vod/film/index.m3u8", playlist.into()),
        ("/vod/film/one.ts", vec![1; 10]),
        ("/vod/film/two.ts", vec![2; 10]),
    ])
    .await;
    play(&world, "/vod/film/index.m3u8", &["/vod/film/one.ts", "/vod/film/two.ts"]).await;
    world.operator().request(http::Method::POST, "/purge?url=/vod/film/one.ts", &[]).await;
    world.hand.advance(std::time::Duration::from_secs(61));
    play(&world, "/vod/film/index.m3u8", &["/vod/film/one.ts", "/vod/film/two.ts"]).await;
    expect(&world, &[("/vod/film/one.ts", json!(7)), ("/vod/film/two.ts", json!(8))]).await;
}

#[tokio::test]
async fn parts_have_the_number_of_their_segment() {
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-MEDIA-SEQUENCE:100\n\
        #EXT-X-SKIP:SKIPPED-SEGMENTS=5\n#EXT-X-PART:DURATION=1,URI=\"wx.m4s\"\n#EXTINF:4,\nw.m4s\n\
        #EXT-X-PART:DURATION=1,URI=\"xa.m4s\"\n#EXT-X-PART:DURATION=1,URI=\"xb.m4s\",BYTERANGE=\"10@0\"\n\
        #EXT-X-PART:DURATION=1,URI=\"xb.m4s\",BYTERANGE=\"10\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"xc.m4s\"\n\
        #EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"head.mp4\"\n";
    let media = [
        "/live/film/wx.m4s",
        "/live/film/w.m4s",
        "/live/film/xa.m4s",
        "/live/film/xb.m4s",
        "/live/film/xc.m4s",
    ];
    let mut files: Vec<_> = media.map(|path| (path, vec![1; 20])).into();
    files.push(("/live/film/index.m3u8", playlist.into()));
    let world = world(files).await;
    play(&world, "/live/film/index.m3u8", &media).await;
    let numbers: Vec<_> = media.into_iter().zip([105, 105, 106, 106, 106].map(Value::from)).collect();
    expect(&world, &numbers).await;
}

#[tokio::test]
async fn a_file_that_is_read_by_ranges_holds_many() {
    let playlist = "#EXTM3U\n#EXT-X-MAP:URI=\"main_1.mp4\",BYTERANGE=\"100@0\"\n#EXTINF:4,\n#EXT-X-BYTERANGE:1000@100\n\
        main_1.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:1000\nmain_1.mp4\n#EXT-X-ENDLIST\n";
    let world =
        world(vec![("/vod/film/index.m3u8", playlist.into()), ("/vod/film/main_1.mp4", vec![3; 2_100])])
            .await;
    play(&world, "/vod/film/index.m3u8", &[]).await;
    let response = world.viewer().ask("/vod/film/main_1.mp4", &[("range", "bytes=1100-2099")]).await;
    assert_eq!(response.body.len(), 1000);
    world.settle().await;
    expect(&world, &[("/vod/film/main_1.mp4", json!("many"))]).await;
}

/// An MPD whose only representation holds `inside`, with more about it on the way there.
fn mpd(base: &str, inside: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\">{base}<Period>\
         <AdaptationSet><Representation id=\"v1\" bandwidth=\"900\">{inside}</Representation></AdaptationSet></Period></MPD>"
    )
    .into_bytes()
}

#[tokio::test]
async fn the_time_of_a_template_is_a_time() {
    // Each of the names looks like one with a number to a rule.
    let template = "<SegmentTemplate media=\"$RepresentationID$/seg-$Time$.m4s\" timescale=\"90000\"><SegmentTimeline>\
        <S t=\"0\" d=\"180000\" r=\"-1\"/></SegmentTimeline></SegmentTemplate>";
    for (base, folder) in [
        ("", "/vod/film/v1"),
        ("<BaseURL>media/</BaseURL>", "/vod/film/media/v1"),
        ("<BaseURL>http://HERE/elsewhere/</BaseURL>", "/elsewhere/v1"),
    ] {
        let media = [0, 180_000, 360_001].map(|time| format!("{folder}/seg-{time}.m4s"));
        let media: Vec<_> = media.iter().map(String::as_str).collect();
        let mut files: Vec<_> = media.iter().map(|path| (*path, vec![1; 20])).collect();
        files.push(("/vod/film/manifest.mpd", mpd(base, template)));
        let world = world(files).await;
        play(&world, "/vod/film/manifest.mpd", &media).await;
        let numbers: Vec<_> = media.into_iter().zip([0, 2000, 4000].map(Value::from)).collect();
        expect(&world, &numbers).await;
    }
}

#[tokio::test]
async fn a_list_of_segments_is_counted() {
    let list = "<SegmentList startNumber=\"3\"><SegmentURL media=\"alpha.m4s\"/><SegmentURL media=\"beta.m4s\"/></SegmentList>";
    let world = world(vec![
        ("/vod/film/manifest.mpd", mpd("<BaseURL>/x/</BaseURL>", list)),
        ("/x/alpha.m4s", vec![1; 20]),
        ("/x/beta.m4s", vec![1; 20]),
    ])
    .await;
    play(&world, "/vod/film/manifest.mpd", &["/x/alpha.m4s", "/x/beta.m4s"]).await;
    expect(&world, &[("/x/alpha.m4s", json!(3)), ("/x/beta.m4s", json!(4))]).await;
}

#[tokio::test]
async fn a_number_that_no_rule_reads_is_the_templates() {
    let template = "<SegmentTemplate media=\"$Number%04d$/chunk\" startNumber=\"10\" duration=\"2\"/>";
    let world = world(vec![
        ("/vod/film/manifest.mpd", mpd("", template)),
        ("/vod/film/0010/chunk", vec![1; 20]),
        ("/vod/film/0012/chunk", vec![1; 20]),
    ])
    .await;
    play(&world, "/vod/film/manifest.mpd", &["/vod/film/0010/chunk", "/vod/film/0012/chunk"]).await;
    expect(&world, &[("/vod/film/0010/chunk", json!(0)), ("/vod/film/0012/chunk", json!(2))]).await;
}

#[tokio::test]
async fn what_was_learned_outlives_a_configuration() {
    let playlist = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:4,\none.ts\n#EXT-X-ENDLIST\n";
    let mut world =
        world(vec![("/vod/film/index.m3u8", playlist.into()), ("/vod/film/one.ts", vec![1; 10])]).await;
    play(&world, "/vod/film/index.m3u8", &[]).await;
    let mut config = crate::world::config_for(world.origin.address());
    config.viewers.cache_status = false;
    world.edge.reload(config).await.expect("a good configuration");
    play(&world, "/vod/film/one.ts", &[]).await;
    expect(&world, &[("/vod/film/one.ts", json!(7))]).await;
}
