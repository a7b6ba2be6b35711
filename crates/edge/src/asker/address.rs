//! A client's address: to compare and to count by, never to show.

use std::net::IpAddr;

/// An address in its one spelling: IPv4 that is mapped into IPv6 is IPv4 (RFC 4291 section 2.5.5.2).
///
/// It has neither `Debug` nor `Display` nor `Serialize`, so that it gets into no log line, error or report by mistake.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// The address itself, for those who look it up or count by it.
    pub(crate) fn ip(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        let address = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        assert!(address("::ffff:192.0.2.1") == address("192.0.2.1"));
        assert!(address("::ffff:c000:201").ip().is_ipv4());
        assert!(address("2001:db8::1") == address("2001:DB8:0::1"));
        assert!(address("2001:db8::1") != address("2001:db8::2"));
    }
}
