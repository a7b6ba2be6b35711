//! The pages for browsers, embedded in the binary: an edge serves them without a file beside it and without a
//! request to anyone else.
//!
//! The sources stand in a folder for each page, `watch/` and `self-test/` for viewers, `telemetry/` and `sent/` for
//! operators, and what every page is made of in `page/` (TypeScript, built by Vite into `dist/`). `cargo build` works without Node: the pages then say how to build them.
//! Every asset but `index.html` and `licences.txt` has a hash of its content in its name and never changes under that
//! name.
//!
//! Invariants: no page needs another host ([`content_security_policy`] has browsers hold it to that; streams alone may
//! lead elsewhere, [`policy_for_streams_at`]), and what is served is what was compiled in. Deliberately absent: HTTP (status, headers, conditional requests), which is the
//! edge's affair.

mod embedded;
mod page;

pub use page::{Page, content_security_policy, policy_for_streams_at, self_test, sent, telemetry, watch};
