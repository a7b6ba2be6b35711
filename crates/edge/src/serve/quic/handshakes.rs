//! Handshakes under way with whoever has not shown that their address is theirs.
//!
//! The first packet of a connection may state any address. Until an answer to it comes back, the edge sends no more than
//! three times what it got (RFC 9000 section 8.1), and holds what a handshake needs. So there may be so many of these and
//! no more; whoever comes then is asked to come again with a token that was sent to their address (section 8.1.2), which
//! costs them a round trip and the edge nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// So many handshakes may be under way before addresses are asked for. A handshake takes a round trip: in an office ten
/// thousand viewers of one meeting come in without being asked, if they take a minute. Each holds some 30 KiB.
const MOST: usize = 128;

/// The handshakes of an edge.
#[derive(Debug, Default)]
pub(in crate::serve) struct Handshakes(Arc<AtomicUsize>);

/// One of them.
#[derive(Debug)]
pub(super) struct Handshake(Arc<AtomicUsize>);

impl Handshakes {
    /// One more, if there is room for it.
    pub(super) fn begin(&self) -> Option<Handshake> {
        let more = |under_way: usize| (under_way < MOST).then(|| under_way + 1);
        self.0.fetch_update(Relaxed, Relaxed, more).ok()?;
        Some(Handshake(Arc::clone(&self.0)))
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many() {
        let handshakes = Handshakes::default();
        let mut under_way: Vec<_> = (0..MOST).map(|_| handshakes.begin().unwrap()).collect();
        assert!(handshakes.begin().is_none());
        under_way.pop();
        assert!(handshakes.begin().is_some());
    }
}
