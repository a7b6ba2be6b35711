//! Whose connection it is.

use std::fmt;
use std::net::IpAddr;

use super::proxy_protocol::Source;
use mapper::Address;

/// Whose connection it is: the address of the socket, or what a proxy said of it before the first request. Whether its
/// word is taken is asked with each request, for the configuration may change meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(Option<Address>);

impl Peer {
    /// Whoever opened the connection.
    pub(crate) fn socket(address: IpAddr) -> Self {
        Self(Some(address.into()))
    }

    /// Whose connection a proxy says it is, that has opened it itself.
    pub(crate) fn introduced(self, source: Source) -> Self {
        match source {
            Source::Client(address) => Self::socket(address),
            Source::Proxy => self,
            Source::Unknown => Self(None),
        }
    }

    /// The address; `None` where a proxy does not say it.
    pub(crate) fn address(self) -> Option<Address> {
        self.0
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("address", &self.0.is_some()).finish()
    }
}
