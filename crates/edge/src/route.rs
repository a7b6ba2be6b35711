//! A request from its head to its response, step by step.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HOST, IF_MATCH,
    IF_NONE_MATCH, IF_UNMODIFIED_SINCE, TRANSFER_ENCODING, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Limited};

use crate::asker::{Asker, Peer};
use crate::body::Body;
use crate::core::Core;
use crate::headers;
use crate::locate;
use crate::page;
use crate::pass;
use crate::redirect;
use crate::refusal::Refusal;
use crate::respond::refuse;
use crate::segment;
use crate::target::Target;
use crate::upstream::CDN_LOOP;

/// The body of a request, whatever protocol it came by.
pub(crate) trait RequestBody:
    http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin
{
}

impl<B> RequestBody for B where
    B: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin
{
}

/// Answers one request, which `asker` makes over a connection of `peer`.
pub(crate) async fn answer<B: RequestBody>(
    core: &Arc<Core>,
    peer: Peer,
    asker: Asker,
    request: Request<B>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match answer_parts(core, peer, asker, &parts, body).await {
        Ok(response) => response,
        Err(refusal) => refused(core, &parts.method, refusal),
    }
}

/// Answers a request with an error.
pub(crate) fn refused(core: &Core, method: &Method, refusal: Refusal) -> Response<Body> {
    core.metrics.count_refusal(refusal.status());
    tracing::debug!(status = refusal.status().as_u16(), reason = refusal.reason(), "refused");
    let mut response = refuse(method, refusal, &core.allow_origin);
    // A client that wants a tunnel may have sent what belongs into it already: it is no request.
    if refusal.ends_connection() || *method == Method::CONNECT {
        response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer_parts<B: RequestBody>(
    core: &Arc<Core>,
    peer: Peer,
    asker: Asker,
    parts: &Parts,
    body: B,
) -> Result<Response<Body>, Refusal> {
    let received = core.clock.now();
    let host = check_head(core, parts)?;
    if let Some(response) = core.tokens().answer(parts) {
        read_body(core, parts, body, drop).await?;
        return Ok(response);
    }
    if !page::is_for_everybody(core, parts.uri.path())
        && !core.admission.admits(peer, asker, core.offices.as_ref())
    {
        read_body(core, parts, body, drop).await?;
        core.metrics.whereabouts.count_not_admitted();
        return Err(Refusal::NotAdmitted);
    }
    if parts.method == Method::OPTIONS {
        read_body(core, parts, body, drop).await?;
        return Ok(preflight(core, parts, host));
    }
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return pass_on(core, parts, body, host, received).await;
    }
    // A request for media needs no body: one that comes is dropped.
    read_body(core, parts, body, drop).await?;
    if let Some(response) = page::answer(core, peer, asker, parts) {
        return Ok(response);
    }
    let answered = locate::answer(core, asker, parts).or_else(|| redirect::answer(core, asker, parts, host));
    if let Some(answered) = answered {
        return answered;
    }
    let target = Target::read(parts.uri.path(), parts.uri.query(), host, &core.origins, &core.config.relay)?;
    let mut response = segment::serve(core, asker, parts, &target, received).await?;
    allow_scripts(core, response.headers_mut());
    Ok(response)
}

/// A stored head names who might read it when it was stored: another configuration may name somebody else.
fn allow_scripts(core: &Core, headers: &mut HeaderMap) {
    if headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|allowed| *allowed != core.allow_origin) {
        headers.remove(VARY);
        headers::allow_scripts(headers, &core.allow_origin);
    }
}

/// Checks what the HTTP library leaves to us, and gives the authority that the request is for.
fn check_head<'p>(core: &Core, parts: &'p Parts) -> Result<&'p str, Refusal> {
    let max = core.config.viewers.max_target.in_memory();
    if parts.uri.path_and_query().is_some_and(|target| target.as_str().len() > max) {
        return Err(Refusal::TargetTooLong);
    }
    // Whether a Content-Length stood beside it is not to be seen here any more, and nothing that is served
    // needs a body: without transfer codings there is nothing to disagree about (RFC 9112 section 6.3).
    if parts.headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::Malformed("a request for media has no transfer coding"));
    }
    if parts.headers.get_all(CDN_LOOP).iter().any(|field| names(field, core.upstreams.instance())) {
        return Err(Refusal::Loop);
    }
    // RFC 9112 section 3.2: exactly one Host, and the target's authority wins over it.
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().map_err(|_| Refusal::Malformed("the Host field is malformed"))?,
        (None, None) if parts.version == Version::HTTP_11 && parts.uri.authority().is_none() => {
            return Err(Refusal::Malformed("the Host field is missing"));
        }
        (None, None) => "",
        _ => return Err(Refusal::Malformed("there is more than one Host field")),
    };
    let host = parts.uri.authority().map_or(host, http::uri::Authority::as_str);
    if !host.is_empty() && !media::authority::is_valid(host) {
        return Err(Refusal::Malformed("the Host field is malformed"));
    }
    Ok(host)
}

fn names(cdn_loop: &HeaderValue, instance: &str) -> bool {
    cdn_loop.to_str().is_ok_and(|list| list.split(',').any(|member| member.trim() == instance))
}

/// Fields that change what an unsafe request asks for: without them it would do something else than its sender
/// wants, such as put a part in the place of the whole (RFC 9110 section 14.5) or overwrite what changed meanwhile
/// (section 13.1.1).
const NOT_PASSED: [HeaderName; 5] =
    [CONTENT_ENCODING, CONTENT_RANGE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE];

/// Another method: the origin's rule may let it through.
async fn pass_on<B: RequestBody>(
    core: &Arc<Core>,
    parts: &Parts,
    body: B,
    host: &str,
    received: Instant,
) -> Result<Response<Body>, Refusal> {
    let target = Target::read(parts.uri.path(), parts.uri.query(), host, &core.origins, &core.config.relay)?;
    let passed =
        core.origins.by_id(target.key().origin).map(|origin| &origin.methods[..]).unwrap_or_default();
    if !passed.iter().any(|passed| passed.as_str() == parts.method.as_str()) {
        read_body(core, parts, body, drop).await?;
        let mut response = refused(core, &parts.method, Refusal::Method);
        response.headers_mut().insert(ALLOW, headers::allowed(passed));
        return Ok(response);
    }
    if NOT_PASSED.iter().any(|name| parts.headers.contains_key(name)) {
        return Err(Refusal::NotPassed);
    }
    let mut whole = Vec::new();
    read_body(core, parts, body, |bytes| whole.extend_from_slice(&bytes)).await?;
    pass::serve(core, parts, whole.into(), &target, received).await
}

/// Reads a request's body up to the bound, so that the rest of it cannot be taken for the next request.
async fn read_body<B: RequestBody>(
    core: &Core,
    parts: &Parts,
    body: B,
    mut take: impl FnMut(Bytes),
) -> Result<(), Refusal> {
    if body.is_end_stream() {
        return Ok(());
    }
    let viewers = &core.config.viewers;
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > viewers.max_body.get()) {
        return Err(Refusal::BodyTooLarge);
    }
    let mut body = Limited::new(body, viewers.max_body.in_memory());
    let read = tokio::time::timeout(viewers.header_timeout.get(), async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return false;
            };
            frame.into_data().into_iter().for_each(&mut take);
        }
        true
    });
    if read.await.unwrap_or(false) { Ok(()) } else { Err(Refusal::BodyTooLarge) }
}

/// Answers OPTIONS; a target that names nothing here (`*`, a malformed path) has the methods of every other.
fn preflight(core: &Core, parts: &Parts, host: &str) -> Response<Body> {
    let target = Target::read(parts.uri.path(), parts.uri.query(), host, &core.origins, &core.config.relay);
    let origin = target.ok().and_then(|target| core.origins.by_id(target.key().origin));
    let passed = origin.map(|origin| &origin.methods[..]).unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers::for_preflight(&core.allow_origin, passed);
    response
}
