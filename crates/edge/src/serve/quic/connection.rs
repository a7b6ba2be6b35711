//! One connection over QUIC: its handshake, its streams, and its end.
//!
//! One task has the connection and all its requests. A task per request would cost more than a plain request does; and
//! a request that waits for its origin waits in the same task without holding another one up.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http_framing::h3::{self, Code, Fault, Settings};
use quinn::{Connecting, Connection, ConnectionError, RecvStream, SendStream, VarInt};
use tokio::sync::watch;

use super::handshakes::Handshake;
use super::request::{self, End};
use super::session::Session;
use crate::asker::Peer;
use crate::config::Viewers;
use crate::metrics::ConnectionEvent;
use crate::serve::Server;
use crate::serve::activity::Activity;
use crate::serve::addresses::Visit;
use crate::serve::connection::Requests;

/// Requests that a client may give up before they are answered, until others are answered. What each of them began is
/// given up with it.
const PATIENCE: u32 = 256;

/// Streams in one direction that a client may open beyond one per request: its own three, and some that nobody knows.
const SPARE_STREAMS: u64 = 16;

/// Somebody who begins a connection.
pub(super) struct Arrival {
    pub(super) server: Server,
    pub(super) activity: Arc<Activity>,
    pub(super) claim: Claim,
    pub(super) leaving: watch::Receiver<bool>,
    pub(super) viewers: Viewers,
}

/// What is known of the address that somebody comes from.
pub(super) enum Claim {
    /// They say so. The handshake is counted until it is made.
    Unproven(Handshake),
    /// It is theirs; and it is counted, unless it has no bound.
    Proven(Option<Visit>),
}

/// The most time that rejections get to arrive.
const LONGEST_WORD: Duration = Duration::from_millis(500);

impl Arrival {
    /// Serves the connection to its end.
    pub(super) async fn serve(self, connecting: Connecting) {
        let metrics = &Arc::clone(&self.server.live.core().metrics);
        let connection = match connecting.await {
            Ok(connection) => Closing(connection),
            Err(error) => {
                metrics.count_connection(ConnectionEvent::NoHandshake);
                tracing::debug!(error = told(&error), "a handshake failed");
                return;
            }
        };
        self.activity.begin_multiplexed();
        let core = self.server.live.core();
        let address = connection.0.remote_address().ip();
        if core.config.proxies.introduces(address) {
            // There is no PROXY protocol here, and its own address never stands for a viewer's.
            return metrics.count_connection(ConnectionEvent::NoProxyHeader);
        }
        let visit = match self.claim {
            Claim::Unproven(_handshake) => self.server.enter(&core, address),
            Claim::Proven(visit) => Ok(visit),
        };
        let Ok(visit) = visit else {
            metrics.count_connection(ConnectionEvent::RefusedAddress);
            return connection.close(Code::ExcessiveLoad, "too many connections from one address");
        };
        metrics.count_connection(ConnectionEvent::Accepted);
        drop(core);
        let requests = Requests {
            live: Arc::clone(&self.server.live),
            activity: self.activity,
            peer: Peer::socket(address),
            visit: visit.map(Arc::new),
            draining: Arc::clone(&self.server.draining),
            alt_svc: None,
        };
        let session = Session::new(requests, connection.0.clone(), &self.viewers);
        match run(&session, address, self.leaving).await {
            Ok(()) => connection.close(Code::NoError, ""),
            Err(Over::Fault(fault)) => {
                tracing::debug!(error = %fault, "a connection ended");
                connection.close(fault.code, fault.what);
            }
            Err(Over::Lost(error)) => tracing::debug!(error = told(&error), "a connection ended"),
        }
    }
}

/// Why a connection is over.
enum Over {
    Fault(Fault),
    Lost(ConnectionError),
}

/// A connection that is closed in the protocol's own words, also where its task is ended from outside.
struct Closing(Connection);

impl Closing {
    fn close(&self, code: Code, what: &'static str) {
        self.0.close(VarInt::from_u32(code.number()), what.as_bytes());
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // Whoever closed it before said why.
        self.close(Code::NoError, "");
    }
}

/// Takes streams until the connection is over; `Ok` when it ended as it should.
async fn run(session: &Session, address: IpAddr, leaving: watch::Receiver<bool>) -> Result<(), Over> {
    let connection = &session.connection;
    let mut next_request = pin!(connection.accept_bi());
    let mut next_stream = pin!(connection.accept_uni());
    let mut opening = pin!(open_control(session));
    let mut going = pin!(told_to_go(session, leaving));
    let mut answers = FuturesUnordered::new();
    let mut words: FuturesUnordered<BoxFuture<'_, Result<(), Fault>>> = FuturesUnordered::new();
    let mut course = Course::default();
    loop {
        tokio::select! {
            accepted = &mut next_request => {
                let (send, recv) = accepted.map_err(Over::Lost)?;
                next_request.set(connection.accept_bi());
                if connection.remote_address().ip() != address {
                    // What is admitted, and served by which site, was decided by another address.
                    course.go();
                }
                if course.is_going {
                    course.has_rejected = true;
                    reject(send, recv);
                } else {
                    course.requests += 1;
                    session.earn();
                    answers.push(request::serve(session, send, recv));
                }
            }
            accepted = &mut next_stream => {
                let stream = accepted.map_err(Over::Lost)?;
                next_stream.set(connection.accept_uni());
                course.streams += 1;
                if course.streams > course.requests + SPARE_STREAMS {
                    return Err(excess("more streams than requests"));
                }
                words.push(Box::pin(session.read(stream)));
            }
            Some(end) = answers.next(), if !answers.is_empty() => course.note(end, session)?,
            Some(ended) = words.next(), if !words.is_empty() => ended.map_err(Over::Fault)?,
            control = &mut opening, if course.control.is_none() => {
                course.control = Some(control.map_err(Over::Lost)?);
                if course.is_going {
                    course.say_goaway();
                }
            }
            () = &mut going, if !course.is_going => course.go(),
        }
        if course.is_going && answers.is_empty() {
            course.flush(session).await;
            return Ok(());
        }
    }
}

/// How far a connection has come.
#[derive(Default)]
struct Course {
    /// Our control stream, open as long as the connection is.
    control: Option<SendStream>,
    requests: u64,
    streams: u64,
    given_up: u32,
    /// No further request is answered.
    is_going: bool,
    /// Some that came nevertheless were told to be made elsewhere.
    has_rejected: bool,
    /// Answers that were handed over, and may not have arrived. There are no more streams that are not over than a
    /// client may have open.
    recent: VecDeque<SendStream>,
}

impl Course {
    fn note(&mut self, end: End, session: &Session) -> Result<(), Over> {
        match end {
            End::Answered(stream) => {
                self.given_up = self.given_up.saturating_sub(2);
                self.remember(stream, session);
                Ok(())
            }
            End::GivenUp if self.given_up >= PATIENCE => Err(excess("more requests given up than answered")),
            End::GivenUp => {
                self.given_up += 1;
                Ok(())
            }
            End::Fault(fault) => Err(Over::Fault(fault)),
        }
    }

    fn remember(&mut self, stream: SendStream, session: &Session) {
        if self.recent.len() >= session.max_streams {
            self.recent.pop_front();
        }
        self.recent.push_back(stream);
    }

    /// Takes no further request, and says so.
    fn go(&mut self) {
        if !self.is_going {
            self.is_going = true;
            self.say_goaway();
        }
    }

    fn say_goaway(&mut self) {
        let Some(control) = &mut self.control else { return };
        let mut word = Vec::new();
        h3::write_goaway(self.requests * 4, &mut word);
        // A few bytes: a client that takes not even those hears it by the close.
        if let Some(Err(error)) = futures_util::FutureExt::now_or_never(control.write_all(&word)) {
            tracing::debug!(%error, "a connection takes no last word");
        }
    }

    /// Waits until every answer has arrived, and every rejection is on its way: a close would overtake them.
    async fn flush(&mut self, session: &Session) {
        for stream in self.recent.drain(..) {
            // Either way nothing is left to be sent.
            let _arrived_or_stopped = stream.stopped().await.is_ok();
        }
        if self.has_rejected {
            // Nobody tells when a rejection has arrived.
            tokio::time::sleep((3 * session.connection.rtt()).min(LONGEST_WORD)).await;
        }
    }
}

fn excess(what: &'static str) -> Over {
    Over::Fault(Fault::of_connection(Code::ExcessiveLoad, what))
}

/// A request that is not looked at: it may be made again, somewhere else.
fn reject(mut send: SendStream, mut recv: RecvStream) {
    let code = VarInt::from_u32(Code::RequestRejected.number());
    // Of a stream that is over already there is nothing to say.
    let _over = (send.reset(code).is_err(), recv.stop(code).is_err());
}

async fn open_control(session: &Session) -> Result<SendStream, ConnectionError> {
    let mut control = session.connection.open_uni().await?;
    // Before all answers.
    let _open = control.set_priority(i32::MAX).is_ok();
    let largest = u64::try_from(session.max_head).ok();
    let settings = Settings { max_field_section_size: largest, ..Settings::default() };
    if let Err(error) = control.write_all(&h3::begin_control(&settings)).await {
        tracing::debug!(%error, "a connection takes no settings");
    }
    Ok(control)
}

/// Waits until the edge drains, or the door by which the connection came is closed.
async fn told_to_go(session: &Session, leaving: watch::Receiver<bool>) {
    let draining = session.requests.draining.subscribe();
    tokio::select! {
        () = turns_true(draining) => {}
        () = turns_true(leaving) => {}
    }
}

async fn turns_true(mut sign: watch::Receiver<bool>) {
    // Whose sender is gone says nothing any more.
    if sign.wait_for(|sign| *sign).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// An error in words that are none of the client's.
pub(super) fn told(error: &ConnectionError) -> &'static str {
    match error {
        ConnectionError::VersionMismatch => "no version of QUIC in common",
        ConnectionError::TransportError(_) => "a rule of QUIC was broken",
        ConnectionError::ConnectionClosed(_) => "the client's QUIC gave up",
        ConnectionError::ApplicationClosed(_) => "the client closed it",
        ConnectionError::Reset => "the client knows nothing of it any more",
        ConnectionError::TimedOut => "the client was silent",
        ConnectionError::LocallyClosed => "it was closed here",
        ConnectionError::CidsExhausted => "there are no names for connections left",
    }
}
