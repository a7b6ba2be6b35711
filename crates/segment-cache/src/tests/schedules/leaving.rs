//! Viewers leave, are too slow, or find that the answer is another's; memory is short.

use std::sync::Arc;

use super::reader::{End, Leave, view};
use super::upstream::Answer;
use super::world::{MIB, World, limits};
use super::{any, explore};
use crate::FillError;

fn some_leave(memory: u64, viewers: usize, answers: &[Answer], allowed: fn(&End) -> bool) {
    shuttle::future::block_on(async {
        let world = World::new(limits(memory));
        let leaves = [Leave::Never, Leave::Never, Leave::Asking, Leave::Reading];
        let views: Vec<_> = (0..viewers)
            .map(|_| {
                let leave = any(&leaves);
                (leave, shuttle::future::spawn(view(Arc::clone(&world), any(answers), leave)))
            })
            .collect();
        for (leave, view) in views {
            let end = view.await.unwrap();
            let left = end == End::Left && leave != Leave::Never;
            assert!(left || matches!(end, End::Whole(_)) || allowed(&end), "{end:?}");
        }
        world.settle().await;
        world.close().await;
    });
}

#[test]
fn a_fill_goes_on_when_viewers_leave() {
    explore(|| some_leave(64 * MIB, 4, &[Answer::Whole { announced: false }], |_| false));
}

#[test]
fn what_slides_by_reaches_all_who_keep_up() {
    explore(|| {
        let answers = [true, false].map(|announced| Answer::Large { announced, patient: true });
        // Where everybody left the writer gives up.
        some_leave(4 * MIB, 3, &answers, |end| {
            matches!(end, End::Failed(FillError::Abandoned | FillError::NoMemory))
        });
    });
}

#[test]
fn who_is_too_slow_is_cut_off() {
    explore(|| {
        let answers = [true, false].map(|announced| Answer::Large { announced, patient: false });
        some_leave(4 * MIB, 3, &answers, |end| {
            matches!(end, End::Failed(FillError::Abandoned | FillError::TooSlow | FillError::NoMemory))
        });
    });
}

/// One that slides by takes half of all there is.
#[test]
fn where_memory_is_short_it_is_never_exceeded() {
    explore(|| {
        let answers = [
            Answer::Large { announced: true, patient: true },
            Answer::Large { announced: false, patient: false },
            Answer::Whole { announced: false },
        ];
        some_leave(MIB, 4, &answers, |end| {
            matches!(end, End::Failed(FillError::Abandoned | FillError::TooSlow | FillError::NoMemory))
        });
    });
}

#[test]
fn a_private_answer_reaches_only_the_request_that_caused_it() {
    explore(|| some_leave(64 * MIB, 4, &[Answer::Private], |end| *end == End::Alone));
}

#[test]
fn whoever_is_to_ask_alone_asks_alone() {
    explore(|| some_leave(64 * MIB, 3, &[Answer::Disperse, Answer::Share], |end| *end == End::Alone));
}
