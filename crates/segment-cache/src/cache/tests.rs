//! Fills, followers and the budget, seen from the cache.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use bytes::{Buf, Bytes};

use super::*;
use crate::fill::writer::{Keep, WINDOW};
use crate::fill::{FillError, Outcome};
use crate::key::OriginId;
use crate::tests::samples::{fresh_for, head, now};

const KEY: KeyRef<'static> = KeyRef::whole(OriginId(0), "/vod/a/seg-1.ts");
const MIB: u64 = 1 << 20;

fn cache(memory: u64) -> Cache {
    Cache::new(Limits { memory, followers_per_fill: 100, fills: 10, private_for: Duration::from_secs(10) })
}

fn lead(cache: &Cache, now: Instant) -> (FillWriter, Follower) {
    match cache.join(&KEY, now, None) {
        Join::Lead(writer, follower) => (writer, follower),
        other => panic!("{other:?}"),
    }
}

fn follow(cache: &Cache, now: Instant) -> Follower {
    match cache.join(&KEY, now, None) {
        Join::Follow(follower) => follower,
        other => panic!("{other:?}"),
    }
}

async fn next(follower: &mut Follower, position: u64) -> Option<Result<Bytes, FillError>> {
    let read = poll_fn(|cx| follower.poll_read(cx, position, u64::MAX)).await;
    read.map(|read| read.map(|mut pieces| pieces.copy_to_bytes(pieces.remaining())))
}

async fn read_to_end(mut follower: Follower) -> Result<Vec<u8>, FillError> {
    let mut all = Vec::new();
    while let Some(bytes) = next(&mut follower, all.len() as u64).await {
        all.extend_from_slice(&bytes?);
    }
    Ok(all)
}

#[tokio::test]
async fn a_follower_reads_from_byte_0_while_the_object_grows() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, mut starter) = lead(&cache, now);
    writer.begin(head(Some(6)), Keep::Store).unwrap();
    writer.append(Bytes::from_static(b"abc")).unwrap();
    let mut late = follow(&cache, now);
    assert!(matches!(late.outcome().await, Ok(Outcome::Streaming(_))));
    assert_eq!(&next(&mut late, 0).await.unwrap().unwrap()[..], b"abc");
    writer.append(Bytes::from_static(b"def")).unwrap();
    writer.complete(Some(fresh_for(Duration::from_secs(9), now))).unwrap();
    assert_eq!(&next(&mut late, 3).await.unwrap().unwrap()[..], b"def");
    assert!(next(&mut late, 6).await.is_none());
    assert!(matches!(starter.outcome().await, Ok(Outcome::Complete(object)) if object.length() == 6));
    assert!(matches!(cache.lookup(&KEY, now), Lookup::Fresh(_)));
    assert!(matches!(cache.lookup(&KEY, now + Duration::from_secs(9)), Lookup::Stale(_)));
}

#[tokio::test]
async fn one_who_comes_late_gets_all_pieces_at_once() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, _starter) = lead(&cache, now);
    writer.begin(head(None), Keep::Store).unwrap();
    for piece in ["ab", "c", "def"] {
        writer.append(Bytes::from_static(piece.as_bytes())).unwrap();
    }
    let mut late = follow(&cache, now);
    assert_eq!(&next(&mut late, 1).await.unwrap().unwrap()[..], b"bcdef");
}

#[tokio::test]
async fn a_part_is_never_stored_and_never_ends_cleanly() {
    let (cache, now) = (cache(64 * MIB), now());
    let lifetime = fresh_for(Duration::from_secs(9), now);
    for ending in ["dropped", "failed", "short"] {
        let (mut writer, starter) = lead(&cache, now);
        let late = follow(&cache, now);
        writer.begin(head(Some(6)), Keep::Store).unwrap();
        writer.append(Bytes::from_static(b"abc")).unwrap();
        let expected = match ending {
            "dropped" => {
                drop(writer);
                FillError::Abandoned
            }
            "failed" => {
                writer.fail(FillError::TimedOut);
                FillError::TimedOut
            }
            _ => writer.complete(Some(lifetime)).unwrap_err(),
        };
        assert_eq!(read_to_end(starter).await.unwrap_err(), expected, "{ending}");
        assert_eq!(read_to_end(late).await.unwrap_err(), expected, "{ending}");
        assert!(matches!(cache.lookup(&KEY, now), Lookup::Miss), "{ending}");
        assert_eq!(cache.totals(), Totals::default(), "{ending}");
    }
}

#[tokio::test]
async fn more_than_announced_is_refused() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, _starter) = lead(&cache, now);
    writer.begin(head(Some(2)), Keep::Store).unwrap();
    assert_eq!(writer.append(Bytes::from_static(b"abc")), Err(FillError::Invalid));
}

#[tokio::test]
async fn a_fill_goes_on_when_its_starter_is_gone() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, starter) = lead(&cache, now);
    drop(starter);
    writer.begin(head(None), Keep::Store).unwrap();
    writer.room(3).await.unwrap();
    writer.append(Bytes::from_static(b"abc")).unwrap();
    writer.complete(Some(fresh_for(Duration::from_secs(9), now))).unwrap();
    assert!(matches!(cache.lookup(&KEY, now), Lookup::Fresh(object) if object.length() == 3));
}

/// Larger than may be stored, announced or not: it streams through a window, and the window holds.
#[tokio::test]
async fn what_does_not_fit_streams_through_unstored() {
    for announced in [true, false] {
        let (cache, now) = (cache(16 * MIB), now());
        let total = cache.max_object() + 8 * MIB;
        let (mut writer, starter) = lead(&cache, now);
        let second = follow(&cache, now);
        let writing = async {
            writer.begin(head(announced.then_some(total)), Keep::Store).unwrap();
            let piece = Bytes::from(vec![7; 64 * 1024]);
            for _ in 0..total / piece.len() as u64 {
                writer.room(piece.len()).await.unwrap();
                writer.append(piece.clone()).unwrap();
                assert!(cache.totals().held_bytes <= cache.memory());
            }
            writer.complete(Some(fresh_for(Duration::from_secs(9), now))).unwrap()
        };
        let (stored, first, second) = tokio::join!(writing, read_to_end(starter), read_to_end(second));
        assert!(stored.is_none());
        assert_eq!(first.unwrap().len() as u64, total);
        assert_eq!(second.unwrap().len() as u64, total);
        assert!(matches!(cache.lookup(&KEY, now), Lookup::Miss));
        assert_eq!(cache.totals().held_bytes, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_stops_reading_is_cut_off_and_the_others_go_on() {
    let (cache, now) = (cache(16 * MIB), now());
    let (mut writer, mut asleep) = lead(&cache, now);
    let awake = follow(&cache, now);
    let total = 4 * MIB;
    writer.begin(head(Some(total)), Keep::Share).unwrap();
    let writing = async {
        let piece = Bytes::from(vec![7; 64 * 1024]);
        for _ in 0..total / piece.len() as u64 {
            match tokio::time::timeout(Duration::from_secs(1), writer.room(piece.len())).await {
                Ok(free) => free.unwrap(),
                Err(_) => writer.cut_slowest(),
            }
            writer.append(piece.clone()).unwrap();
        }
        writer.complete(None).unwrap();
    };
    let ((), read) = tokio::join!(writing, read_to_end(awake));
    assert_eq!(read.unwrap().len() as u64, total);
    assert_eq!(next(&mut asleep, 0).await, Some(Err(FillError::TooSlow)));
}

#[tokio::test]
async fn what_is_held_before_the_head_counts_too() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, _starter) = lead(&cache, now);
    writer.hold(MIB).unwrap();
    assert_eq!(cache.totals().held_bytes, MIB);
    assert_eq!(writer.hold(65 * MIB), Err(FillError::NoMemory));
    drop(writer);
    assert_eq!(cache.totals().held_bytes, 0);
}

#[tokio::test]
async fn what_came_before_a_failure_is_read_and_counted_until_then() {
    for (length, keep) in [(Some(4 * MIB), Keep::Store), (None, Keep::Store), (None, Keep::Share)] {
        let (cache, now) = (cache(64 * MIB), now());
        let (mut writer, mut starter) = lead(&cache, now);
        writer.begin(head(length), keep).unwrap();
        for byte in [b'a', b'b', b'c'] {
            let piece = Bytes::from(vec![byte; 100 * 1024]);
            writer.room(piece.len()).await.unwrap();
            writer.append(piece).unwrap();
        }
        writer.fail(FillError::CutOff);
        let held = cache.totals().held_bytes;
        assert!(
            (300 * 1024..=600 * 1024).contains(&held),
            "{held}: what came, and nothing for what will not"
        );
        let mut got = Vec::new();
        let end = loop {
            match next(&mut starter, got.len() as u64).await.unwrap() {
                Ok(bytes) => got.extend_from_slice(&bytes),
                Err(error) => break error,
            }
        };
        assert_eq!(end, FillError::CutOff);
        let came = [b'a', b'b', b'c'].map(|byte| vec![byte; 100 * 1024]).concat();
        assert!(got == came, "{} of {} bytes", got.len(), came.len());
        drop(starter);
        assert_eq!(cache.totals(), Totals::default());
    }
}

/// How often a task was woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    /// Lets a follower wait at `position`; how often this woke somebody so far.
    fn by(self: &Arc<Self>, follower: &mut Follower, position: u64) -> usize {
        let waker = Waker::from(Arc::clone(self));
        let mut cx = Context::from_waker(&waker);
        assert!(follower.poll_read(&mut cx, position, u64::MAX).is_pending(), "there is nothing to read");
        self.count()
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn one_who_waits_is_woken_for_the_first_bytes_and_then_when_much_has_come_together() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, mut waiting) = lead(&cache, now);
    let (kib, wakes) = (Bytes::from(vec![7; 1024]), Arc::new(Wakes::default()));
    writer.begin(head(None), Keep::Store).unwrap();
    assert!(writer.is_flushed());
    assert_eq!(wakes.by(&mut waiting, 0), 0);
    writer.append(kib.clone()).unwrap();
    assert_eq!(wakes.by(&mut waiting, 1024), 1);
    for _ in 0..127 {
        writer.append(kib.clone()).unwrap();
    }
    assert_eq!((wakes.count(), writer.is_flushed()), (1, false));
    writer.append(kib.clone()).unwrap();
    assert_eq!((wakes.count(), writer.is_flushed()), (2, true));
    assert_eq!(wakes.by(&mut waiting, 129 * 1024), 2);
    writer.append(kib).unwrap();
    assert!(!writer.is_flushed());
    writer.flush();
    assert_eq!((wakes.count(), writer.is_flushed()), (3, true));
}

/// A writer that waits for the slowest has told the others of all that is there.
#[tokio::test]
async fn who_keeps_up_does_not_wait_for_the_slowest_to_get_what_is_there() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, _slow) = lead(&cache, now);
    let mut quick = follow(&cache, now);
    let wakes = Arc::new(Wakes::default());
    writer.begin(head(None), Keep::Share).unwrap();
    writer.append(Bytes::from(vec![7; usize::try_from(WINDOW).unwrap() - 1])).unwrap();
    let mut position = 0;
    while position < WINDOW - 1 {
        position += next(&mut quick, position).await.unwrap().unwrap().len() as u64;
    }
    wakes.by(&mut quick, position);
    writer.append(Bytes::from_static(b"x")).unwrap();
    assert_eq!((wakes.count(), writer.is_flushed()), (0, false));
    let mut room = std::pin::pin!(writer.room(1));
    for _ in 0..2 {
        let polled = poll_fn(|cx| std::task::Poll::Ready(room.as_mut().poll(cx))).await;
        assert!(polled.is_pending(), "the slow one has read nothing");
        assert_eq!(wakes.count(), 1, "once");
    }
    assert_eq!(next(&mut quick, position).await.unwrap().unwrap().len(), 1);
}

/// The end of something too large to store: what lies before is dropped as it comes.
#[tokio::test]
async fn a_range_far_ahead_is_read_from_what_slides_by() {
    let (cache, now) = (cache(16 * MIB), now());
    let (mut writer, mut starter) = lead(&cache, now);
    let total = 12 * MIB;
    writer.begin(head(Some(total)), Keep::Store).unwrap();
    let writing = async {
        let piece = Bytes::from(vec![7; 64 * 1024]);
        for _ in 0..total / piece.len() as u64 {
            writer.room(piece.len()).await.unwrap();
            writer.append(piece.clone()).unwrap();
            assert!(cache.totals().held_bytes <= cache.memory());
        }
        writer.complete(None).unwrap();
    };
    let reading = async {
        let mut position = total - MIB;
        while let Some(bytes) = next(&mut starter, position).await {
            position += bytes.unwrap().len() as u64;
        }
        position
    };
    assert_eq!(tokio::join!(reading, writing).0, total);
}

#[tokio::test]
async fn a_private_answer_reaches_only_the_request_that_caused_it() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, mut starter) = lead(&cache, now);
    let mut other = follow(&cache, now);
    writer.begin(head(Some(1)), Keep::Private).unwrap();
    writer.append(Bytes::from_static(b"x")).unwrap();
    writer.complete(None).unwrap();
    assert!(matches!(other.outcome().await, Ok(Outcome::Alone)));
    assert!(matches!(starter.outcome().await, Ok(Outcome::Streaming(_))));
    assert_eq!(read_to_end(starter).await.unwrap(), b"x");
    // For a while nobody waits for another's answer, then they try again.
    let (_one, _two) = (lead(&cache, now), lead(&cache, now));
    let later = now + Duration::from_secs(10);
    let _leader = lead(&cache, later);
    let _follower = follow(&cache, later);
}

/// The place of a starter that left is free, what was asked for it is not.
#[tokio::test]
async fn a_private_answer_reaches_nobody_when_its_request_is_gone() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, starter) = lead(&cache, now);
    drop(starter);
    let mut other = follow(&cache, now);
    writer.begin(head(Some(1)), Keep::Private).unwrap();
    assert!(matches!(other.outcome().await, Ok(Outcome::Alone)));
}

#[tokio::test]
async fn places_are_bounded_per_fill_and_in_all() {
    let (cache, now) = (cache(64 * MIB), now());
    let (_writer, _starter) = lead(&cache, now);
    let followers: Vec<_> = (1..100).map(|_| follow(&cache, now)).collect();
    assert!(matches!(cache.join(&KEY, now, None), Join::Full));
    drop(followers);
    let _place_is_free_again = follow(&cache, now);
    let others: Vec<_> =
        (1..10).map(|index| cache.join(&KeyRef::whole(OriginId(index), "/"), now, None)).collect();
    assert!(others.iter().all(|join| matches!(join, Join::Lead(..))));
    assert!(matches!(cache.join(&KeyRef::whole(OriginId(99), "/"), now, None), Join::Full));
    assert_eq!(cache.totals().fills, 10);
}

#[tokio::test]
async fn what_is_purged_while_it_fills_is_not_stored() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, starter) = lead(&cache, now);
    writer.begin(head(Some(1)), Keep::Store).unwrap();
    assert!(cache.purge(&KEY));
    writer.append(Bytes::from_static(b"x")).unwrap();
    writer.complete(Some(fresh_for(Duration::from_secs(9), now))).unwrap();
    assert_eq!(read_to_end(starter).await.unwrap(), b"x");
    assert!(matches!(cache.lookup(&KEY, now), Lookup::Miss));
    assert!(!cache.purge(&KEY));
}

#[tokio::test]
async fn what_was_purged_before_it_is_asked_about_may_not_be_renewed() {
    let (cache, now) = (cache(64 * MIB), now());
    let store = || {
        let (mut writer, _) = lead(&cache, now);
        writer.begin(head(Some(1)), Keep::Store).unwrap();
        writer.append(Bytes::from_static(b"x")).unwrap();
        writer.complete(Some(fresh_for(Duration::from_secs(1), now))).unwrap().unwrap()
    };
    let later = now + Duration::from_secs(5);
    let may_renew = |held: &Arc<Object>| match cache.join(&KEY, later, Some(held)) {
        Join::Lead(writer, _) => writer.may_renew(),
        other => panic!("{other:?}"),
    };
    let held = store();
    assert!(may_renew(&held));
    cache.purge(&KEY);
    assert!(!may_renew(&held), "nothing is stored");
    let other = store();
    assert!(!may_renew(&held), "another is stored");
    assert!(may_renew(&other));
}

#[tokio::test]
async fn a_renewed_object_keeps_its_body_and_is_fresh_again() {
    let (cache, now) = (cache(64 * MIB), now());
    let (mut writer, _) = lead(&cache, now);
    writer.begin(head(Some(1)), Keep::Store).unwrap();
    writer.append(Bytes::from_static(b"x")).unwrap();
    writer.complete(Some(fresh_for(Duration::from_secs(1), now))).unwrap();
    let later = now + Duration::from_secs(5);
    let Lookup::Stale(stale) = cache.lookup(&KEY, later) else { panic!() };
    let (writer, mut starter) = lead(&cache, later);
    writer.answer(Arc::new(stale.renewed(head(Some(1)), fresh_for(Duration::from_secs(9), later))), true);
    assert!(matches!(starter.outcome().await, Ok(Outcome::Complete(object)) if object.length() == 1));
    assert!(matches!(cache.lookup(&KEY, later), Lookup::Fresh(_)));
}
