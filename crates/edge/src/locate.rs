//! Where a viewer is, for portals that ask.
//!
//! A portal outside sees the address of a company's link, and not the office. So it sends the viewer's browser here, to
//! `/where`, where the connection's source address is one that no client can misreport; the browser is sent back with a
//! signed statement of the site (`crates/control/STATEMENT.md`). `/where.json` is the same for scripts of a portal's pages.
//!
//! # Invariants
//! - Viewers are sent to portals of the configuration alone.
//! - A statement names a site or none, and no address does leave: not in it, not in a log line, not in a metric.
//! - Each nonce is answered once.
//! - Nobody ends here: a viewer without a site is sent back with a statement of none, and one whose nonce was used before
//!   without a statement, with the reason in `refused`.

pub mod key;
mod nonces;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use control::key::SigningKey;
use control::statement::{Nonce, Statement};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, LOCATION, ORIGIN, REFERRER_POLICY, VARY};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use mapper::map::SiteRef;
use mapper::{Location, Policy};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::asker::Asker;
use crate::body::Body;
use crate::config::{self, OriginUrl};
use crate::core::Core;
use crate::page;
use crate::refusal::Refusal;
use key::KeyFileError;
use nonces::Unanswered;

pub(crate) use nonces::Nonces;

/// Where browsers are sent.
pub(crate) const PATH: &str = "/where";
/// Where scripts ask.
const DATA: &str = "/where.json";

/// Nonces that are remembered in a minute: more viewers than ask one edge at the start of a meeting.
const MOST_NONCES: usize = 100_000;
/// The longest URL that viewers are sent back to.
const LONGEST_RETURN: usize = 2048;
/// Edges that one answer lists.
const MOST_EDGES: usize = 16;

/// What answers, by one configuration.
pub(crate) struct Locator {
    key: SigningKey,
    portals: Vec<OriginUrl>,
    nonces: Arc<Nonces>,
}

/// An empty memory of nonces.
pub(crate) fn nonces(now: Instant) -> Nonces {
    Nonces::new(MOST_NONCES, now)
}

impl Locator {
    /// What the configuration asks for: `None` without portals, or a key.
    ///
    /// # Errors
    /// The key file cannot be used.
    pub(crate) fn new(config: &config::Locator, nonces: &Arc<Nonces>) -> Result<Option<Self>, KeyFileError> {
        let Some(file) = config.key_file.as_ref().filter(|_| !config.portals.is_empty()) else {
            return Ok(None);
        };
        let key = key::load(file)?;
        Ok(Some(Self { key, portals: config.portals.clone(), nonces: Arc::clone(nonces) }))
    }

    /// A statement for a nonce that was not answered before.
    fn state(&self, core: &Core, nonce: Nonce, location: Option<Location<'_>>) -> Result<String, Unanswered> {
        self.nonces.use_once(&nonce, core.clock.now())?;
        let site = location.and_then(Location::site).map(|site| site.id().clone());
        Ok(Statement::new(site, nonce, core.clock.wall()).sign(&self.key))
    }

    fn is_portal(&self, url: &str) -> bool {
        url.parse().is_ok_and(|url: OriginUrl| self.portals.contains(&url))
    }
}

impl fmt::Debug for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locator").field("portals", &self.portals).finish_non_exhaustive()
    }
}

/// Answers what belongs to the locator; `None` for every other path, and where there is no locator.
pub(crate) fn answer(core: &Core, asker: Asker, request: &Parts) -> Option<Result<Response<Body>, Refusal>> {
    let locator = core.locator.as_ref()?;
    let answer = match request.uri.path() {
        // Whoever looks ahead must not use the nonce up.
        PATH | DATA if request.method != Method::GET => Err(Refusal::Question("ask with GET")),
        PATH => send_back(core, locator, asker, request),
        DATA => tell(core, locator, asker, request),
        _ => return None,
    };
    Some(answer.map(|mut response| {
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }))
}

/// `/where?nonce=…&return=…`: back to the portal.
fn send_back(
    core: &Core,
    locator: &Locator,
    asker: Asker,
    request: &Parts,
) -> Result<Response<Body>, Refusal> {
    let query = request.uri.query().unwrap_or_default();
    let target = parameter(query, "return")?.ok_or(Refusal::Question("`return` says where to go back to"))?;
    if !is_return(locator, &target) {
        return Err(Refusal::Question("`return` is no page of a portal that this edge knows"));
    }
    let nonce = nonce(query)?.ok_or(Refusal::Question("`nonce` ties the answer to the question"))?;
    let (name, value) = match locator.state(core, nonce, locate(core, asker)) {
        Ok(statement) => ("statement", statement),
        Err(unanswered) => ("refused", reason(unanswered).to_owned()),
    };
    let separator = if target.contains('?') { '&' } else { '?' };
    let location = format!("{target}{separator}{name}={value}");
    let location = location.parse().map_err(|_| Refusal::Question("`return` is no URL"))?;
    let mut response = Response::new(Body::empty());
    // 303: whatever the browser did to come here, it comes back with GET.
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// `/where.json`, with a statement where there is a `nonce`. Pages of the portals may read it, and no others.
fn tell(core: &Core, locator: &Locator, asker: Asker, request: &Parts) -> Result<Response<Body>, Refusal> {
    let nonce = nonce(request.uri.query().unwrap_or_default())?;
    let location = locate(core, asker);
    let mut told = describe(core, location);
    let stated = nonce.map(|nonce| locator.state(core, nonce, location)).transpose();
    let status = match stated {
        Ok(statement) => {
            told["statement"] = statement.into();
            StatusCode::OK
        }
        Err(unanswered) => {
            told["refused"] = reason(unanswered).into();
            StatusCode::CONFLICT
        }
    };
    let site = location.and_then(Location::site);
    let edges = site.into_iter().flat_map(SiteRef::chain).flat_map(SiteRef::edges);
    told["edges"] = edges.take(MOST_EDGES).map(|edge| edge.url.as_str()).collect();
    let mut response = page::finished(request, Some(page::data(&told)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = request.headers.get(ORIGIN)
        && origin.to_str().is_ok_and(|origin| locator.is_portal(origin))
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    Ok(response)
}

/// Where `asker` is, by the map.
pub(crate) fn locate(core: &Core, asker: Asker) -> Option<Location<'_>> {
    let location = core.offices.as_ref()?.locate(asker);
    core.metrics.whereabouts.count_location(location);
    location
}

/// What a viewer, or who helps them, is told: how the map sees them, and no address.
pub(crate) fn describe(core: &Core, location: Option<Location<'_>>) -> Value {
    if core.offices.is_none() {
        return json!({ "state": "unmapped" });
    }
    match location {
        Some(Location::Found(found)) => json!({
            "state": if found.policy() == Policy::Site { "site" } else { found.policy().as_str() },
            "site": found.site().map(|site| site.id().as_str()),
            "name": found.site().map(SiteRef::name),
            "policy": found.policy().as_str(),
            "kind": found.kind().as_str(),
        }),
        Some(Location::Ambiguous(_)) => json!({ "state": "ambiguous" }),
        Some(Location::Unknown(_)) | None => json!({ "state": "unknown" }),
    }
}

fn reason(unanswered: Unanswered) -> &'static str {
    match unanswered {
        Unanswered::Used => "nonce-used",
        Unanswered::Full => "busy",
    }
}

fn nonce(query: &str) -> Result<Option<Nonce>, Refusal> {
    let nonce = parameter(query, "nonce")?.map(|nonce| nonce.parse()).transpose();
    nonce.map_err(|_| Refusal::Question("`nonce` has 16 to 64 letters, digits, `-` and `_`"))
}

/// A parameter's value, which may be there once.
fn parameter(query: &str, name: &str) -> Result<Option<String>, Refusal> {
    let mut values = media::query::pairs(query).filter(|pair| pair.name == name);
    let (value, None) = (values.next(), values.next()) else {
        return Err(Refusal::Question("a parameter is there twice"));
    };
    let Some(value) = value else {
        return Ok(None);
    };
    let value = value.text.split_once('=').map_or("", |(_, value)| value);
    let value = percent_decode_str(value).decode_utf8();
    value.map(|value| Some(value.into_owned())).map_err(|_| Refusal::Question("a parameter is no text"))
}

/// Whether `text` is an absolute URL at one of the portals, as a browser reads it too: nothing in it may mean another
/// host to one and not to the other.
fn is_return(locator: &Locator, text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if text.len() > LONGEST_RETURN || !text.bytes().all(is_plain) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    locator.is_portal(&format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests;
