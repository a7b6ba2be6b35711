//! How far away the origin is and how wide its link, made up with tokio's timers.
//!
//! The link is a bucket of bytes that all connections share: every tick pours in what the link carries in that
//! time, and who wants to send takes bytes out, first come, first served.

use std::{
    num::NonZeroU64,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{MissedTickBehavior, interval},
};

/// How the origin's answers are slowed down. The default does not slow them down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// What passes before each answer begins.
    pub latency: Duration,
    /// What all connections together may carry; none for as much as there is.
    pub bytes_per_second: Option<NonZeroU64>,
}

/// Time between two fillings of the bucket.
const TICK: Duration = Duration::from_millis(10);

/// Ticks in a second.
const TICKS: u64 = 100;

/// Most bytes that go out at once.
const CHUNK: usize = 64 * 1024;

/// Carries out a pace.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    latency: Duration,
    link: Option<Arc<Semaphore>>,
    chunk: usize,
}

impl Pacer {
    /// Needs a tokio runtime. What it starts ends when the last clone is gone.
    pub(super) fn start(pace: Pace) -> Self {
        let Some(rate) = pace.bytes_per_second else {
            return Self { latency: pace.latency, link: None, chunk: CHUNK };
        };
        let link = Arc::new(Semaphore::new(0));
        tokio::spawn(fill(Arc::downgrade(&link), rate.get()));
        // Two ticks' worth at a time, so that the bytes flow evenly.
        let chunk = usize::try_from(rate.get() / TICKS * 2).unwrap_or(CHUNK).clamp(1, CHUNK);
        Self { latency: pace.latency, link: Some(link), chunk }
    }

    /// Waits for the way there and back.
    pub(super) async fn travel(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }

    /// Most bytes to pass to [`Pacer::carry`] at once.
    pub(super) fn chunk(&self) -> usize {
        self.chunk
    }

    /// Waits until the link has carried this many bytes.
    pub(super) async fn carry(&self, bytes: usize) {
        if let Some(link) = &self.link {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            // The bucket is never closed.
            if let Ok(taken) = link.acquire_many(bytes).await {
                taken.forget();
            }
        }
    }
}

async fn fill(link: Weak<Semaphore>, rate: u64) {
    let mut ticks = interval(TICK);
    // A late tick is made up for: the rate holds on average.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    // The first tick comes at once, before any time has passed.
    ticks.tick().await;
    // What an idle link offers at once: a tenth of a second's worth.
    let full = usize::try_from(rate / 10).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS / 2);
    let mut poured_in_second = 0;
    for tick in (1..=TICKS).cycle() {
        ticks.tick().await;
        let Some(link) = link.upgrade() else { return };
        let due = u128::from(rate) * u128::from(tick) / u128::from(TICKS);
        let drops = usize::try_from(due - poured_in_second).unwrap_or(usize::MAX);
        poured_in_second = if tick == TICKS { 0 } else { due };
        link.add_permits(drops.min(full.saturating_sub(link.available_permits())));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const RATE: u64 = 123_456;

    fn pacer() -> Pacer {
        Pacer::start(Pace { latency: Duration::from_millis(80), bytes_per_second: NonZeroU64::new(RATE) })
    }

    async fn send(pacer: &Pacer, mut bytes: usize) {
        while bytes > 0 {
            let chunk = bytes.min(pacer.chunk());
            pacer.carry(chunk).await;
            bytes -= chunk;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_connections_share_the_rate() {
        let pacer = pacer();
        let five_seconds = async { tokio::join!(send(&pacer, 2 * 123_456), send(&pacer, 3 * 123_456)) };
        tokio::pin!(five_seconds);
        assert!(timeout(Duration::from_millis(4950), &mut five_seconds).await.is_err(), "too fast");
        assert!(timeout(Duration::from_millis(100), &mut five_seconds).await.is_ok(), "too slow");
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_is_not_saved_up() {
        let pacer = pacer();
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(timeout(Duration::from_millis(850), send(&pacer, 123_456)).await.is_err(), "too fast");
    }

    #[tokio::test(start_paused = true)]
    async fn latency_passes_once() {
        let pacer = pacer();
        assert!(timeout(Duration::from_millis(79), pacer.travel()).await.is_err());
        assert!(timeout(Duration::from_millis(82), pacer.travel()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_pace_takes_no_time() {
        let pacer = Pacer::start(Pace::default());
        let at_once = async {
            pacer.travel().await;
            send(&pacer, 1 << 30).await;
        };
        assert!(timeout(Duration::from_nanos(1), at_once).await.is_ok());
    }
}
