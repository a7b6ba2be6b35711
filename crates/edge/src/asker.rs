//! Who makes a request: the viewer's address, as far as it is known.
//!
//! Whoever opened the connection is known by the socket. Where that is a proxy whose word is taken (`[proxies]` of the
//! configuration), it says who asked it, and so on from the edge towards the viewer, to the first address whose word is
//! not taken: that is the viewer's. What stands beyond it was written by the viewer, or by somebody whom nobody knows.
//!
//! # Invariants
//! - No word of anybody who is not trusted is looked at.
//! - A trusted proxy that says something that is no address leaves the viewer unknown. The proxy's own address never
//!   stands for it, for it may lie in a network with other rights.
//! - An address is shown nowhere: not even [`Debug`](std::fmt::Debug) tells more than whether one is known.
//!
//! Pure, but for the allocations of quoted strings. Deliberately absent: what follows from an address.

mod forwarded;
mod node;
mod peer;
pub(crate) mod proxy_protocol;
mod x_forwarded_for;

use std::fmt;
use std::net::IpAddr;

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName, HeaderValue};
use mapper::Address;

use crate::config::{ForwardingField, Proxies};
pub(crate) use peer::Peer;

/// So many proxies may stand between the edge and a viewer.
const MOST_HOPS: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who makes a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asker {
    /// The viewer's address as the edge's network sees it; `None` when it is not known.
    pub(crate) address: Option<Address>,
    /// The viewer's address inside its own network, where a trusted proxy states one.
    pub(crate) internal: Option<Address>,
}

impl Asker {
    /// Who makes the request with these `headers` over a connection of `peer`.
    pub(crate) fn of(peer: Peer, proxies: &Proxies, headers: &HeaderMap) -> Self {
        let Some(nearest) = peer.address() else {
            return Self { address: None, internal: None };
        };
        if !proxies.trusts(nearest.ip()) {
            return Self { address: Some(nearest), internal: None };
        }
        let trusts = |address| proxies.trusts(address);
        let lines = |name| headers.get_all(name).into_iter().rev().map(HeaderValue::as_bytes);
        let address = match proxies.header {
            ForwardingField::None => Some(nearest.ip()),
            ForwardingField::XForwardedFor => {
                walk(nearest.ip(), trusts, lines(X_FORWARDED_FOR).flat_map(x_forwarded_for::hops))
            }
            ForwardingField::Forwarded => {
                let hops = lines(FORWARDED).flat_map(|line| forwarded::hops(line, MOST_HOPS + 1));
                walk(nearest.ip(), trusts, hops)
            }
        };
        Self { address: address.map(Address::from), internal: internal(proxies, headers) }
    }

    /// The header fields that are looked at for it.
    pub(crate) fn fields(proxies: &Proxies) -> impl Iterator<Item = HeaderName> {
        let forwarding = match proxies.header {
            ForwardingField::None => None,
            ForwardingField::XForwardedFor => Some(X_FORWARDED_FOR),
            ForwardingField::Forwarded => Some(FORWARDED),
        };
        let internal = proxies.internal_address.as_ref().map(|field| field.name().clone());
        forwarding.into_iter().chain(internal)
    }
}

/// Follows the `hops` that are stated, from right to left, to the first address that is not trusted or the last that is
/// stated. `None` when one on the way is no address, or there are too many.
fn walk(
    nearest: IpAddr,
    trusts: impl Fn(IpAddr) -> bool,
    hops: impl Iterator<Item = Option<IpAddr>>,
) -> Option<IpAddr> {
    let mut current = nearest;
    let mut passed = 0;
    let mut hops = hops;
    while trusts(current) {
        match hops.next() {
            None => break,
            Some(_) if passed == MOST_HOPS => return None,
            Some(stated) => current = stated?,
        }
        passed += 1;
    }
    Some(current)
}

/// The internal address, where the field occurs once and holds one.
fn internal(proxies: &Proxies, headers: &HeaderMap) -> Option<Address> {
    let mut fields = headers.get_all(proxies.internal_address.as_ref()?.name()).into_iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let address: IpAddr = field.to_str().ok()?.trim().parse().ok()?;
    Some(address.into())
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker")
            .field("address", &self.address.is_some())
            .field("internal", &self.internal.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests;
