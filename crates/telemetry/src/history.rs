//! Past windows, in memory and for a while, for the operator of the edge.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::recorder::Keep;
use crate::window::Settled;

/// Windows that are remembered: a day of the usual ones.
const WINDOWS: usize = 96;
/// Numbers that are remembered in all windows together; some 15 MB.
const ROWS: usize = 250_000;

/// The last windows.
#[derive(Debug, Default)]
pub(crate) struct History {
    windows: VecDeque<Arc<Settled>>,
    rows: usize,
}

impl History {
    /// Remembers another one, as far as wanted; the oldest go when there are too many.
    pub(crate) fn add(&mut self, window: Settled, keep: Keep) {
        let window = match keep {
            Keep::Everything => window,
            Keep::Published => window.published(),
            Keep::Nothing => return,
        };
        let window = if window.rows() > ROWS { window.without_segments() } else { window };
        self.rows += window.rows();
        self.windows.push_back(Arc::new(window));
        while self.windows.len() > WINDOWS || (self.rows > ROWS && self.windows.len() > 1) {
            self.rows -= self.windows.pop_front().map_or(0, |oldest| oldest.rows());
        }
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = Arc<Settled>> {
        self.windows.iter().rev().cloned()
    }
}
