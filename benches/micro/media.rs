//! What the `media` crate costs per request and per manifest.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use media::uri::{Absolute, Location};
use media::url::Rules;
use media::{dash, hls, path, relay, timeline};

const VOD: &str = "/hls/p/101/sp/10100/serveFlavor/entryId/1_abcd2345/v/2/ev/7/flavorId/0_flav1234/name/a.mp4/seg-12-v1-a1.ts";

fn recognise(criterion: &mut Criterion) {
    let rules = Rules::builtin();
    let mut group = criterion.benchmark_group("recognise");
    for (name, url) in [
        ("vod segment", VOD),
        ("live part", "/p/101/e/0_live5678/sd/4000/tl/main/st/0/t/token/part-148-3-s32-v.m4s"),
        ("generic segment", "/vod/film/720p/seg_003.m4s"),
        ("nothing known", "/static/application/pages/index/scripts/main.js"),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| rules.recognise(black_box(url))));
    }
    group.finish();
    criterion.bench_function("compile the built-in rules", |bencher| bencher.iter(Rules::builtin));
}

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("path");
    group.bench_function("canonical already", |bencher| {
        bencher.iter(|| path::canonical(black_box(VOD)).is_ok());
    });
    let odd = VOD.replace("/name/", "/x/%2e%2e/n%61me/");
    group.bench_function("canonical rewritten", |bencher| {
        bencher.iter(|| path::canonical(black_box(&odd)).is_ok());
    });
    let relayed = format!("/kVOD/hub.example/kVOD/cdn.example:8080{VOD}");
    group.bench_function("relay, two hops", |bencher| {
        bencher.iter(|| relay::peel(black_box(&relayed), &relay::APPS).is_ok());
    });
    group.finish();
}

/// What the edge does with a URI of a manifest.
fn to_edge(uri: &str) -> Option<String> {
    let absolute = Absolute::split(uri).filter(|absolute| absolute.authority == "cdn.example")?;
    Some(format!("/edge{}", absolute.path_and_query))
}

fn manifests(criterion: &mut Criterion) {
    let playlist = |base: &str| {
        let mut text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:1\n".to_owned();
        for number in 1..=1_000 {
            writeln!(text, "#EXTINF:6.000,\n{base}seg-{number}-v1-a1.ts").expect("a string takes text");
        }
        text
    };
    let (relative, absolute) = (playlist(""), playlist("https://cdn.example/hls/film/"));
    let mut group = criterion.benchmark_group("hls, 1,000 segments");
    for (name, text) in [("relative", &relative), ("absolute", &absolute)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("rewrite {name}"), |bencher| {
            bencher.iter(|| hls::rewrite(black_box(text.as_bytes()), to_edge).is_ok());
        });
    }
    group.throughput(Throughput::Bytes(relative.len() as u64));
    group.bench_function("survey", |bencher| bencher.iter(|| hls::survey(black_box(relative.as_bytes()))));
    group.finish();

    let mut timeline = String::new();
    for number in 0..1_000 {
        writeln!(timeline, "<S t=\"{}\" d=\"180000\"/>", number * 180_000).expect("a string takes text");
    }
    let mpd = format!(
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"dynamic\"><BaseURL>https://cdn.example/a/</BaseURL><Period>\
         <SegmentTemplate media=\"$Time$.m4s\"><SegmentTimeline>{timeline}</SegmentTimeline></SegmentTemplate></Period></MPD>"
    );
    let mut group = criterion.benchmark_group("dash, 1,000 segments");
    group.throughput(Throughput::Bytes(mpd.len() as u64));
    group.bench_function("rewrite", |bencher| {
        bencher.iter(|| dash::rewrite(black_box(mpd.as_bytes()), to_edge).is_ok());
    });
    group.finish();
}

/// Reads which segments a manifest numbers; the edge does it once for each manifest that passes.
fn timelines(criterion: &mut Criterion) {
    let base = Location::here("/hls/film/index.m3u8");
    let mut playlist = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n".to_owned();
    let mut ranges = playlist.clone();
    for number in 1..=10_000 {
        writeln!(playlist, "#EXTINF:6.000,\n{number:x}-of-the-film.ts").expect("a string takes text");
        writeln!(ranges, "#EXTINF:6.000,\n#EXT-X-BYTERANGE:1000000\nfilm.mp4").expect("a string takes text");
    }
    let mut group = criterion.benchmark_group("timeline, 10,000 segments");
    for (name, text) in [("names", &playlist), ("ranges", &ranges)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                timeline::hls(black_box(text.as_bytes()), &base, |_, listed| {
                    black_box(listed);
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, recognise, paths, manifests, timelines);
criterion_main!(benches);
