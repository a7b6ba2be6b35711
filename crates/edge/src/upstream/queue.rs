//! A bounded number of requests at a time, and a bounded number that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The queue before one origin. Clones are the same queue.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    max_waiting: usize,
}

/// A request's turn; the next one's comes when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// Counts one waiting request, also when it is cancelled.
struct Waiting(Arc<AtomicUsize>);

impl Queue {
    pub(super) fn new(at_a_time: usize, max_waiting: usize) -> Self {
        let turns = Arc::new(Semaphore::new(at_a_time.min(Semaphore::MAX_PERMITS)));
        Self { turns, waiting: Arc::default(), max_waiting }
    }

    /// The same queue, where so many may wait.
    pub(super) fn with_waiting(&self, max_waiting: usize) -> Self {
        Self { max_waiting, ..self.clone() }
    }

    /// Waits for a turn; `None` when too many wait already.
    pub(super) async fn turn(&self) -> Option<Turn> {
        if let Ok(permit) = Arc::clone(&self.turns).try_acquire_owned() {
            return Some(Turn { _permit: permit });
        }
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(Arc::clone(&self.waiting));
        if ahead >= self.max_waiting {
            return None;
        }
        let permit = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_and_waiting_are_bounded_and_cancelled_waits_leave() {
        let queue = Arc::new(Queue::new(1, 1));
        let first = queue.turn().await.unwrap();
        let mut second = Box::pin(queue.turn());
        assert!(futures_poll(second.as_mut()).is_none(), "has to wait");
        assert!(queue.turn().await.is_none(), "one too many");
        drop(second);
        let mut third = Box::pin(queue.turn());
        assert!(futures_poll(third.as_mut()).is_none(), "the place of the cancelled one is free");
        drop(first);
        assert!(third.await.is_some());
    }

    fn futures_poll<F: Future + Unpin>(future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
