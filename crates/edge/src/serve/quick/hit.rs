//! The answer with a stored object, a part of it, or the word that it has not changed: what stands in its head, and which
//! of its bytes are still to be sent.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use media::url::Kind;
use segment_cache::Object;
use segment_cache::object::{Form, PreparedHead};

use super::prepare;
use crate::asker::Asker;
use crate::cache_status::{self, Account};
use crate::core::Core;
use crate::metrics::Outcome;
use crate::recording;
use crate::respond::Selected;

/// One answer on its way.
#[derive(Debug)]
pub(in super::super) struct Hit {
    pub(super) core: Arc<Core>,
    object: Arc<Object>,
    received: Instant,
    selected: Selected,
    form: Form,
    /// How old the object is, in seconds.
    pub(in super::super) age: u64,
    /// The bytes of the body that are still to be sent.
    body: Range<u64>,
}

impl Hit {
    /// An answer to a request that was `received` then and `selects` this much; `None` when the object is none that
    /// is sent as it is.
    pub(super) fn new(
        core: Arc<Core>,
        object: Arc<Object>,
        received: Instant,
        selects: &HeaderMap,
        form: Form,
    ) -> Option<Self> {
        let head = object.head();
        if object.is_index() || head.status != StatusCode::OK {
            return None;
        }
        let (age, length) = (object.freshness().age(received), object.length());
        let prepared = head.prepared.made_by(form, || prepare::head(form, &core, head, length, age));
        if prepared.readable_by != core.allow_origin {
            return None;
        }
        let selected = if selects.is_empty() {
            Selected::Whole
        } else {
            Selected::by(&Method::GET, selects, head, Some(length)).ok()?
        };
        let body = match selected {
            Selected::Whole => 0..length,
            Selected::NotModified => 0..0,
            Selected::Part { start, end, .. } => start..end,
        };
        Some(Self { core, object, received, selected, form, age: age.as_secs(), body })
    }

    /// Records what is watched by it.
    pub(super) fn record(&self, asker: Asker) {
        recording::record(&self.core, &self.object.head().label, self.body.start, asker);
    }

    /// Counts it as begun.
    pub(in super::super) fn begin(&self) {
        let metrics = &self.core.metrics;
        metrics.count_request(Outcome::Hit, self.kind());
        let waited = self.core.clock.now().saturating_duration_since(self.received);
        metrics.count_first_byte(Outcome::Hit, waited);
    }

    /// What the object is.
    pub(in super::super) fn kind(&self) -> Kind {
        Kind::parse(self.object.head().label.kind).unwrap_or(Kind::Other)
    }

    /// Whether the same is served over HTTP/3.
    pub(in super::super) fn is_served_over_http3(&self) -> bool {
        self.core.config.tls.http3
    }

    /// The head as it was prepared, without the age; `None` where this answer needs one of its own.
    pub(in super::super) fn prepared(&self) -> Option<&[u8]> {
        let is_whole = self.selected == Selected::Whole && !self.core.config.viewers.cache_status;
        is_whole.then(|| self.made().map_or(&[][..], |prepared| &prepared.bytes))
    }

    /// Writes this answer's head, without the age, behind what is in `head`.
    pub(in super::super) fn write_head(&self, head: &mut Vec<u8>) {
        let Some(prepared) = self.made() else { return };
        prepare::of_selected(self.form, prepared, self.selected, head);
        if self.core.config.viewers.cache_status {
            let ttl = Some(self.object.freshness().ttl_seconds(self.received));
            let member = cache_status::member(Outcome::Hit, Account { ttl, ..Account::default() });
            prepare::field(self.form, cache_status::CACHE_STATUS.as_str(), member.as_bytes(), head);
        }
    }

    /// It was made when the answer was.
    fn made(&self) -> Option<&PreparedHead> {
        self.object.head().prepared.made(self.form)
    }

    /// Bytes that are still to be sent.
    pub(in super::super) fn remaining(&self) -> u64 {
        self.body.end - self.body.start
    }

    /// The next of them, up to `most`, borrowed; a block at most.
    pub(in super::super) fn piece(&self) -> &[u8] {
        self.object.piece(self.body.start, self.body.end)
    }

    /// The next of them, up to `most`, and as sent.
    pub(in super::super) fn take(&mut self, most: usize) -> Bytes {
        let end = self.body.end.min(self.body.start.saturating_add(most as u64));
        let bytes = self.object.read(self.body.start, end);
        self.sent(bytes.len());
        bytes
    }

    /// So many more are sent.
    pub(in super::super) fn sent(&mut self, bytes: usize) {
        self.body.start += bytes as u64;
    }
}

impl Drop for Hit {
    /// Counts what was sent of it, however it ended.
    fn drop(&mut self) {
        let start = if let Selected::Part { start, .. } = self.selected { start } else { 0 };
        self.core.metrics.count_sent(Outcome::Hit, self.body.start - start);
    }
}
