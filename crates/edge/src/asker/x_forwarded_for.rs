//! `X-Forwarded-For`: addresses, divided by commas, the nearest to the edge last. Pure.
//!
//! No standard describes it. Proxies write addresses of IPv6 with and without brackets, and some add a port.

use std::net::IpAddr;

use super::node::{self, Brackets};

/// What one line of the field states, from right to left; `None` for an element that is no address.
pub(crate) fn hops(line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
    line.rsplit(|byte| *byte == b',').map(|element| node::address(element.trim_ascii(), Brackets::Optional))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addresses(line: &str) -> Vec<Option<String>> {
        hops(line.as_bytes()).map(|hop| hop.map(|address| address.to_string())).collect()
    }

    #[test]
    fn elements_come_from_right_to_left() {
        let some = |text: &str| Some(text.to_owned());
        let found = addresses("192.0.2.1 ,\t198.51.100.7:4711,[2001:db8::1]:80 , 2001:db8::2");
        assert_eq!(
            found,
            [some("2001:db8::2"), some("2001:db8::1"), some("198.51.100.7"), some("192.0.2.1")]
        );
        assert_eq!(addresses("unknown, 192.0.2.1,"), [None, some("192.0.2.1"), None]);
        assert_eq!(addresses(""), [None]);
        assert_eq!(addresses("192.0.2.1 192.0.2.2"), [None]);
        assert_eq!(addresses("\"192.0.2.1\""), [None]);
    }

    proptest! {
        #[test]
        fn there_is_one_element_more_than_commas(line: Vec<u8>) {
            let commas = memchr::memchr_iter(b',', &line).count();
            prop_assert_eq!(hops(&line).count(), commas + 1);
        }

        #[test]
        fn what_is_written_is_read(addresses: Vec<(IpAddr, Option<u16>)>, space in "[ \t]{0,2}") {
            let written: Vec<_> = addresses.iter().map(|(address, port)| match port {
                Some(port) => std::net::SocketAddr::new(*address, *port).to_string(),
                None => address.to_string(),
            }).collect();
            let mut read: Vec<_> = hops(written.join(&format!("{space},{space}")).as_bytes()).collect();
            read.reverse();
            let expected: Vec<_> = addresses.iter().map(|(address, _)| Some(*address)).collect();
            prop_assert_eq!(read, if expected.is_empty() { vec![None] } else { expected });
        }
    }
}
