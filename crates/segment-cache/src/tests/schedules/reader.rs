//! A request, as the edge makes of it: look up, join, ask upstream if it leads, read.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Buf;

use super::upstream::{self, Answer};
use super::world::{KEY, World};
use crate::{FillError, Follower, Join, Lookup, Object, Outcome};

/// When the viewer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Never,
    /// While nothing is known yet.
    Asking,
    /// When something has arrived.
    Reading,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the whole body of this version.
    Whole(u64),
    Alone,
    Failed(FillError),
    Full,
    Left,
}

/// One request for [`KEY`]; `answer` is what upstream says if it has to ask.
pub(super) async fn view(world: Arc<World>, answer: Answer, leave: Leave) -> End {
    let purged = world.purged();
    let is_allowed = |version| {
        assert!(!purged.contains(&version), "a purged object, or a fill from before the purge");
    };
    let take = |object: &Object| {
        world.check_object(object);
        is_allowed(object.head().version);
        End::Whole(object.head().version)
    };
    let held = match world.cache.lookup(&KEY, world.now) {
        Lookup::Fresh(object) => return take(&object),
        Lookup::Stale(object) => Some(object),
        Lookup::Miss => None,
    };
    let version = world.cache.new_version();
    let (follower, mine) = match world.cache.join(&KEY, world.now, held.as_ref()) {
        Join::Fresh(object) => return take(&object),
        Join::Full => return End::Full,
        Join::Follow(follower) => (follower, None),
        Join::Lead(writer, follower) => {
            world.begins(version);
            let held = held.filter(|_| writer.may_renew());
            world.run(upstream::fill(Arc::clone(&world), writer, version, answer, held));
            (follower, Some(version))
        }
    };
    let (end, from) = read(&world, follower, leave).await;
    if let Some(from) = from {
        is_allowed(from);
        if answer == Answer::Private {
            assert_eq!(mine, Some(from), "another's private answer");
        }
    }
    end
}

async fn read(world: &World, mut follower: Follower, leave: Leave) -> (End, Option<u64>) {
    let outcome = if leave == Leave::Asking {
        match poll_fn(|cx| Poll::Ready(follower.poll_outcome(cx))).await {
            Poll::Pending => return (End::Left, None),
            Poll::Ready(outcome) => outcome,
        }
    } else {
        follower.outcome().await
    };
    let version = match outcome {
        Err(error) => return (End::Failed(error), None),
        Ok(Outcome::Alone) => return (End::Alone, None),
        Ok(Outcome::Complete(object)) => {
            world.check_object(&object);
            let version = object.head().version;
            return (End::Whole(version), Some(version));
        }
        Ok(Outcome::Streaming(head)) => head.version,
    };
    let mut position = 0;
    loop {
        match poll_fn(|cx| follower.poll_read(cx, position, u64::MAX)).await {
            Some(Ok(mut pieces)) => {
                let bytes = pieces.copy_to_bytes(pieces.remaining());
                World::check(version, position, &bytes);
                position += bytes.len() as u64;
            }
            Some(Err(error)) => {
                world.check_failure(version, position, error);
                return (End::Failed(error), Some(version));
            }
            None => {
                world.check_end(version, position);
                return (End::Whole(version), Some(version));
            }
        }
        if leave == Leave::Reading {
            return (End::Left, Some(version));
        }
    }
}
