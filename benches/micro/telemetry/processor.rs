//! Processor time of this thread: whoever else wants the core is not in it.

use rustix::time::{ClockId, clock_gettime};

/// A moment of this thread's processor time.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    nanoseconds: i64,
}

/// This moment. Asking takes some hundred nanoseconds.
pub(crate) fn now() -> Moment {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Moment { nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec }
}

impl Moment {
    /// In nanoseconds, since then.
    #[expect(clippy::cast_precision_loss, reason = "what is measured takes minutes at most")]
    pub(crate) fn elapsed(self) -> f64 {
        (now().nanoseconds - self.nanoseconds) as f64
    }
}
