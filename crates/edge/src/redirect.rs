//! `/go/<path at the origin>`: to the edge of the viewer's site.
//!
//! For platforms that can do no more than change a host name: they name one edge, and it sends each player to the
//! right one. That is an edge of the viewer's site which is there; if there is none, of its hub, and so on; if there is none
//! at all, or the viewer is at no site, the origin. Players resolve what a manifest names against the URL that they were
//! sent to, so one redirect is enough for a whole stream. (ffmpeg does not for DASH: it asks for everything below `/go/`, and
//! is redirected each time.)
//!
//! Deliberately absent: any memory of viewers. That a viewer is sent to one edge for a window follows from when the
//! window of their address begins, and since when each edge is there ([`members`]).

mod checks;
pub(crate) mod members;
mod rendezvous;

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::header::{CACHE_CONTROL, LOCATION};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use mapper::map::SiteRef;
use mapper::{Address, Location, Policy};

use crate::asker::Asker;
use crate::body::Body;
use crate::core::Core;
use crate::headers;
use crate::locate::locate;
use crate::metrics::Destination;
use crate::refusal::Refusal;
use crate::target::Target;

pub(crate) use checks::{Checks, look_after};

/// What paths begin with that are redirected.
pub(crate) const PATH: &str = "/go/";

/// When each viewer's window begins: at times that differ from viewer to viewer, so that not all move at once. The key
/// is drawn at random and goes with the process; nothing is kept of an address.
#[derive(Debug, Default)]
pub(crate) struct Windows(RandomState);

impl Windows {
    /// When the window of `viewer` began that is open at `now`; both in milliseconds.
    fn begin(&self, viewer: Option<Address>, now: u64, length: Duration) -> u64 {
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX).max(1);
        let offset = viewer.map_or(0, |viewer| self.0.hash_one(viewer) % length);
        now.saturating_sub((now.saturating_add(offset)) % length)
    }
}

/// Answers what is to be redirected; `None` for every other path, and where nothing is.
pub(crate) fn answer(
    core: &Core,
    asker: Asker,
    request: &Parts,
    host: &str,
) -> Option<Result<Response<Body>, Refusal>> {
    if !core.config.redirect.enabled {
        return None;
    }
    // The slash is the path's own.
    let path =
        request.uri.path().strip_prefix(&PATH[..PATH.len() - 1]).filter(|path| path.starts_with('/'))?;
    Some(redirect(core, asker, path, request.uri.query(), host))
}

/// Everywhere that `asker` may be sent to, as base URLs: for the policy of a page that plays what is below [`PATH`]. None
/// where nobody is redirected.
pub(crate) fn places(core: &Core, asker: Asker) -> Vec<String> {
    if !core.config.redirect.enabled {
        return Vec::new();
    }
    // Nobody was looked up for an answer: this does not count.
    let location = core.offices.as_ref().and_then(|offices| offices.locate(asker));
    let sites = location.and_then(Location::site).into_iter().flat_map(SiteRef::chain);
    let edges = sites.flat_map(SiteRef::edges).map(|edge| edge.url.clone());
    edges.chain(core.origins.iter().map(|(_, origin)| origin.url.to_string())).collect()
}

fn redirect(
    core: &Core,
    asker: Asker,
    path: &str,
    query: Option<&str>,
    host: &str,
) -> Result<Response<Body>, Refusal> {
    let target = Target::read(path, query, host, &core.origins, &core.config.relay)?;
    let location = locate(core, asker);
    if location.and_then(Location::found).is_some_and(|found| found.policy() == Policy::Deny) {
        core.metrics.whereabouts.count_redirect(Destination::Denied);
        return Err(Refusal::NotServed);
    }
    let entry = core.rules.recognise(target.path()).entry;
    let entry = entry.unwrap_or_else(|| folder(target.path()));
    let window = core.windows.begin(asker.address, core.now_ms(), core.config.redirect.stable_for.get());
    let site = location.and_then(Location::site);
    let path = at_another_edge(core, path, query, &target)?;
    let sites = site.into_iter().filter(|_| path.is_some()).flat_map(SiteRef::chain);
    let chosen = sites.enumerate().find_map(|(distance, site)| {
        let edge = core.members.choose(site.edges(), entry, window)?;
        Some((edge, if distance == 0 { Destination::Site } else { Destination::Hub }))
    });
    let (to, destination) = if let (Some(path), Some((edge, destination))) = (path, chosen) {
        (format!("{}{path}", edge.url), destination)
    } else {
        // A target is made with the origins that this map holds.
        let origin = core.origins.by_id(target.key().origin).ok_or(Refusal::HostNotAllowed)?;
        (format!("{}{}", origin.url, target.path()), Destination::Origin)
    };
    core.metrics.whereabouts.count_redirect(destination);
    let to = query.map_or_else(|| to.clone(), |query| format!("{to}?{query}"));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, to.parse().map_err(|_| Refusal::Question("the path is malformed"))?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers::allow_scripts(headers, &core.allow_origin);
    Ok(response)
}

/// The path by which an edge that has the same origins finds the same thing. It is asked by a name of its own: where
/// `Host` alone said which origin is meant, a relay path says it, and where there is none, only the origin itself is left.
fn at_another_edge<'p>(
    core: &Core,
    path: &'p str,
    query: Option<&str>,
    target: &Target<'_>,
) -> Result<Option<Cow<'p, str>>, Refusal> {
    let origin = target.key().origin;
    let without_host = Target::read(path, query, "", &core.origins, &core.config.relay)?;
    if without_host.key().origin == origin {
        return Ok(Some(Cow::Borrowed(path)));
    }
    Ok(core.origins.by_relay(origin, target.path()).map(Cow::Owned))
}

/// What stands for the entry where a path names none: its folder, so that a stream stays together.
fn folder(path: &str) -> &str {
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_window_holds_and_viewers_do_not_move_together() {
        let windows = Windows::default();
        let length = Duration::from_mins(1);
        let viewer = |last: u8| Some(Address::from(IpAddr::from([10, 0, 0, last])));
        let mut begins = std::collections::HashSet::new();
        for last in 0..100 {
            let begin = windows.begin(viewer(last), 1_000_000, length);
            assert!((940_001..=1_000_000).contains(&begin), "{begin}");
            begins.insert(begin);
            // The same window until it is over, and then the next.
            assert_eq!(windows.begin(viewer(last), begin, length), begin);
            assert_eq!(windows.begin(viewer(last), begin + 59_999, length), begin);
            assert_eq!(windows.begin(viewer(last), begin + 60_000, length), begin + 60_000);
        }
        assert!(begins.len() > 50, "{}", begins.len());
        assert_eq!(windows.begin(None, 30, length), 0);
    }

    #[test]
    fn a_stream_without_entry_stays_together() {
        assert_eq!(folder("/a/b/c.ts"), folder("/a/b/master.m3u8"));
        assert_eq!((folder("/c.ts"), folder("")), ("/", ""));
    }
}
