//! The cache gets other limits in use.

use std::sync::Arc;

use super::reader::{End, Leave, view};
use super::upstream::Answer;
use super::world::{KEY, MIB, World, limits};
use super::{any, explore};
use crate::{KeyRef, Lookup, OriginId};

const OTHER: KeyRef<'static> = KeyRef::whole(OriginId(0), "/vod/a/seg-2.ts");

/// What is stored is always found, what is filled meanwhile is stored, and what is purged meanwhile does not come back.
fn resized_meanwhile(sizes: &'static [u64], purged: bool) {
    shuttle::future::block_on(async {
        let world = World::new(limits(64 * MIB));
        world.store_fresh(&OTHER, 6);
        if purged {
            world.store_fresh(&KEY, 6);
        }
        let resizer = Arc::clone(&world);
        let resizing = shuttle::future::spawn(async move {
            for size in sizes {
                resizer.cache.resize(limits(*size));
            }
        });
        let looker = Arc::clone(&world);
        let looking = shuttle::future::spawn(async move {
            for _ in 0..4 {
                assert!(
                    matches!(looker.cache.lookup(&OTHER, looker.now), Lookup::Fresh(_)),
                    "lost meanwhile"
                );
            }
        });
        let answer = Answer::Whole { announced: any(&[true, false]) };
        let viewing = shuttle::future::spawn(view(Arc::clone(&world), answer, Leave::Never));
        if purged {
            world.purge(any(&[true, false]));
        }
        let end = view(Arc::clone(&world), answer, Leave::Never).await;
        assert!(matches!(end, End::Whole(_)), "{end:?}");
        assert!(matches!(viewing.await.unwrap(), End::Whole(_)));
        looking.await.unwrap();
        resizing.await.unwrap();
        world.settle().await;
        world.check_fills();
        assert!(matches!(world.cache.lookup(&OTHER, world.now), Lookup::Fresh(_)), "lost");
        assert_eq!(world.cache.memory(), *sizes.last().unwrap());
        world.close().await;
    });
}

#[test]
fn nothing_is_lost_while_the_cache_grows() {
    explore(|| resized_meanwhile(&[128 * MIB], false));
}

#[test]
fn nothing_purged_comes_back_while_the_cache_changes() {
    explore(|| resized_meanwhile(&[128 * MIB, 32 * MIB], true));
}
