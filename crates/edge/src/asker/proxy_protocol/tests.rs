//! Headers as proxies write them, at every point where they may be cut.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;

fn line(text: &str) -> Progress {
    read(text.as_bytes())
}

fn client(length: usize, address: &str) -> Progress {
    Progress::Done { length, source: Source::Client(address.parse().unwrap()) }
}

fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, rest].concat()
}

#[test]
fn lines_state_a_source() {
    let tcp4 = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
    assert_eq!(line(tcp4), client(tcp4.len(), "192.0.2.1"));
    assert_eq!(line(&format!("{tcp4}GET / HTTP/1.1\r\n\r\n")), client(tcp4.len(), "192.0.2.1"));
    let tcp6 = "PROXY TCP6 2001:db8::1 ::1 0 65535\r\n";
    assert_eq!(line(tcp6), client(tcp6.len(), "2001:db8::1"));
    let longest = "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
                   ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    assert_eq!(longest.len(), LONGEST_LINE);
    for unknown in [longest, "PROXY UNKNOWN\r\n", "PROXY UNKNOWN what ever\r\n"] {
        assert_eq!(line(unknown), Progress::Done { length: unknown.len(), source: Source::Unknown });
    }
}

#[test]
fn lines_that_are_none() {
    for bad in [
        "GET / HTTP/1.1\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY\r\n",
        "PROXY \r\n",
        "PROXY TCP\r\n",
        "PROXY TCP4\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n\r\n",
        "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
        "PROXY TCP6 [2001:db8::1] ::1 1 2\r\n",
        "PROXY TCP4 unknown 198.51.100.1 1 2\r\n",
    ] {
        assert_eq!(line(bad), Progress::Invalid, "{bad:?}");
    }
    assert_eq!(read(b"PROXY TCP4 192.0.2.1\xff 198.51.100.1 1 2\r\n"), Progress::Invalid);
    let endless = format!("PROXY UNKNOWN {}", "x".repeat(LONGEST));
    assert_eq!(line(&endless[..LONGEST_LINE - 1]), Progress::NeedsMore);
    assert_eq!(line(&endless[..LONGEST_LINE]), Progress::Invalid);
    assert_eq!(
        line(&format!("{}\r\n", &endless[..LONGEST_LINE - 1])),
        Progress::Invalid,
        "one byte too long"
    );
}

#[test]
fn binary_headers_state_a_source() {
    let v4 = [192, 0, 2, 1, 198, 51, 100, 1, 0, 1, 0, 2];
    for family in [0x11, 0x12] {
        assert_eq!(read(&binary(0x21, family, &v4)), client(28, "192.0.2.1"));
    }
    let mut v6 = [0; 36];
    v6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    for family in [0x21, 0x22] {
        assert_eq!(read(&binary(0x21, family, &v6)), client(52, "2001:db8::"));
    }
    let extended = [&v4[..], &[0x04, 0, 1, 0]].concat();
    assert_eq!(read(&binary(0x21, 0x11, &extended)), client(32, "192.0.2.1"), "what follows is skipped");
    for (family, rest) in [(0x00, &v4[..]), (0x00, &[]), (0x31, &[0; 216]), (0x32, &[0; 216])] {
        let length = FIXED + rest.len();
        assert_eq!(
            read(&binary(0x21, family, rest)),
            Progress::Done { length, source: Source::Unknown },
            "{family:x}"
        );
    }
    for family in [0x00, 0x11, 0xff] {
        assert_eq!(
            read(&binary(0x20, family, &v4[..5])),
            Progress::Done { length: 21, source: Source::Proxy }
        );
    }
    let longest = binary(0x20, 0, &[0; LONGEST - FIXED]);
    assert_eq!(read(&longest), Progress::Done { length: LONGEST, source: Source::Proxy });
}

#[test]
fn binary_headers_that_are_none() {
    for (command, family, length) in [
        (0x11, 0x11, 12),
        (0x01, 0x11, 12),
        (0x22, 0x11, 12),
        (0x2f, 0x11, 12),
        (0x21, 0x10, 12),
        (0x21, 0x13, 12),
        (0x21, 0x01, 12),
        (0x21, 0x41, 12),
        (0x21, 0x11, 11),
        (0x21, 0x21, 35),
        (0x21, 0x11, 0),
        (0x20, 0x00, LONGEST - FIXED + 1),
    ] {
        let bytes = binary(command, family, &vec![0; length]);
        assert_eq!(read(&bytes), Progress::Invalid, "{command:x} {family:x} {length}");
    }
    // What is too long is known before it comes.
    assert_eq!(read(&binary(0x20, 0, &[0; LONGEST])[..FIXED]), Progress::Invalid);
    assert_eq!(read(&binary(0x11, 0, &[0; 5])[..FIXED]), Progress::Invalid);
    assert_eq!(read(b"\r\n\r\n\0\r\nQUIT\r"), Progress::Invalid);
}

/// The header that a proxy writes for a connection.
fn written(version: u8, source: SocketAddr, destination: SocketAddr, extension: &[u8]) -> Vec<u8> {
    let ports = [source.port().to_be_bytes(), destination.port().to_be_bytes()].concat();
    match (version, source.ip(), destination.ip()) {
        (1, from, to) => {
            let family = if from.is_ipv4() { 4 } else { 6 };
            format!("PROXY TCP{family} {from} {to} {} {}\r\n", source.port(), destination.port()).into()
        }
        (_, IpAddr::V4(from), IpAddr::V4(to)) => {
            binary(0x21, 0x11, &[&from.octets()[..], &to.octets(), &ports, extension].concat())
        }
        (_, IpAddr::V6(from), IpAddr::V6(to)) => {
            binary(0x21, 0x21, &[&from.octets()[..], &to.octets(), &ports, extension].concat())
        }
        _ => unreachable!("both are of one family"),
    }
}

fn pairs() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
    prop_oneof![
        any::<[std::net::SocketAddrV4; 2]>().prop_map(|[from, to]| (from.into(), to.into())),
        any::<([u8; 16], [u8; 16], u16, u16)>().prop_map(|(from, to, source, destination)| {
            (SocketAddr::from((from, source)), SocketAddr::from((to, destination)))
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_no_byte_before_its_end(
        (from, to) in pairs(),
        version in 1_u8..=2,
        extension in prop::collection::vec(any::<u8>(), 0..64),
        behind: Vec<u8>,
    ) {
        let header = written(version, from, to, &extension);
        for cut in 0..header.len() {
            prop_assert_eq!(read(&header[..cut]), Progress::NeedsMore);
        }
        let expected = Progress::Done { length: header.len(), source: Source::Client(from.ip()) };
        prop_assert_eq!(read(&header), expected);
        prop_assert_eq!(read(&[&header[..], &behind].concat()), expected);
    }

    /// More bytes never change what has been said, and what is not said is short.
    #[test]
    fn nothing_breaks_it_and_it_keeps_its_word(
        start in prop::sample::select(vec![&b""[..], LINE_START, SIGNATURE, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0"]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [start, &bytes].concat();
        let mut said = Progress::NeedsMore;
        for end in 0..=bytes.len() {
            let now = read(&bytes[..end]);
            prop_assert!(said == Progress::NeedsMore || now == said);
            if let Progress::Done { length, .. } = now {
                prop_assert!(length <= end && length <= LONGEST);
            }
            prop_assert!(now != Progress::NeedsMore || end < LONGEST);
            said = now;
        }
    }
}
