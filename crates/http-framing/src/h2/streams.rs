//! The streams that are open, and which of them sends next.

use crate::priority::Priority;

/// One request and its answer.
#[derive(Debug)]
pub(super) struct Stream<T> {
    pub(super) id: u32,
    /// Bytes that the peer takes; below zero after it took an allowance back.
    pub(super) send_window: i64,
    /// Bytes that the peer may still send before it is told of more.
    pub(super) receive_window: i64,
    /// Nothing more comes from the peer.
    pub(super) has_received_all: bool,
    /// Bytes of the body that were announced and have not come.
    pub(super) announced: Option<u64>,
    pub(super) priority: Priority,
    /// Whether the peer said how urgent it is.
    pub(super) is_prioritised: bool,
    /// There may be something to send.
    pub(super) wants: bool,
    /// When it sent last, in turns.
    turn: u64,
    /// What whoever answers keeps with it.
    pub(super) work: T,
}

/// Those that are open, by their number.
#[derive(Debug)]
pub(super) struct Streams<T> {
    list: Vec<Stream<T>>,
    turn: u64,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self { list: Vec::new(), turn: 0 }
    }
}

/// What a stream begins with.
pub(super) struct New<T> {
    pub(super) id: u32,
    pub(super) send_window: i64,
    pub(super) receive_window: i64,
    pub(super) has_received_all: bool,
    pub(super) announced: Option<u64>,
    pub(super) priority: Option<Priority>,
    pub(super) work: T,
}

impl<T> Streams<T> {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Opens one; its number is higher than those of all others.
    pub(super) fn open(&mut self, new: New<T>) {
        let New { id, send_window, receive_window, has_received_all, announced, priority, work } = new;
        self.list.push(Stream {
            id,
            send_window,
            receive_window,
            has_received_all,
            announced,
            priority: priority.unwrap_or_default(),
            is_prioritised: priority.is_some(),
            wants: false,
            turn: 0,
            work,
        });
    }

    pub(super) fn by_id(&mut self, id: u32) -> Option<&mut Stream<T>> {
        let index = self.list.binary_search_by_key(&id, |stream| stream.id).ok()?;
        self.list.get_mut(index)
    }

    pub(super) fn close(&mut self, id: u32) -> Option<Stream<T>> {
        let index = self.list.binary_search_by_key(&id, |stream| stream.id).ok()?;
        let stream = self.list.remove(index);
        if self.list.is_empty() {
            // A connection that waits holds nothing.
            self.list = Vec::new();
        }
        Some(stream)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Stream<T>> {
        self.list.iter_mut()
    }

    /// The one that sends next (RFC 9218 section 10): the most urgent; of those, one after the other, and then in turn those
    /// that can be used in parts.
    pub(super) fn next(&mut self) -> Option<&mut Stream<T>> {
        let can_send = |stream: &&mut Stream<T>| stream.wants && stream.send_window > 0;
        let next = self.list.iter_mut().filter(can_send).min_by_key(|stream| {
            let Priority { urgency, incremental } = stream.priority;
            (urgency, incremental, if incremental { stream.turn } else { 0 }, stream.id)
        })?;
        self.turn += 1;
        next.turn = self.turn;
        Some(next)
    }
}
