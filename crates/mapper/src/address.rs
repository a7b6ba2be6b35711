//! An address of a viewer, for looking it up and for nothing else.

use std::net::IpAddr;

/// An address of a viewer, external or internal. An address of IPv4 that is mapped into IPv6 (RFC 4291 section
/// 2.5.5.2) is what it is.
///
/// It has no way to be printed or serialised, so that it cannot end up in a log line, a metric or a report:
///
/// ```compile_fail
/// fn needs_debug(_: impl std::fmt::Debug) {}
/// needs_debug(mapper::Address::from(std::net::IpAddr::from([192, 0, 2, 1])));
/// ```
/// ```compile_fail
/// fn needs_display(_: impl std::fmt::Display) {}
/// needs_display(mapper::Address::from(std::net::IpAddr::from([192, 0, 2, 1])));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// The address itself, canonical. Whoever takes it answers for where it goes.
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_what_it_is() {
        let of = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        assert!(of("::ffff:10.1.2.3") == of("10.1.2.3"));
        assert!(of("2001:db8::1") != of("10.1.2.3"));
        assert_eq!(of("::ffff:10.1.2.3").ip(), IpAddr::from([10, 1, 2, 3]));
    }
}
