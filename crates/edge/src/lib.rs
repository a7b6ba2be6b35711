//! The server in the office: players fetch manifests and segments here, and what the cache lacks comes
//! from the origin once for everybody.
//!
//! The segment path, in the order in which a request meets the parts:
//! `serve` takes the connection, `route` reads the request's head, `target` gives it one canonical
//! key, `segment` asks the cache: hit, stale, join or fill; a `fill` asks the origin through
//! `upstream` and points manifests at the edge (`manifest`); `respond` applies conditions and range.
//! Beside it stand the operators' listener (`admin`), the pages (`watch`, `self_test`), and what tells portals where a
//! viewer is ([`locate`]).
//!
//! A configuration makes a `core` that never changes; `live` holds the one of the moment, and
//! [`Edge::reload`] exchanges it while requests are served.
//!
//! # Invariants
//! - What goes upstream is built from nothing, never from a viewer's headers (`upstream`).
//! - A viewer's address is counted by (`serve::addresses`), says who asks (`asker`), and nothing else: it stands in no
//!   log line, metric, error or upstream request, and is forgotten a second after its last connection.
//! - Every queue, map and buffer is bounded, with a counted drop or a clear refusal.
//! - Time is read in [`clock`] alone.
//!
//! What the edge shows viewers of itself over TLS is in [`tls`].
//!
//! Deliberately absent until they come: disk, other edges.

mod admin;
mod admission;
mod asker;
mod body;
mod cache_status;
mod changes;
pub mod clock;
pub mod config;
mod core;
mod edge;
mod fill;
mod headers;
mod live;
pub mod locate;
mod manifest;
mod metrics;
mod numbers;
mod offices;
mod origins;
mod page;
mod pass;
mod recording;
mod redirect;
mod refusal;
mod report;
mod respond;
mod route;
pub mod secret_file;
mod segment;
mod self_test;
mod serve;
mod sliced;
mod target;
pub mod tls;
mod upstream;
mod watch;

pub use changes::Changes;
pub use clock::Clock;
pub use config::Config;
pub use edge::{Drained, Edge, StartError};
pub use tls::TlsError;
