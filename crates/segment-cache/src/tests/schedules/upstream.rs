//! What an origin does with a question: the side of a fill that writes.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::world::{World, head};
use crate::fill::writer::Keep;
use crate::{FillError, FillWriter, Object};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A body of six bytes, whose length is announced or not.
    Whole { announced: bool },
    /// The same for everybody who waits, and not stored.
    Share,
    /// The same for one.
    Private,
    /// Each is to ask for itself.
    Disperse,
    /// More than is stored, announced or not. The writer waits for its readers, or cuts them off.
    Large { announced: bool, patient: bool },
    /// Less than announced.
    Short,
    /// No answer.
    Unreachable,
    /// The task is gone, before the head or after some bytes.
    Gone { asked: bool },
    /// A 304.
    NotModified,
    /// An error, answered with what is held.
    Stale,
}

const PIECE: u64 = 2;
const PIECES: u64 = 3;
const LARGE_PIECE: u64 = 256 * 1024;
const LARGE_PIECES: u64 = 5;

/// How often a writer may look for room before it cuts off who keeps it waiting.
const LOOKS: [usize; 2] = [1, 3];

/// Writes the fill of this version; `held` is what was stored.
pub(super) async fn fill(
    world: Arc<World>,
    writer: FillWriter,
    version: u64,
    answer: Answer,
    held: Option<Arc<Object>>,
) {
    let length = PIECE * PIECES;
    match (answer, held) {
        (Answer::NotModified, Some(held)) => {
            let renewed =
                Arc::new(held.renewed(head(held.head().version, Some(held.length())), world.fresh()));
            assert!(renewed.has_body_of(&held));
            writer.answer(renewed, true);
        }
        (Answer::Stale, Some(held)) => {
            world.has_reason();
            writer.answer(held, false);
        }
        (Answer::Whole { announced }, _) => {
            written(stored(&world, writer, version, length, announced).await);
        }
        (Answer::NotModified | Answer::Stale, None) => {
            written(stored(&world, writer, version, length, true).await);
        }
        (Answer::Share, _) => passed(&world, writer, version, Keep::Share).await,
        (Answer::Private, _) => passed(&world, writer, version, Keep::Private).await,
        (Answer::Disperse, _) => {
            world.has_reason();
            writer.disperse();
        }
        (Answer::Large { announced, patient }, _) => {
            written(large(&world, writer, version, announced, patient).await);
        }
        (Answer::Short, _) => {
            world.has_reason();
            world.comes_to(version, length);
            let mut writer = writer;
            writer.begin(head(version, Some(length)), Keep::Store).unwrap();
            world.append(&mut writer, version, length - PIECE).unwrap();
            assert_eq!(writer.complete(Some(world.fresh())).unwrap_err(), FillError::CutOff);
        }
        (Answer::Unreachable, _) => {
            world.has_reason();
            writer.fail(FillError::Unreachable);
        }
        (Answer::Gone { asked }, _) => {
            world.has_reason();
            world.comes_to(version, length);
            let mut writer = writer;
            if asked {
                writer.begin(head(version, None), Keep::Store).unwrap();
                world.append(&mut writer, version, PIECE).unwrap();
            }
            drop(writer);
        }
    }
}

/// A writer ends early only where nobody reads any more, or there is no room.
fn written(result: Result<(), FillError>) {
    assert!(matches!(result, Ok(()) | Err(FillError::Abandoned | FillError::NoMemory)), "{result:?}");
}

async fn stored(
    world: &World,
    mut writer: FillWriter,
    version: u64,
    length: u64,
    announced: bool,
) -> Result<(), FillError> {
    world.comes_to(version, length);
    writer.begin(head(version, announced.then_some(length)), Keep::Store)?;
    for _ in 0..PIECES {
        writer.room(2).await?;
        world.append(&mut writer, version, PIECE)?;
    }
    world.is_whole(version);
    writer.complete(Some(world.fresh()))?;
    Ok(())
}

async fn passed(world: &World, mut writer: FillWriter, version: u64, keep: Keep) {
    world.has_reason();
    world.comes_to(version, PIECE * PIECES);
    writer.begin(head(version, None), keep).unwrap();
    for _ in 0..PIECES {
        if writer.room(2).await.is_err() {
            return;
        }
        world.append(&mut writer, version, PIECE).unwrap();
    }
    assert!(writer.complete(None).unwrap().is_none());
}

async fn large(
    world: &World,
    mut writer: FillWriter,
    version: u64,
    announced: bool,
    patient: bool,
) -> Result<(), FillError> {
    let total = LARGE_PIECE * LARGE_PIECES;
    world.has_reason();
    world.comes_to(version, total);
    writer.begin(head(version, announced.then_some(total)), Keep::Store)?;
    for _ in 0..LARGE_PIECES {
        if patient {
            writer.room(256 * 1024).await?;
        } else if !has_room(&mut writer).await? {
            writer.cut_slowest();
        }
        world.append(&mut writer, version, LARGE_PIECE)?;
        assert!(world.cache.totals().held_bytes <= world.cache.memory());
    }
    assert!(writer.complete(Some(world.fresh()))?.is_none());
    Ok(())
}

/// Looks a few times.
async fn has_room(writer: &mut FillWriter) -> Result<bool, FillError> {
    let mut room = pin!(writer.room(256 * 1024));
    for look in 0..super::any(&LOOKS) {
        if look > 0 {
            shuttle::future::yield_now().await;
        }
        if let Poll::Ready(room) = poll_fn(|cx| Poll::Ready(room.as_mut().poll(cx))).await {
            return room.map(|()| true);
        }
    }
    Ok(false)
}
