//! Networks as people and programs write them: CIDR, single addresses, dotted masks, ranges.
//!
//! A network of IPv4 that is mapped into IPv6 (`::ffff:10.0.0.0/104`) is what it is, `10.0.0.0/8`. Bits beyond the length
//! stay: whether they are a fault is for the reader to say.

use ipnet::{IpNet, IpSubnets, Ipv4Net, Ipv4Subnets, Ipv6Subnets};
use std::net::{IpAddr, Ipv4Addr};

use crate::description::excerpt;

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {what}")]
pub struct NotANetwork {
    text: String,
    what: &'static str,
}

impl NotANetwork {
    fn new(text: &str) -> Self {
        let what = "is no network; write an address and the length of its prefix, such as `10.1.0.0/16` or \
                    `2001:db8::/32`";
        Self { text: excerpt(text), what }
    }
}

/// A network in CIDR notation, or one address.
pub fn parse(text: &str) -> Result<IpNet, NotANetwork> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| NotANetwork::new(text))?;
    let network = match length {
        None => Some(IpNet::from(address)),
        Some(length) => prefix_length(length).and_then(|length| IpNet::new(address, length).ok()),
    };
    network.map(canonical).ok_or_else(|| NotANetwork::new(text))
}

/// As [`parse`], or an address of IPv4 with a dotted mask (`10.1.0.0/255.255.0.0`).
pub fn parse_with_mask(text: &str) -> Result<IpNet, NotANetwork> {
    match text.split_once('/') {
        Some((address, mask)) if mask.contains('.') => masked(address, mask),
        _ => parse(text),
    }
}

/// An address with a mask beside it: dotted, or the length of the prefix.
pub fn masked(address: &str, mask: &str) -> Result<IpNet, NotANetwork> {
    let whole = || format!("{address}/{mask}");
    if !mask.contains('.') {
        return parse(&whole());
    }
    let address: Ipv4Addr = address.parse().map_err(|_| NotANetwork::new(&whole()))?;
    let mask: Ipv4Addr = mask.parse().map_err(|_| NotANetwork::new(&whole()))?;
    let network = Ipv4Net::with_netmask(address, mask).map_err(|_| NotANetwork {
        text: excerpt(&whole()),
        what: "has a mask with holes; its ones have to come before its zeros, as in `255.255.252.0`",
    })?;
    Ok(IpNet::V4(network))
}

/// The fewest networks that hold the addresses from `first` to `last` and no other.
pub fn of_range(first: &str, last: &str) -> Result<Vec<IpNet>, NotANetwork> {
    let whole = || format!("{first}-{last}");
    let address = |text: &str| text.parse::<IpAddr>().map(|address| address.to_canonical());
    let (first, last) =
        (address(first), address(last)).into_both().ok_or_else(|| NotANetwork::new(&whole()))?;
    let range = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
            IpSubnets::V4(Ipv4Subnets::new(first, last, 0))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
            IpSubnets::V6(Ipv6Subnets::new(first, last, 0))
        }
        _ => {
            let what = "is no range; the first address must not be beyond the last, and of the same family";
            return Err(NotANetwork { text: excerpt(&whole()), what });
        }
    };
    Ok(range.collect())
}

/// Both results, when both are good.
trait IntoBoth<T> {
    fn into_both(self) -> Option<(T, T)>;
}

impl<T, E> IntoBoth<T> for (Result<T, E>, Result<T, E>) {
    fn into_both(self) -> Option<(T, T)> {
        Some((self.0.ok()?, self.1.ok()?))
    }
}

/// What is mapped into IPv6 is of IPv4.
fn canonical(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    if let IpNet::V6(v6) = network
        && let Some(address) = v6.addr().to_ipv4_mapped()
        && let Some(length) = v6.prefix_len().checked_sub(MAPPED)
        && let Ok(v4) = Ipv4Net::new(address, length)
    {
        return IpNet::V4(v4);
    }
    network
}

/// Digits alone: neither a sign nor a space.
fn prefix_length(text: &str) -> Option<u8> {
    let is_plain = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(networks: &[IpNet]) -> Vec<String> {
        networks.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_network_is_read_as_it_is_meant() {
        for (text, network) in [
            ("10.1.0.0/16", "10.1.0.0/16"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("2001:DB8::1", "2001:db8::1/128"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.1.2.3", "10.1.2.3/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("10.1.2.3/16", "10.1.2.3/16"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), network, "{text}");
        }
        for bad in [
            "",
            "/",
            "10.1",
            "10.1.0.0/33",
            "10.1.0.0/-1",
            "10.1.0.0/+8",
            "10.1.0.0/",
            "010.1.0.0/16",
            "::/129",
            "fe80::1%eth0",
            "10.1.0.0 /16",
            "10.1.0.0/255.255.0.0",
            "10.0.0.0/8/8",
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(error.contains("such as `10.1.0.0/16`"), "{bad}: {error}");
        }
    }

    #[test]
    fn a_mask_is_a_length() {
        assert_eq!(parse_with_mask("10.1.0.0/255.255.252.0").unwrap().to_string(), "10.1.0.0/22");
        assert_eq!(parse_with_mask("10.1.0.0/22").unwrap().to_string(), "10.1.0.0/22");
        assert_eq!(masked("10.1.0.0", "0.0.0.0").unwrap().prefix_len(), 0);
        assert_eq!(masked("2001:db8::", "48").unwrap().to_string(), "2001:db8::/48");
        assert!(masked("10.1.0.0", "255.0.255.0").unwrap_err().to_string().contains("holes"));
        for (address, mask) in [("2001:db8::", "255.0.0.0"), ("x", "255.0.0.0"), ("10.0.0.0", "1.2.3")] {
            assert!(masked(address, mask).is_err(), "{address} {mask}");
        }
    }

    #[test]
    fn a_range_becomes_the_fewest_networks() {
        let range = |first, last| of_range(first, last).map(|networks| shown(&networks));
        assert_eq!(range("10.0.0.0", "10.0.0.255").unwrap(), ["10.0.0.0/24"]);
        assert_eq!(range("10.0.0.1", "10.0.0.4").unwrap(), ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]);
        assert_eq!(range("0.0.0.0", "255.255.255.255").unwrap(), ["0.0.0.0/0"]);
        assert_eq!(range("2001:db8::", "2001:db8::1").unwrap(), ["2001:db8::/127"]);
        assert_eq!(range("10.0.0.9", "10.0.0.9").unwrap(), ["10.0.0.9/32"]);
        for (first, last) in [("10.0.0.2", "10.0.0.1"), ("10.0.0.1", "::1"), ("10.0.0.1", "")] {
            assert!(range(first, last).is_err(), "{first}-{last}");
        }
    }
}
