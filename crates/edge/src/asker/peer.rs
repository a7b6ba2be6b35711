//! Whose connection it is.

use std::fmt;
use std::net::IpAddr;

use super::proxy_protocol::Source;
use mapper::Address;

/// Whose connection it is: the address of the socket, or what a proxy said of it before the first request. Whether its
/// word is taken is asked with each request, for the configuration may change meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    address: Option<Address>,
    over_tls: bool,
}

impl Peer {
    /// Whoever opened the connection.
    pub(crate) fn socket(address: IpAddr) -> Self {
        Self { address: Some(address.into()), over_tls: false }
    }

    /// The same, and whether TLS ends here.
    pub(crate) fn over_tls(self, over_tls: bool) -> Self {
        Self { over_tls, ..self }
    }

    /// Whose connection a proxy says it is, that has opened it itself.
    pub(crate) fn introduced(self, source: Source) -> Self {
        let address = match source {
            Source::Client(address) => Some(address.into()),
            Source::Proxy => self.address,
            Source::Unknown => None,
        };
        Self { address, ..self }
    }

    /// The address; `None` where a proxy does not say it.
    pub(crate) fn address(self) -> Option<Address> {
        self.address
    }

    /// Whether its bytes come over TLS that ends here.
    pub(crate) fn is_over_tls(self) -> bool {
        self.over_tls
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("address", &self.address.is_some())
            .field("over_tls", &self.over_tls)
            .finish()
    }
}
