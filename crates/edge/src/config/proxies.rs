//! The proxies before the edge: whose word about a viewer's address is taken, and how they give it.
//!
//! Everything here is off until [`Proxies::trusted`] names somebody. What anybody else states about addresses is
//! not looked at.

mod internal_address;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::network::Network;
pub use internal_address::InternalAddressField;

/// The proxies before the edge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Proxies {
    /// Networks of proxies whose word about a viewer's address is taken. Addresses are followed from the edge
    /// towards the viewer, and never past the first that does not lie in these networks.
    pub trusted: Vec<Network>,
    /// The header field to which every one of them appends the address that it was asked from. It is exactly one: a
    /// proxy that appends to one field passes the other on as the viewer wrote it.
    pub header: ForwardingField,
    /// `proxy`: every connection from one of them begins with a header of the PROXY protocol, version 1 or 2, or is
    /// closed. It is not guessed whether one is there, for then a viewer behind a proxy that sends none could write
    /// it. A connection from anybody else never has one.
    pub protocol: OpeningProtocol,
    /// A header field in which one of them states the viewer's address inside its own network. It counts when it
    /// occurs exactly once and holds one address, and only when the proxy itself is what asks: it has to remove the
    /// field from what viewers send.
    pub internal_address: Option<InternalAddressField>,
}

/// The header field to which proxies append addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardingField {
    /// They append to none that counts.
    #[default]
    None,
    /// `X-Forwarded-For`: addresses, divided by commas.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): the parameter `for` of each element.
    Forwarded,
}

/// What the connections of proxies begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpeningProtocol {
    /// The first request.
    #[default]
    None,
    /// A header of the PROXY protocol, version 1 or 2.
    Proxy,
}

impl Proxies {
    /// Whether the word of `address` is taken.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// Whether a connection from `address` has to begin with a header of the PROXY protocol.
    pub fn introduces(&self, address: IpAddr) -> bool {
        self.protocol == OpeningProtocol::Proxy && self.trusts(address)
    }
}
