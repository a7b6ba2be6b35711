//! Nobody purges: one fill serves everybody, and what fails, fails for everybody.

use std::sync::Arc;

use super::reader::{End, Leave, view};
use super::upstream::Answer;
use super::world::{KEY, MIB, World, limits};
use super::{any, exhaust, explore};
use crate::{FillError, Lookup};

/// `count` requests at a time; how they ended.
async fn crowd(world: &Arc<World>, count: usize, answer: impl Fn() -> Answer) -> Vec<End> {
    let views: Vec<_> =
        (0..count).map(|_| shuttle::future::spawn(view(Arc::clone(world), answer(), Leave::Never))).collect();
    let mut ends = Vec::new();
    for view in views {
        ends.push(view.await.unwrap());
    }
    world.settle().await;
    ends
}

fn all_from_one_fill(viewers: usize, answer: impl Fn() -> Answer) {
    shuttle::future::block_on(async {
        let world = World::new(limits(64 * MIB));
        let ends = crowd(&world, viewers, answer).await;
        assert_eq!(world.led(), 1, "more than one fill");
        assert!(ends.iter().all(|end| *end == ends[0] && matches!(end, End::Whole(_))), "{ends:?}");
        assert!(matches!(world.cache.lookup(&KEY, world.now), Lookup::Fresh(_)));
        world.close().await;
    });
}

#[test]
fn one_fill_serves_everybody() {
    explore(|| all_from_one_fill(4, || Answer::Whole { announced: any(&[true, false]) }));
}

/// As far as the bound lets it: the orders that come first differ in their last steps.
#[test]
fn one_fill_serves_two_in_every_order() {
    exhaust(|| all_from_one_fill(2, || Answer::Whole { announced: true }));
}

#[test]
fn a_part_is_never_stored_and_never_ends_cleanly() {
    explore(|| {
        shuttle::future::block_on(async {
            let world = World::new(limits(64 * MIB));
            let failing = [
                Answer::Short,
                Answer::Unreachable,
                Answer::Gone { asked: true },
                Answer::Gone { asked: false },
            ];
            let ends = crowd(&world, 3, || any(&failing)).await;
            for end in ends {
                let expected = [FillError::CutOff, FillError::Unreachable, FillError::Abandoned];
                assert!(matches!(end, End::Failed(error) if expected.contains(&error)), "{end:?}");
            }
            world.check_fills();
            assert!(matches!(world.cache.lookup(&KEY, world.now), Lookup::Miss));
            let end = view(Arc::clone(&world), Answer::Whole { announced: true }, Leave::Never).await;
            assert!(matches!(end, End::Whole(_)), "{end:?}");
            world.close().await;
        });
    });
}

#[test]
fn a_304_renews_what_is_stored_for_everybody() {
    explore(|| {
        shuttle::future::block_on(async {
            let world = World::new(limits(64 * MIB));
            let stale = world.store_stale(&KEY, 6);
            let ends = crowd(&world, 4, || Answer::NotModified).await;
            assert_eq!(world.led(), 2, "more than one question");
            assert!(ends.iter().all(|end| *end == End::Whole(stale.head().version)), "{ends:?}");
            let Lookup::Fresh(renewed) = world.cache.lookup(&KEY, world.now) else { panic!("not renewed") };
            assert!(renewed.has_body_of(&stale), "the body is held twice");
            drop((stale, renewed));
            world.close().await;
        });
    });
}

#[test]
fn an_error_is_answered_with_what_is_held() {
    explore(|| {
        shuttle::future::block_on(async {
            let world = World::new(limits(64 * MIB));
            let held = world.store_stale(&KEY, 6).head().version;
            let answers =
                [Answer::Stale, Answer::Unreachable, Answer::NotModified, Answer::Whole { announced: false }];
            let ends = crowd(&world, 3, || any(&answers)).await;
            let known = |end: &End| matches!(end, End::Whole(_) | End::Failed(FillError::Unreachable));
            assert!(ends.iter().all(known), "{ends:?}");
            assert!(ends.contains(&End::Whole(held)) || world.led() > 1);
            world.check_fills();
            assert!(!matches!(world.cache.lookup(&KEY, world.now), Lookup::Miss), "what was held is lost");
            world.close().await;
        });
    });
}
