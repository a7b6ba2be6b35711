//! Where the reports of all sites come together, and what was watched how often.
//!
//! A small HTTP server over one SQLite file. It takes [reports](telemetry::report), answers for each only when it is on
//! the disk, and tells the sums. A sender that heard no answer sends again with the same key: so each report counts
//! once, whatever broke between the two.
//!
//! # Invariants
//! - A report is stored whole in one transaction with its key and the SHA-256 of its canonical bytes, or not at all.
//!   201 and 200 are said after the commit, and SQLite's commit waits for the disk.
//! - The same key with the same report changes nothing; with another report it is refused.
//! - What is kept is what is in the schema, the key, the digest and the day of receipt: no address and no header field
//!   reaches the file, a log line, a metric or an answer.
//! - Every buffer, queue and period is bounded ([`Limits`]). Beyond loopback nothing is served without TLS and a token.
//!
//! Deliberately absent: knowing senders apart (the token is one for all), changing or deleting single reports, reading
//! the clock (a [`Clock`] comes in), and a log of requests.

mod clock;
mod digest;
pub mod file;
mod key;
mod limits;
mod metrics;
mod private_file;
mod serve;
pub mod store;
mod tls;
mod token;

pub use clock::{Clock, day};
pub use digest::Digest;
pub use key::{Key, NotAKey};
pub use limits::Limits;
pub use private_file::FileError;
pub use serve::{Collector, Options, StartError};
pub use tls::{TlsError, TlsFiles};
pub use token::{Token, TokenError};
