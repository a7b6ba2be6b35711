//! What is purged is gone for everybody who asks later, whatever was under way.

use std::sync::Arc;

use super::reader::{End, Leave, view};
use super::upstream::Answer;
use super::world::{KEY, MIB, World, limits};
use super::{any, explore};

/// Viewers come, one purges and then looks for himself.
fn purged_meanwhile(stale: bool, answers: &'static [Answer]) {
    shuttle::future::block_on(async {
        let world = World::new(limits(64 * MIB));
        if stale {
            world.store_stale(&KEY, 6);
        }
        let mut views: Vec<_> = (0..3)
            .map(|_| shuttle::future::spawn(view(Arc::clone(&world), any(answers), Leave::Never)))
            .collect();
        let purger = Arc::clone(&world);
        views.push(shuttle::future::spawn(async move {
            purger.purge(any(&[true, false]));
            view(purger, any(answers), Leave::Never).await
        }));
        for view in views {
            let end = view.await.unwrap();
            assert!(matches!(end, End::Whole(_) | End::Failed(_)), "{end:?}");
        }
        world.settle().await;
        world.check_fills();
        world.close().await;
    });
}

#[test]
fn a_fill_that_is_purged_is_finished_and_not_stored() {
    explore(|| {
        purged_meanwhile(false, &[Answer::Whole { announced: true }, Answer::Whole { announced: false }]);
    });
}

#[test]
fn a_purge_meets_failures_and_what_slides_by() {
    explore(|| {
        purged_meanwhile(
            false,
            &[Answer::Whole { announced: true }, Answer::Short, Answer::Gone { asked: true }, Answer::Share],
        );
    });
}

#[test]
fn what_is_purged_while_it_is_asked_about_does_not_come_back() {
    explore(|| {
        purged_meanwhile(true, &[Answer::NotModified, Answer::Stale, Answer::Whole { announced: true }]);
    });
}

/// HEAD's answers change what is stored without a fill.
#[test]
fn head_renews_or_outdates_only_what_is_still_there() {
    explore(|| {
        shuttle::future::block_on(async {
            let world = World::new(limits(64 * MIB));
            let stale = world.store_stale(&KEY, 6);
            let renewer = (Arc::clone(&world), Arc::clone(&stale));
            let renewing = shuttle::future::spawn(async move {
                let (world, stale) = renewer;
                let head = (**stale.head()).clone();
                world.cache.renew(&KEY, &stale, Arc::new(stale.renewed(head, world.fresh())));
            });
            let outdater = (Arc::clone(&world), stale.head().version);
            let outdating = shuttle::future::spawn(async move {
                let (world, version) = outdater;
                world.has_reason();
                world.cache.outdate(&KEY, version);
            });
            drop(stale);
            let viewing = shuttle::future::spawn(view(
                Arc::clone(&world),
                Answer::Whole { announced: true },
                Leave::Never,
            ));
            world.purge(false);
            let end = view(Arc::clone(&world), Answer::Whole { announced: true }, Leave::Never).await;
            assert!(matches!(end, End::Whole(_)), "{end:?}");
            renewing.await.unwrap();
            outdating.await.unwrap();
            assert!(matches!(viewing.await.unwrap(), End::Whole(_)));
            world.check_fills();
            world.close().await;
        });
    });
}
