//! Unsafe methods, where an origin's rule lets them through: the request goes to the origin with its body and
//! media type and nothing else of the viewer, the answer comes back and is kept nowhere, and what was stored of
//! the object is forgotten (RFC 9111 section 4.4).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use segment_cache::{FillError, Join, KeyRef, Outcome as Filled};

use crate::body::Body;
use crate::cache_status::{self, Account, CACHE_STATUS, Forward};
use crate::core::Core;
use crate::fill::Job;
use crate::metrics::{Meter, Outcome};
use crate::refusal::Refusal;
use crate::respond::{Whole, respond};
use crate::target::Target;
use crate::upstream::Ask;

/// Passes a request on.
///
/// # Errors
/// The origin does not answer, or too much is under way.
pub(crate) async fn serve(
    core: &Arc<Core>,
    request: &Parts,
    body: Bytes,
    target: &Target<'_>,
    received: Instant,
) -> Result<Response<Body>, Refusal> {
    let Join::Lead(writer, mut follower) = core.cache.alone(&target.key(), received) else {
        return Err(Refusal::Busy);
    };
    let media_type = request.headers.get(CONTENT_TYPE).cloned();
    let ask = Ask::to_do(request.method.clone(), media_type, body);
    Job::pass(core, target, ask).start(writer);
    let Filled::Streaming(head) = follower.outcome().await? else {
        return Err(Refusal::Fill(FillError::Invalid));
    };
    let mut response = respond(request, &head, None, Whole::Growing(follower))?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if core.config.viewers.cache_status {
        let account = Account { forward: Forward::Method, status: Some(head.status), ..Account::default() };
        response.headers_mut().append(CACHE_STATUS, cache_status::member(Outcome::Fill, account));
    }
    let kind = core.rules.recognise(target.path()).kind;
    let meter = Meter::start(&core.metrics, &core.clock, Outcome::Fill, kind, received);
    Ok(response.map(|body| body.metered(meter)))
}

/// Forgets what an answer that was no error to an unsafe request made wrong: its target, and what Location and
/// Content-Location name at the same origin, for one origin must not empty another's cache.
pub(crate) fn invalidate(core: &Core, key: &KeyRef<'_>, answer: &HeaderMap) {
    core.cache.purge(key);
    let base = crate::target::Fetch { origin: key.origin, path_and_query: key.target.to_owned() };
    for field in [LOCATION, CONTENT_LOCATION] {
        let named = answer.get(&field).and_then(|value| core.origins.redirected(value.to_str().ok()?, &base));
        if let Some(named) = named.filter(|named| named.origin == key.origin) {
            core.cache.purge(&KeyRef::whole(named.origin, &named.path_and_query));
        }
    }
}
