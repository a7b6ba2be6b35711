//! Places for connections: so many and no more, and a sign when all are free.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The places of one edge.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: AtomicUsize,
    all_free: Notify,
}

/// One of them; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Places {
    /// Takes one, unless `most` are taken.
    pub(super) fn take(self: &Arc<Self>, most: usize) -> Option<Place> {
        let free = |taken: usize| (taken < most).then(|| taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).ok()?;
        Some(Place(Arc::clone(self)))
    }

    /// Waits until none is taken.
    pub(super) async fn all_free(&self) {
        loop {
            let sign = self.all_free.notified();
            tokio::pin!(sign);
            // From here on no sign is missed.
            sign.as_mut().enable();
            if self.taken.load(Ordering::Acquire) == 0 {
                return;
            }
            sign.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.taken.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.all_free.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn places_are_bounded_and_the_last_one_out_gives_a_sign() {
        let places = Arc::new(Places::default());
        places.all_free().await;
        let first = places.take(2).unwrap();
        let second = places.take(2).unwrap();
        assert!(places.take(2).is_none());
        let waiting = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.all_free().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }
}
