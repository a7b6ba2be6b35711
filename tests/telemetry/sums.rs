//! From viewers to the collector's sums: they are those of an oracle that knows who watched what, exactly, also when the
//! edge is started anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use edge::clock::Hand;
use edge::config::{Destination, Period};
use edge::{Clock, Edge};

use super::{ENTRY, script};
use crate::world::collecting::Collecting;
use crate::world::random::Random;
use crate::world::{Origin, Viewer, config_for, within};

const THRESHOLD: usize = 3;
const WINDOWS: u64 = 4;
const REQUESTS: u64 = 150;
const ENTRIES: [&str; 3] = [ENTRY, "1_bbcd1234", "0_cccd1234"];

/// Which segments a number is about: first and last, or all of the entry.
type Segments = Option<(u64, u64)>;
type Sums = BTreeMap<(String, Segments), u64>;

/// Who asked for a segment, and how often in all.
type Asked = BTreeMap<(&'static str, u64), (BTreeSet<u8>, u64)>;

fn path(entry: &str, number: u64) -> String {
    format!(
        "/p/1/sp/100/serveFlavor/entryId/{entry}/v/1/flavorId/0_aaaabbbb/name/a.mp4/seg-{number}-v1-a1.ts"
    )
}

/// What of a window may leave, straight from the rule: whoever is too few goes one step up, with all others there who are.
fn publish(asked: &Asked, sums: &mut Sums) {
    for entry in ENTRIES {
        let mut rest: BTreeMap<u64, (BTreeSet<u8>, u64)> = asked
            .iter()
            .filter(|((of, _), _)| *of == entry)
            .map(|((_, number), who)| (*number, who.clone()))
            .collect();
        for width in [1, 10, 100, 1000, u64::MAX] {
            let mut groups: BTreeMap<u64, (BTreeSet<u8>, u64)> = BTreeMap::new();
            for (number, (viewers, count)) in &rest {
                let group = groups.entry(number / width).or_default();
                group.0.extend(viewers);
                group.1 += count;
            }
            for (group, (viewers, count)) in groups {
                if viewers.len() >= THRESHOLD {
                    let of = (width < u64::MAX).then(|| (group * width, group * width + width - 1));
                    *sums.entry((entry.to_owned(), of)).or_default() += count;
                    rest.retain(|number, _| number / width != group);
                }
            }
        }
    }
}

async fn collected(site: &Collecting) -> Sums {
    let counts = site.counts("segments=true&limit=1000").await;
    let counts = counts["counts"].as_array().unwrap_or_else(|| panic!("{counts:#}"));
    let read = |count: &serde_json::Value| {
        let number = |name: &str| count[name].as_u64();
        let one = number("segment_number").map(|number| (number, number));
        let range = number("first_segment").zip(number("last_segment"));
        let entry = count["entry_id"].as_str().expect("text").to_owned();
        ((entry, one.or(range)), number("count").expect("a number"))
    };
    counts.iter().map(read).collect()
}

/// An edge of the site, at a time of its own.
fn edge(origin: &Origin, collector: &Collecting, folder: &Path, wall: SystemTime) -> (Edge, Hand) {
    let mut config = config_for(origin.address());
    config.telemetry.threshold = u32::try_from(THRESHOLD).expect("small");
    config.telemetry.site = Some("munich".into());
    config.telemetry.folder = Some(folder.to_owned());
    let to = format!("http://{}/v1/reports", collector.collector.address());
    config.telemetry.upstream.to = Some(Destination::try_from(to).expect("a collector on this machine"));
    config.telemetry.upstream.spread = Period::of(Duration::ZERO);
    let (clock, hand) = Clock::by_hand_from(wall);
    (Edge::start(config, clock).expect("the edge starts"), hand)
}

/// Plays some requests of some viewers, and notes them.
async fn watch(edge: &Edge, random: &mut Random, asked: &mut Asked) {
    let viewers: Vec<_> =
        (1..=8).map(|viewer| Viewer::from([127, 0, 0, viewer], edge.viewers()[0])).collect();
    for _ in 0..REQUESTS {
        let (entry, viewer) = (random.of_these(&ENTRIES), random.below(8));
        let number = if random.one_in(4) { random.below(2500) } else { 1 + random.below(12) };
        let answer = viewers[usize::try_from(viewer).expect("small")].get(&path(entry, number.max(1))).await;
        assert_eq!(answer.status, 200);
        let of_segment = asked.entry((entry, number.max(1))).or_default();
        of_segment.0.insert(u8::try_from(viewer).expect("small"));
        of_segment.1 += 1;
    }
}

#[tokio::test]
async fn the_collectors_sums_are_what_enough_viewers_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (origin, site) = (Origin::start(script).await, Collecting::new().await);
    let mut random = Random::of(5);
    let mut sums = Sums::new();
    let begin = SystemTime::UNIX_EPOCH + Duration::from_hours(498_000);
    for window in 0..WINDOWS {
        // Each edge ends in the middle of a window: what was counted till then leaves as a window of its own.
        let at = begin + Duration::from_hours(window);
        let (edge, hand) = edge(&origin, &site, folder.path(), at);
        for minutes in [15, 1] {
            let mut asked = Asked::new();
            watch(&edge, &mut random, &mut asked).await;
            publish(&asked, &mut sums);
            let running = Viewer::of(edge.admin());
            let counted = async {
                while running.get("/telemetry.json").await.json()["windows"][0]["events"] != REQUESTS {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            within("all requests to be counted", counted).await;
            hand.advance(Duration::from_mins(minutes));
            let turned = async {
                while minutes == 15
                    && running.get("/telemetry.json").await.json()["windows"][0]["events"] != 0
                {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            within("the next window", turned).await;
        }
        edge.drain().await;
    }
    // Some is published by itself, some as each range, some as the rest of an entry, and much not at all.
    let total: u64 = sums.values().sum();
    assert!(total < 2 * WINDOWS * REQUESTS);
    for width in [1, 10, 100, 1000] {
        assert!(
            sums.keys().any(|(_, of)| of.is_some_and(|(first, last)| last - first + 1 == width)),
            "{width}"
        );
    }
    assert!(sums.keys().any(|(_, of)| of.is_none()));
    let arrived = async {
        while site.total().await < total {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the last report", arrived).await;
    assert_eq!(collected(&site).await, sums);
}
