//! The way from the edge to the viewer: by table, and against an oracle that copies the whole chain first.

use proptest::prelude::*;

use super::*;
use crate::asker::proxy_protocol::Source;

/// `10.0.0.0/24` and `2001:db8:f::/48` are trusted.
fn proxies(header: ForwardingField) -> Proxies {
    Proxies {
        trusted: vec!["10.0.0.0/24".parse().unwrap(), "2001:db8:f::/48".parse().unwrap()],
        header,
        internal_address: Some("X-Internal-Address".parse().unwrap()),
        ..Proxies::default()
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let field = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in fields.iter().map(field) {
        headers.append(name, value);
    }
    headers
}

fn asker(peer: &str, header: ForwardingField, fields: &[(&'static str, &str)]) -> [Option<String>; 2] {
    let asker = Asker::of(Peer::socket(ip(peer)), &proxies(header), &headers(fields));
    [asker.address, asker.internal].map(|address| address.map(|address| address.ip().to_string()))
}

#[track_caller]
fn assert_asks(peer: &str, header: ForwardingField, fields: &[(&'static str, &str)], address: &str) {
    let [found, _] = asker(peer, header, fields);
    assert_eq!(found.as_deref().unwrap_or("not known"), address, "{peer} with {fields:?}");
}

#[test]
fn addresses_are_followed_to_the_first_that_is_not_trusted() {
    use ForwardingField::XForwardedFor;
    for (peer, line, address) in [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1:80, [2001:db8:f::1]:80, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9,10.0.0.3,192.0.2.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "unknown, 192.0.2.1", "192.0.2.1"),
        // All are trusted: the last that is named.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        // No address on the way.
        ("10.0.0.1", "192.0.2.1, unknown", "not known"),
        ("10.0.0.1", "192.0.2.1, _hidden, 10.0.0.2", "not known"),
        ("10.0.0.1", "192.0.2.1,", "not known"),
        ("10.0.0.1", "", "not known"),
        ("10.0.0.1", "192.0.2.1, , 10.0.0.2", "not known"),
        // The word of somebody else.
        ("192.0.2.9", "203.0.113.9", "192.0.2.9"),
        ("192.0.2.9", "10.0.0.2", "192.0.2.9"),
        ("192.0.2.9", "unknown", "192.0.2.9"),
    ] {
        assert_asks(peer, XForwardedFor, &[("x-forwarded-for", line)], address);
    }
    assert_asks("10.0.0.1", XForwardedFor, &[], "10.0.0.1");
    // Lines are one list.
    let lines = [("x-forwarded-for", "203.0.113.9, 192.0.2.1"), ("x-forwarded-for", "10.0.0.2")];
    assert_asks("10.0.0.1", XForwardedFor, &lines, "192.0.2.1");
}

#[test]
fn forwarded_is_followed_alike() {
    use ForwardingField::Forwarded;
    for (line, address) in [
        ("for=203.0.113.9, for=192.0.2.1;by=10.0.0.2", "192.0.2.1"),
        ("for=192.0.2.1, for=\"[2001:db8:f::2]:80\", for=10.0.0.2", "192.0.2.1"),
        ("for=192.0.2.1, for=unknown", "not known"),
        ("for=192.0.2.1, proto=https", "not known"),
        ("for=203.0.113.9;x=\", for=192.0.2.1", "not known"),
    ] {
        assert_asks("10.0.0.1", Forwarded, &[("forwarded", line)], address);
        assert_asks("192.0.2.9", Forwarded, &[("forwarded", line)], "192.0.2.9");
    }
    // A string that a viewer leaves open ends with its line.
    let lines = [("forwarded", "for=203.0.113.9;x=\""), ("forwarded", "for=192.0.2.1;host=\"a\"")];
    assert_asks("10.0.0.1", Forwarded, &lines, "192.0.2.1");
}

#[test]
fn a_field_that_proxies_do_not_write_is_the_viewers() {
    let both = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.2")];
    assert_asks("10.0.0.1", ForwardingField::None, &both, "10.0.0.1");
    assert_asks("10.0.0.1", ForwardingField::XForwardedFor, &both, "192.0.2.1");
    assert_asks("10.0.0.1", ForwardingField::Forwarded, &both, "192.0.2.2");
}

#[test]
fn too_many_proxies_are_not_followed() {
    for (proxies, expected) in [(MOST_HOPS - 1, "192.0.2.1"), (MOST_HOPS, "not known")] {
        let line = format!("192.0.2.1{}", ", 10.0.0.2".repeat(proxies));
        assert_asks("10.0.0.1", ForwardingField::XForwardedFor, &[("x-forwarded-for", &line)], expected);
        let line = format!("for=192.0.2.1{}", ", for=10.0.0.2".repeat(proxies));
        assert_asks("10.0.0.1", ForwardingField::Forwarded, &[("forwarded", &line)], expected);
    }
    // What is not reached may be as long as it likes.
    let line = format!("{}192.0.2.1", "x,".repeat(1000));
    assert_asks("10.0.0.1", ForwardingField::XForwardedFor, &[("x-forwarded-for", &line)], "192.0.2.1");
}

#[test]
fn an_internal_address_is_stated_once_by_a_trusted_peer() {
    let internal = |peer, values: &[&str]| {
        let fields: Vec<_> = values.iter().map(|value| ("x-internal-address", *value)).collect();
        let [_, internal] = asker(peer, ForwardingField::XForwardedFor, &fields);
        internal
    };
    for (value, address) in [
        ("192.168.7.7", "192.168.7.7"),
        (" 192.168.7.7\t", "192.168.7.7"),
        ("::ffff:192.168.7.7", "192.168.7.7"),
        ("fd00::7", "fd00::7"),
    ] {
        assert_eq!(internal("10.0.0.1", &[value]).as_deref(), Some(address));
        assert_eq!(internal("192.0.2.9", &[value]), None, "nobody trusts it");
    }
    for values in [
        &["192.168.7.7", "192.168.7.7"][..],
        &["192.168.7.7, 192.168.7.8"],
        &["192.168.7.7:80"],
        &["[fd00::7]"],
        &["unknown"],
        &[""],
        &[],
    ] {
        assert_eq!(internal("10.0.0.1", values), None, "{values:?}");
    }
}

#[test]
fn what_a_proxy_says_of_a_connection_counts_as_its_peer() {
    let proxies = proxies(ForwardingField::XForwardedFor);
    let fields = headers(&[("x-forwarded-for", "192.0.2.1"), ("x-internal-address", "192.168.7.7")]);
    let asks = |source| {
        let asker = Asker::of(Peer::socket(ip("10.0.0.1")).introduced(source), &proxies, &fields);
        [asker.address, asker.internal].map(|address| address.map(|address| address.ip().to_string()))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(asks(Source::Proxy), [some("192.0.2.1"), some("192.168.7.7")]);
    assert_eq!(asks(Source::Client(ip("10.0.0.2"))), [some("192.0.2.1"), some("192.168.7.7")]);
    // It is the viewer that has written the fields then.
    assert_eq!(asks(Source::Client(ip("203.0.113.9"))), [some("203.0.113.9"), None]);
    assert_eq!(asks(Source::Unknown), [None, None]);
}

#[test]
fn nothing_shows_an_address() {
    let peer = Peer::socket(ip("192.0.2.1"));
    let asker = Asker::of(peer, &proxies(ForwardingField::None), &HeaderMap::new());
    assert_eq!(
        format!("{peer:?} {asker:?}"),
        "Peer { address: true, over_tls: false } Asker { address: true, internal: false }"
    );
}

/// The chain as a list from the edge on, cut off where it stops; the last of it is the viewer.
fn naive(nearest: u8, stated: &[Option<u8>]) -> Option<u8> {
    let chain: Vec<Option<u8>> = std::iter::once(Some(nearest)).chain(stated.iter().copied()).collect();
    let stops = |hop: &Option<u8>| hop.is_none_or(|hop| !is_trusted(hop));
    let end = chain.iter().position(stops).unwrap_or(chain.len() - 1);
    if end > MOST_HOPS { None } else { chain[end] }
}

fn is_trusted(address: u8) -> bool {
    address > 10
}

proptest! {
    #[test]
    fn the_walk_is_that_of_the_oracle(nearest: u8, stated in prop::collection::vec(prop::option::weighted(0.98, any::<u8>()), 0..50)) {
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let trusts = |address: IpAddr| matches!(address, IpAddr::V4(address) if is_trusted(address.octets()[3]));
        let found = walk(address(nearest), trusts, stated.iter().map(|hop| hop.map(address)));
        prop_assert_eq!(found, naive(nearest, &stated).map(address));
    }

    #[test]
    fn no_field_breaks_it(lines in prop::collection::vec("[ -~\u{e9}]*|(for=|10\\.0\\.0\\.1|[,;\"\\\\=:\\[\\]_ ])*", 0..4)) {
        for (name, header) in [("x-forwarded-for", ForwardingField::XForwardedFor), ("forwarded", ForwardingField::Forwarded)] {
            let mut fields: Vec<_> = lines.iter().map(|line| (name, line.as_str())).collect();
            fields.extend(lines.iter().map(|line| ("x-internal-address", line.as_str())));
            for peer in ["10.0.0.1", "192.0.2.1"] {
                let [address, internal] = asker(peer, header, &fields);
                if peer == "192.0.2.1" {
                    prop_assert_eq!((address.as_deref(), internal), (Some(peer), None));
                }
            }
        }
    }
}
