//! One request over QUIC, from the bytes of its stream to the end of its answer.

mod body;
mod head;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures_util::future::{Either, select};
use http::{Method, Response};
use http_framing::h3::{Code, Fault, Scope};
use quinn::{RecvStream, SendStream, VarInt};

use super::response::{self, Failure};
use super::session::Session;
use crate::body::Body;
use crate::refusal::Refusal;
use crate::route;
use body::RequestBytes;
use head::{Asked, Unread};

/// What became of a request.
pub(super) enum End {
    /// It is answered; the last bytes may be on their way.
    Answered(SendStream),
    /// The client wants no answer any more, or gets none.
    GivenUp,
    /// It ends the connection.
    Fault(Fault),
}

/// Serves the request of one stream.
pub(super) async fn serve(session: &Session, mut send: SendStream, recv: RecvStream) -> End {
    let id = VarInt::from(send.id()).into_inner();
    let end = answer(session, &mut send, recv, id).await;
    session.priorities.forget(id);
    match end {
        Ok(()) => End::Answered(send),
        Err(Failure::Stopped) => End::GivenUp,
        Err(Failure::Fault(fault)) => {
            reset(&mut send, fault.code);
            match fault.scope {
                Scope::Connection => End::Fault(fault),
                Scope::Stream => {
                    tracing::debug!(error = %fault, "a request cannot be served");
                    End::GivenUp
                }
            }
        }
    }
}

async fn answer(session: &Session, send: &mut SendStream, recv: RecvStream, id: u64) -> Result<(), Failure> {
    let mut bytes = RequestBytes::new(recv, session);
    let block = match head::read(session, &mut bytes).await {
        Ok(block) => block,
        Err(Unread::TooLarge) => return too_large(session, send, bytes).await,
        Err(Unread::GivenUp) => return Err(Failure::Stopped),
        Err(Unread::Fault(fault)) => return Err(fault.into()),
    };
    let decoded = match session.quick.lock() {
        // What came with the head is all of it: a body goes the long way.
        Ok(mut quick) => head::decode(&block, session.max_head, bytes.has_ended().then_some(&mut *quick)),
        Err(_) => head::decode(&block, session.max_head, None),
    };
    let (asked, said) = match decoded {
        Ok(decoded) => decoded,
        Err(Unread::TooLarge) => return too_large(session, send, bytes).await,
        Err(Unread::GivenUp) => return Err(Failure::Stopped),
        Err(Unread::Fault(fault)) => return Err(fault.into()),
    };
    drop(block);
    let request = match asked {
        Asked::Stored(hit) => return response::send_stored(session, send, id, said, hit).await,
        Asked::Long(request) => request,
    };
    bytes.expect(request.headers());
    let is_head = request.method() == Method::HEAD;
    let answered = session.requests.clone().answer(request.map(|()| bytes));
    let Some(Ok(response)) = unless_stopped(send, answered).await else { return Err(Failure::Stopped) };
    response::send(session, send, id, said, is_head, response).await
}

/// Answers a request whose head is larger than the bound, and reads no more of it.
async fn too_large(session: &Session, send: &mut SendStream, bytes: RequestBytes<'_>) -> Result<(), Failure> {
    drop(bytes);
    let core = session.requests.live.core();
    let response: Response<Body> = route::refused(&core, &Method::GET, Refusal::HeadTooLarge);
    response::send(session, send, 0, None, false, response).await
}

/// What `work` gives; `None` when the client wants no answer any more before that.
pub(super) async fn unless_stopped<T>(send: &SendStream, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Most requests need not wait for anything.
    if let Poll::Ready(done) = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
        return Some(done);
    }
    match select(work, pin!(send.stopped())).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

pub(super) fn reset(send: &mut SendStream, code: Code) {
    // Of a stream that is over already there is nothing to say.
    let _over = send.reset(VarInt::from_u32(code.number())).is_err();
}
