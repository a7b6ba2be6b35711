//! Manifests on their way through: what leads past the edge is pointed at it, and nothing else is touched.

use edge::config::{ByteSize, Config, Origin};
use http::StatusCode;

use crate::world::origin::{answer, head, ok};
use crate::world::{Script, Seen, Step, World};

const PLAYLIST: &str = "/vod/0_meadow01/index.m3u8";
const MPD: &str = "/vod/0_meadow01/manifest.mpd";

/// A first origin that sends `manifest`, with `HERE` in place of its own host, and a second one that is named only.
async fn world(manifest: &'static str, fields: &'static [(&'static str, &'static str)]) -> World {
    World::with(
        move |seen| {
            let here = seen.header("host").unwrap_or_default();
            ok(manifest.replace("HERE", here), fields)
        },
        |config: &mut Config| {
            config.origin[0].name = "main".into();
            config.origin[0].aliases = vec!["cdn.example".parse().expect("well-formed")];
            let mut other = Origin::new("https://other.example:8443".parse().expect("well-formed"));
            other.name = "other".into();
            other.relay_hosts = vec!["other.example".parse().expect("well-formed")];
            config.origin.push(other);
        },
    )
    .await
}

const ABSOLUTE: &str = "\u{feff}#EXTM3U\r\n#EXT-X-UNKNOWN:URI=unquoted,A=\"https://cdn.example/kept\"\r\n\
    #EXT-X-KEY:METHOD=AES-128,URI=\"http://HERE/a/enc.key?x=1\",X=\"y\"\r\n\
    #EXT-X-MAP:URI=\"//cdn.example/a/init.mp4\"\n# a comment https://cdn.example/kept\n\n\
    #EXTINF:4,https://cdn.example/kept\nhttps://CDN.example/a/seg-1-v1.ts?t=1#f\n\
    #EXTINF:4,\nhttps://other.example:8443/a/seg-2-v1.ts\n#EXTINF:4,\nhttps://elsewhere.example/a/seg-3-v1.ts\n\
    #EXTINF:4,\nseg-4-v1.ts\n#EXTINF:4,\n../b/seg-5-v1.ts\n#EXT-X-ENDLIST";

#[tokio::test]
async fn urls_in_a_playlist_of_known_origins_become_paths_of_the_edge() {
    let world = world(ABSOLUTE, &[]).await;
    let here = world.origin.address().to_string();
    let expected = ABSOLUTE
        .replace("http://HERE/a/enc.key", "/a/enc.key")
        .replace("//cdn.example/a/init.mp4", "/a/init.mp4")
        .replace("https://CDN.example/a/seg-1", "/a/seg-1")
        .replace("https://other.example:8443/", "/kVOD/other.example/")
        .replace("HERE", &here);
    for status in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
        let response = world.get(PLAYLIST).await;
        assert_eq!(response.text(), expected);
        assert_eq!(response.header("content-length"), expected.len().to_string());
        assert_eq!(response.cache_status().as_str(), status);
    }
}

#[tokio::test]
async fn what_a_playlist_points_at_is_found_there() {
    let world = World::new(|seen: &Seen| {
        let here = seen.header("host").unwrap_or_default();
        if seen.target == PLAYLIST {
            return ok(format!("#EXTM3U\n#EXTINF:4,\nhttp://{here}/vod/0_meadow01/seg-1-v1.ts\n"), &[]);
        }
        ok(&seen.target, &[])
    })
    .await;
    let playlist = world.get(PLAYLIST).await.text();
    let segment = playlist.lines().last().unwrap();
    assert_eq!(segment, "/vod/0_meadow01/seg-1-v1.ts");
    assert_eq!(world.get(segment).await.text(), segment);
}

const ABSOLUTE_MPD: &str = "<?xml version=\"1.0\"?>\n<!-- https://cdn.example/kept -->\n\
    <MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:v=\"urn:vendor\" type=\"static\" v:odd='https://cdn.example/kept'>\n  \
    <BaseURL>http://HERE/a/</BaseURL>\n  <v:unknown a=\"b\" >text &amp; more</v:unknown >\n  \
    <Period><AdaptationSet><BaseURL serviceLocation=\"x\">https://other.example:8443/b/</BaseURL>\
    <BaseURL>https://elsewhere.example/c/</BaseURL><BaseURL>d/</BaseURL>\
    <SegmentTemplate media=\"https://cdn.example/a/$Number$.m4s\" initialization='//cdn.example/a/init.mp4'/>\
    </AdaptationSet></Period>\n</MPD>\n";

#[tokio::test]
async fn urls_in_an_mpd_of_known_origins_become_paths_of_the_edge() {
    let world = world(ABSOLUTE_MPD, &[]).await;
    let expected = ABSOLUTE_MPD
        .replace("http://HERE/a/", "/a/")
        .replace("https://other.example:8443/b/", "/kVOD/other.example/b/")
        .replace("https://cdn.example/a/$Number$", "/a/$Number$")
        .replace("//cdn.example/a/init.mp4", "/a/init.mp4");
    for _ in 0..2 {
        assert_eq!(world.get(MPD).await.text(), expected);
    }
}

#[tokio::test]
async fn a_manifest_without_absolute_urls_passes_byte_for_byte_under_its_own_tag() {
    let relative = "#EXTM3U\n#EXTINF:4,\nseg-1-v1.ts\n";
    let world = world(relative, &[("ETag", "\"a\"")]).await;
    let response = world.get(PLAYLIST).await;
    assert_eq!((response.text().as_str(), response.header("etag")), (relative, "\"a\""));
}

#[tokio::test]
async fn what_is_no_readable_manifest_passes_unchanged() {
    for (path, body, fields) in [
        (PLAYLIST, "https://cdn.example/a/seg-1-v1.ts\n", &[("ETag", "\"a\"")][..]),
        (PLAYLIST, "", &[("ETag", "\"a\"")]),
        (PLAYLIST, "#EXTM3U\nhttps://cdn.example/a.ts\n", &[("ETag", "\"a\""), ("Content-Encoding", "gzip")]),
        (MPD, "<MPD><BaseURL>https://cdn.example/a/</BaseURL>", &[("ETag", "\"a\"")]),
        (MPD, "<html><BaseURL>https://cdn.example/a/</BaseURL></html>", &[("ETag", "\"a\"")]),
    ] {
        let world = world(body, fields).await;
        let response = world.get(path).await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, body));
        assert_eq!(response.header("etag"), "\"a\"");
        assert_eq!(response.header("content-encoding"), if fields.len() > 1 { "gzip" } else { "" });
    }
    // Compressed manifests are not asked for.
    let world = world("#EXTM3U\n", &[]).await;
    world.get(PLAYLIST).await;
    assert_eq!(world.origin.seen()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_rewritten_manifest_has_a_tag_of_its_own_that_players_can_use() {
    for (origins, edges) in [("\"a\"", "\"a-edge\""), ("W/\"a\"", "W/\"a-edge\"")] {
        let fields = vec![("ETag", origins), ("Cache-Control", "max-age=60")].leak();
        let world = world(ABSOLUTE, fields).await;
        assert_eq!(world.get(PLAYLIST).await.header("etag"), edges);
        let ask = async |tag| world.viewer().ask(PLAYLIST, &[("If-None-Match", tag)]).await;
        let same = ask(edges).await;
        assert_eq!((same.status, same.header("etag")), (StatusCode::NOT_MODIFIED, edges));
        assert_eq!(ask(origins).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_rewritten_manifest_is_renewed_by_the_origins_own_tag() {
    let script = |seen: &Seen| -> Script {
        match seen.header("if-none-match") {
            None => ok(
                format!("#EXTM3U\nhttp://{}/a.m3u8\n#EXT-X-ENDLIST\n", seen.header("host").unwrap()),
                &[("ETag", "\"a\""), ("Cache-Control", "max-age=60")],
            ),
            Some("\"a\"") => vec![Step::Send(head("304 Not Modified", &[("ETag", "\"a\"")]))],
            Some(_) => answer("400 Bad Request", "another tag", &[]),
        }
    };
    let world = World::new(script).await;
    for _ in 0..3 {
        let response = world.get(PLAYLIST).await;
        assert_eq!(response.text(), "#EXTM3U\n/a.m3u8\n#EXT-X-ENDLIST\n");
        assert_eq!(response.header("etag"), "\"a-edge\"");
        world.settle().await;
        world.hand.advance(std::time::Duration::from_secs(100));
    }
    assert_eq!(world.origin.count(), 3);
}

#[tokio::test]
async fn a_manifest_that_is_too_large_is_refused_with_known_and_unknown_length() {
    let body = format!("#EXTM3U\n{}", "#EXTINF:4,\nseg.ts\n".repeat(10_000));
    for chunked in [false, true] {
        let body = body.clone();
        let script = move |_: &Seen| {
            if !chunked {
                return ok(&body, &[]);
            }
            let start = head("200 OK", &[("Transfer-Encoding", "chunked")]);
            let chunk = crate::world::origin::chunk(body.as_bytes());
            vec![Step::Send([start, chunk, b"0\r\n\r\n".to_vec()].concat())]
        };
        let world = World::with(script, |config| config.cache.max_manifest = ByteSize::kib(64)).await;
        assert_eq!(world.get(PLAYLIST).await.status, StatusCode::BAD_GATEWAY);
        world.settle().await;
        assert!(world.stored().await.is_empty());
        // The bound is for manifests alone.
        assert_eq!(world.get("/vod/0_meadow01/seg-1-v1.ts").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_broken_off_manifest_is_served_to_nobody() {
    let world = World::new(|_| {
        let start = head("200 OK", &[("Content-Length", "100")]);
        vec![Step::Send([start, b"#EXTM3U\n".to_vec()].concat()), Step::Close]
    })
    .await;
    assert_eq!(world.get(PLAYLIST).await.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_redirect_to_a_known_origin_stays_on_the_edge() {
    for (location, expected) in [
        ("http://HERE/vod/x.m3u8?a=1", "/vod/x.m3u8?a=1"),
        ("https://elsewhere.example/x.m3u8", "https://elsewhere.example/x.m3u8"),
        ("../x.m3u8", "../x.m3u8"),
    ] {
        let world = World::new(move |seen: &Seen| {
            let location = location.replace("HERE", seen.header("host").unwrap_or_default());
            answer("302 Found", "", &[("Location", &location)])
        })
        .await;
        let response = world.get(PLAYLIST).await;
        assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, expected));
    }
}
