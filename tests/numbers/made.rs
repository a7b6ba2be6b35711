//! Streams that ffmpeg made: each segment's number is its place, by the real packager's own word.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use media::timeline::{self, Counts, Listed};
use media::uri::Location;
use serde_json::json;

use super::{expect, play, world};
use crate::world::ffmpeg::run;
use crate::world::sample::{self, Cinema};

/// Twelve seconds of picture in six closed groups, packaged as these arguments say into a folder.
async fn package(folder: &Path, arguments: &[&str], manifest: &str) {
    let out = folder.join(manifest);
    let source = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=12"];
    let codec =
        ["-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-keyint_min", "20", "-sc_threshold", "0"];
    let all = [&source[..], &codec, arguments, &[out.to_str().expect("plain names")]].concat();
    run("ffmpeg", &all).await;
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// First bytes and numbers of the ranges that a manifest lists, and the one URL of them all.
fn ranges(mut list: impl FnMut(&mut dyn FnMut(&Location, Listed))) -> (String, Vec<(u64, u64)>) {
    let (mut urls, mut ranges) = (Vec::new(), Vec::new());
    list(&mut |location, listed| {
        let Listed::From { byte, segment } = listed else { panic!("{listed:?}") };
        urls.push(location.path_and_query.clone());
        ranges.push((byte, segment));
    });
    urls.dedup();
    assert_eq!(urls.len(), 1, "{urls:?}");
    (urls.remove(0), ranges)
}

/// That segments with these numbers begin where the file has a box of this name each.
fn check_boxes(file: &[u8], name: &str, ranges: &[(u64, u64)], first: u64) {
    assert_eq!(ranges.len(), 6);
    for (place, (byte, segment)) in ranges.iter().enumerate() {
        assert_eq!(*segment, first + place as u64);
        let at = usize::try_from(*byte).expect("small");
        assert_eq!(&file[at + 4..at + 8], name.as_bytes(), "{place}");
    }
}

#[tokio::test]
async fn a_playlist_of_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ["-f", "hls", "-hls_time", "2", "-hls_flags", "single_file", "-hls_segment_type", "fmp4"];
    package(folder.path(), &[&format[..], &["-hls_playlist_type", "vod"]].concat(), "index.m3u8").await;
    let (playlist, file) = (read(&folder.path().join("index.m3u8")), read(&folder.path().join("index.m4s")));
    let base = Location::here("/vod/film/index.m3u8");
    let (url, ranges) = ranges(|tell| timeline::hls(&playlist, &base, tell).expect("a playlist"));
    assert_eq!(url, "/vod/film/index.m4s");
    check_boxes(&file, "sidx", &ranges, 0);
    let world = world(vec![("/vod/film/index.m3u8", playlist), ("/vod/film/index.m4s", file)]).await;
    play(&world, "/vod/film/index.m3u8", &["/vod/film/index.m4s"]).await;
    expect(&world, &[("/vod/film/index.m4s", json!("many"))]).await;
}

#[tokio::test]
async fn an_mpd_of_one_file_by_list_and_by_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ["-f", "dash", "-seg_duration", "2", "-single_file", "1", "-global_sidx", "1"];
    package(folder.path(), &format, "film.mpd").await;
    let (mpd, file) = (read(&folder.path().join("film.mpd")), read(&folder.path().join("film-stream0.mp4")));
    let base = Location::here("/vod/film/manifest.mpd");
    let (url, ranges) = ranges(|tell| timeline::dash(&mpd, &base, tell).expect("an MPD"));
    assert_eq!(url, "/vod/film/film-stream0.mp4");
    check_boxes(&file, "moof", &ranges, 1);

    // The index in the file tells the same.
    let at = file.windows(4).position(|name| name == b"sidx").expect("an index") - 4;
    let size = u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes"));
    let index = at..at + usize::try_from(size).expect("small");
    let found = timeline::sidx(&file[index.clone()], index.start as u64).expect("an index");
    let begin: Vec<_> = ranges.iter().map(|(byte, _)| *byte).collect();
    assert_eq!(found, begin);

    // The same stream as packagers of films write it, before an edge.
    let text = String::from_utf8(mpd).expect("text");
    let (before, rest) = text.split_once("<SegmentList").expect("a list");
    let (_, behind) = rest.split_once("</SegmentList>").expect("the end of a list");
    let indexed = format!("{before}<SegmentBase indexRange=\"{}-{}\"/>{behind}", index.start, index.end - 1);
    let path = "/vod/film/film-stream0.mp4";
    let world = world(vec![("/vod/film/manifest.mpd", indexed.into_bytes()), (path, file)]).await;
    play(&world, "/vod/film/manifest.mpd", &[]).await;
    let range = format!("bytes={}-{}", index.start, index.end - 1);
    assert_eq!(world.viewer().ask(path, &[("range", &range)]).await.body.len(), index.len());
    world.settle().await;
    // Which means that the index is read.
    expect(&world, &[(path, json!("many"))]).await;
}

/// What is stored of the demo's streams after every file of theirs was asked for.
#[tokio::test]
async fn the_sample_in_all_its_forms() {
    let cinema = Cinema::open(Duration::ZERO).await;
    let viewer = cinema.viewer();
    let mut paths = sample::recorded_paths();
    paths.reverse(); // manifests first
    for path in &paths {
        assert!(viewer.get(path).await.status.is_success(), "{path}");
    }
    let stored = cinema.stored().await.into_iter();
    let numbers: BTreeMap<String, serde_json::Value> = stored
        .filter(|object| object["kind"] == "segment")
        .map(|object| (object["target"].as_str().expect("a target").to_owned(), object["segment"].clone()))
        .collect();
    let timescales = timescales();
    let mut times = 0;
    for (target, number) in &numbers {
        let number = number.as_u64().unwrap_or_else(|| panic!("{target} has no number"));
        let name = target.rsplit('/').next().expect("a name");
        let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<u64>();
        let expected = match name.split_once("-t") {
            Some((_, time)) => {
                times += 1;
                let (like, _) = target.rsplit_once("-t").expect("is there");
                digits(time).expect("a time") * 1000 / timescales[like]
            }
            None => digits(name.split_once('-').expect("a number").1).expect("a number"),
        };
        assert_eq!(number, expected, "{target}");
    }
    assert!(times > 20 && numbers.len() > 4 * 20, "{times} of {}", numbers.len());
}

/// Units in a second of each representation of the timeline form, by what stands before the time in its URLs.
fn timescales() -> BTreeMap<String, u64> {
    let manifest = sample::recorded_paths().into_iter().filter(|path| path.rsplit('.').next() == Some("mpd"));
    let mut found = BTreeMap::new();
    for path in manifest {
        let text = read(&sample::folder().join(path.trim_start_matches('/')));
        timeline::dash(&text, &Location::here(&path), |location, listed| {
            let Listed::Template(template) = listed else { panic!("{listed:?}") };
            if let (Counts::Time(timescale), Some((like, _))) =
                (template.counts, location.path_and_query.rsplit_once("-t"))
            {
                found.insert(like.to_owned(), timescale);
            }
        })
        .expect("an MPD");
    }
    found
}
