//! What the `segment-cache` crate costs per request and per fill.

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use criterion::{Criterion, criterion_group, criterion_main};
use http::header::{CACHE_CONTROL, DATE, EXPIRES};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::{Defaults, Timing, Verdict, judge};
use segment_cache::object::{Head, Label, Prepared, Validators};
use segment_cache::{Cache, Freshness, Join, KeyRef, Limits, Lookup, OriginId};

const DEFAULTS: Defaults<'static> = Defaults::new(Duration::from_hours(24));

#[expect(clippy::disallowed_methods, reason = "a monotonic instant has no other constructor")]
fn timing() -> Timing {
    let now = Instant::now();
    Timing { requested: now, received: now, wall: UNIX_EPOCH + Duration::from_hours(500_000) }
}

fn fields(list: &[(HeaderName, &'static str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn freshness(criterion: &mut Criterion) {
    let timing = timing();
    let mut group = criterion.benchmark_group("freshness");
    let age = fields(&[(CACHE_CONTROL, "public, max-age=3600, stale-if-error=86400")]);
    let dates =
        fields(&[(DATE, "Sat, 21 Nov 2026 10:00:00 GMT"), (EXPIRES, "Sat, 21 Nov 2026 11:00:00 GMT")]);
    for (name, fields) in [("judge max-age", &age), ("judge dates", &dates)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| judge(StatusCode::OK, black_box(fields), timing, &DEFAULTS));
        });
    }
    group.finish();
}

fn fresh(timing: Timing) -> Freshness {
    match judge(StatusCode::OK, &HeaderMap::new(), timing, &DEFAULTS) {
        Verdict::Store(freshness) => freshness,
        other => panic!("{other:?}"),
    }
}

/// Stores an object of 4 KiB under the key.
fn store(cache: &Cache, key: &KeyRef<'_>, timing: Timing) {
    let Join::Lead(mut writer, _follower) = cache.join(key, timing.received, None) else { panic!("a fill") };
    let head = Head {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        length: Some(4096),
        validators: Validators::default(),
        label: Label { kind: "segment", ..Label::default() },
        version: 0,
        changed: None,
        prepared: Prepared::default(),
    };
    writer.begin(head, Keep::Store).expect("there is room");
    writer.append(vec![7; 4096].into()).expect("there is room");
    writer.complete(Some(fresh(timing))).expect("all of it came");
}

fn look_up(criterion: &mut Criterion) {
    let timing = timing();
    let limits =
        Limits { memory: 1 << 30, followers_per_fill: 100, fills: 100, private_for: Duration::from_secs(10) };
    let cache = Cache::new(limits);
    let targets: Vec<String> =
        (0..10_000).map(|number| format!("/hls/film/720p/seg-{number}-v1-a1.ts")).collect();
    let key = |target| KeyRef::whole(OriginId(0), target);
    for target in &targets {
        store(&cache, &key(target), timing);
    }
    let mut group = criterion.benchmark_group("look-up among 10,000");
    let mut turn = targets.iter().cycle();
    group.bench_function("hit", |bencher| {
        bencher.iter(|| {
            let target = turn.next().expect("a cycle does not end");
            let found = cache.lookup(black_box(&key(target)), timing.received);
            assert!(matches!(found, Lookup::Fresh(_)));
        });
    });
    group.bench_function("miss", |bencher| {
        bencher.iter(|| cache.lookup(black_box(&key("/hls/film/720p/seg-x-v1-a1.ts")), timing.received));
    });
    group.finish();
}

criterion_group!(benches, freshness, look_up);
criterion_main!(benches);
