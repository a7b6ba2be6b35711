//! The PROXY protocol: what it has said it says again of more bytes, and what it reads is what stands there.
#![no_main]

#[path = "../../../crates/edge/src/asker/proxy_protocol.rs"]
mod proxy_protocol;

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use proxy_protocol::{LONGEST, Progress, Source, read};

fuzz_target!(|bytes: &[u8]| {
    let mut said = Progress::NeedsMore;
    for end in 0..=bytes.len().min(LONGEST) {
        let now = read(&bytes[..end]);
        assert!(said == Progress::NeedsMore || now == said, "another word at {end}");
        if said == Progress::NeedsMore
            && let Progress::Done { length, .. } = now
        {
            assert_eq!(length, end, "a header is known with its last byte");
        }
        said = now;
    }
    assert!(read(bytes) == said);
    assert!(said != Progress::NeedsMore || bytes.len() < LONGEST);
    let Progress::Done { length, source } = said else { return };
    let header = &bytes[..length];
    if let Some(line) = header.strip_prefix(b"PROXY ") {
        assert!(length <= 107 && header.ends_with(b"\r\n"));
        check_line(&String::from_utf8_lossy(line), source);
    } else {
        check_binary(header, source);
    }
});

fn check_line(line: &str, source: Source) {
    match source {
        Source::Client(address) => {
            let family = if address.is_ipv4() { "TCP4" } else { "TCP6" };
            let words: Vec<_> = line.trim_end().split(' ').collect();
            assert!(words.len() == 5 && words[0] == family && words[1].parse() == Ok(address));
        }
        Source::Unknown => assert!(line.starts_with("UNKNOWN")),
        Source::Proxy => panic!("a line never says so"),
    }
}

fn check_binary(header: &[u8], source: Source) {
    let (command, family, addresses) = (header[12], header[13], &header[16..]);
    assert_eq!(addresses.len(), usize::from(header[14]) * 256 + usize::from(header[15]));
    let expected = match (command & 0xf, family >> 4) {
        (0, _) => Source::Proxy,
        (_, 1) => Source::Client(IpAddr::from([addresses[0], addresses[1], addresses[2], addresses[3]])),
        (_, 2) => {
            let octets: [u8; 16] = addresses[..16].try_into().expect("sixteen");
            Source::Client(octets.into())
        }
        _ => Source::Unknown,
    };
    assert!(source == expected && command >> 4 == 2);
}
