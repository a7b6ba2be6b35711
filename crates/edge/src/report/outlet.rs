//! The one place where reports go, as the configuration says: a collector, or a folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use telemetry::delivery::Verdict;
use telemetry::report::{Report, ReportError};
use telemetry::spool::Key;

use super::collector::{self, Collector};
use super::folder;
use super::token::TokenError;
use crate::clock::Clock;
use crate::config::{self, Destination};
use crate::upstream;

/// Where reports go, and how.
#[derive(Debug)]
pub(crate) struct Outlet {
    place: Place,
    /// A report leaves at a moment within so long after its window.
    pub(super) spread: Duration,
    /// The longest pause that the edge chooses by itself.
    pub(super) max_pause: Duration,
}

#[derive(Debug)]
enum Place {
    Collector(Box<Collector>),
    Folder(PathBuf),
}

/// A report as it will leave.
#[derive(Debug)]
pub(super) enum Parcel {
    Request(Box<Request<Full<Bytes>>>),
    File { name: String, report: Arc<[u8]> },
}

/// What became of a report that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// The status, or in a few words why there is none.
    pub(super) said: String,
}

/// Why reports cannot go where the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// The collector's token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The collector's certificate authorities.
    #[error(transparent)]
    Tls(#[from] upstream::StartError),
    /// The collector's name.
    #[error("telemetry.upstream.to: its host cannot stand in a request")]
    Host,
}

impl Outcome {
    /// There was no answer.
    pub(super) fn failed(said: &str) -> Self {
        Self { verdict: Verdict::Later(None), said: said.into() }
    }
}

impl Outlet {
    /// What the configuration says; `None` where nothing leaves.
    ///
    /// # Errors
    /// The token or the certificate authorities cannot be used.
    pub(super) fn new(upstream: &config::Upstream) -> Result<Option<Self>, OutletError> {
        let place = match &upstream.to {
            None => return Ok(None),
            Some(Destination::Collector(uri)) => Place::Collector(Box::new(Collector::new(uri, upstream)?)),
            Some(Destination::Folder(path)) => Place::Folder(path.clone()),
        };
        Ok(Some(Self { place, spread: upstream.spread.get(), max_pause: upstream.max_pause.get() }))
    }

    /// Where that is.
    pub(super) fn to(&self) -> String {
        match &self.place {
            Place::Collector(collector) => collector.to(),
            Place::Folder(path) => path.display().to_string(),
        }
    }

    /// Whether what is known of the one holds for the other: the same goes to the same place, and is proven alike.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Place::Collector(collector), Place::Collector(other)) => collector.is_like(other),
            (Place::Folder(path), Place::Folder(other)) => path == other,
            _ => false,
        }
    }

    /// A report as it will leave.
    ///
    /// # Errors
    /// The bytes are no report.
    pub(super) fn parcel(&self, key: Key, report: &Arc<[u8]>) -> Result<Parcel, ReportError> {
        Ok(match &self.place {
            Place::Collector(collector) => Parcel::Request(Box::new(collector.request(key, report))),
            Place::Folder(_) => {
                let name = folder::name(Report::parse(report)?.bucket, key);
                Parcel::File { name, report: Arc::clone(report) }
            }
        })
    }

    /// Sends it, and says what became of it.
    pub(super) async fn send(&self, parcel: Parcel, clock: &Clock) -> Outcome {
        match (&self.place, parcel) {
            (Place::Collector(collector), Parcel::Request(request)) => collector.send(*request, clock).await,
            (Place::Folder(path), Parcel::File { name, report }) => folder::deliver(path, name, report).await,
            // An outlet sends what it made itself.
            _ => Outcome::failed("made for another place"),
        }
    }
}

impl Parcel {
    /// All that leaves besides the report, in the order in which it leaves; secrets are left out.
    pub(super) fn fields(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Request(request) => collector::fields(request),
            Self::File { .. } => Vec::new(),
        }
    }
}
