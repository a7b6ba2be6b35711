//! A plain request costs no allocation, and an idle connection holds none.

use http_framing::fields::{Decoded, Fields};
use http_framing::hpack::{self, Decoder};
use http_framing::priority::Priority;
use http_framing::qpack;
use http_framing::request::RequestHead;

const MOST: usize = 16_384;

/// What a browser puts into the table with its first request.
const KEPT: [(&str, &str); 3] = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("priority", "u=1, i"),
];
const PATH: &str = "/hls/720p/segment_000001.m4s?token=abc";

/// The first request of a connection in HPACK: what is kept is written in full.
fn first() -> Vec<u8> {
    let mut block = vec![0x82, 0x87];
    for (name, value) in [(":authority", "edge.example:8443")].into_iter().chain(KEPT) {
        for (text, kind) in [(name, Some(0x40)), (value, None)] {
            block.extend(kind);
            block.push(text.len().try_into().expect("short"));
            block.extend(text.bytes());
        }
    }
    hpack::encode_field(":path", PATH.as_bytes(), &mut block);
    block
}

/// Those after it: all but the path is in the tables.
fn next() -> Vec<u8> {
    let mut block = vec![0x82, 0x87, 0xc1];
    hpack::encode_field(":path", PATH.as_bytes(), &mut block);
    block.extend([0xc0, 0xbf, 0xbe]);
    block
}

fn check(fields: &Fields) {
    let head = RequestHead::read(fields).expect("a request");
    assert_eq!((head.path, head.authority), (PATH, "edge.example:8443"));
    let priority = head.fields().find(|(name, _)| *name == "priority").expect("one").1;
    assert_eq!(Priority::parse(priority), Priority { urgency: 1, incremental: true });
    assert_eq!(head.fields().count(), KEPT.len());
}

#[test]
fn requests_over_http_2_allocate_with_the_first_alone() {
    let mut decoder = Decoder::new(4096);
    let mut fields = Fields::new();
    // A pseudo field after others is malformed: the first request is only decoded.
    assert_eq!(decoder.decode(&first(), MOST, &mut fields), Ok(Decoded::Whole));
    let block = next();
    let warm = allocation_counter::measure(|| {
        for _ in 0..100 {
            fields.clear();
            assert_eq!(decoder.decode(&block, MOST, &mut fields), Ok(Decoded::Whole));
            check(&fields);
        }
    });
    assert_eq!(warm.count_total, 0);
}

#[test]
fn requests_over_http_3_allocate_with_the_first_alone() {
    let mut block = Vec::new();
    qpack::encode_prefix(&mut block);
    let line =
        [(":method", "GET"), (":scheme", "https"), (":authority", "edge.example:8443"), (":path", PATH)];
    for (name, value) in line.into_iter().chain(KEPT) {
        qpack::encode_field(name, value.as_bytes(), &mut block);
    }
    let mut fields = Fields::new();
    let cold = allocation_counter::measure(|| {
        assert_eq!(qpack::decode(&block, MOST, &mut fields), Ok(Decoded::Whole));
    });
    assert!(cold.count_total > 0, "the counter counts");
    let warm = allocation_counter::measure(|| {
        for _ in 0..100 {
            fields.clear();
            assert_eq!(qpack::decode(&block, MOST, &mut fields), Ok(Decoded::Whole));
            check(&fields);
        }
    });
    assert_eq!(warm.count_total, 0);
}

#[test]
fn a_client_that_indexes_nothing_leaves_nothing() {
    let mut block = vec![0x82, 0x87, 0x84];
    hpack::encode_field(":authority", b"edge.example", &mut block);
    let mut fields = Fields::new();
    let mut decoder = None;
    let held = allocation_counter::measure(|| {
        let mut new = Decoder::new(4096);
        assert_eq!(new.decode(&block, MOST, &mut fields), Ok(Decoded::Whole));
        fields = Fields::new();
        decoder = Some(new);
    });
    assert_eq!(held.bytes_current, 0);
    let kept = allocation_counter::measure(|| {
        decoder.as_mut().unwrap().decode(&first(), MOST, &mut fields).unwrap();
        fields = Fields::new();
    });
    assert!(kept.bytes_current > 0, "the counter counts");
}

/// A block of bytes of which each stands for four thousand is cut off at the bound.
#[test]
fn what_is_kept_is_bounded_whatever_the_block() {
    let mut decoder = Decoder::new(4096);
    let mut fields = Fields::new();
    let mut large = vec![0x40, 0x01, b'n', 0x7f, 0xa1, 0x1e];
    large.extend([b'v'; 4000]);
    decoder.decode(&large, MOST, &mut fields).unwrap();
    fields = Fields::new();
    let all = allocation_counter::measure(|| {
        assert_eq!(decoder.decode(&[0xbe; 200], MOST, &mut fields), Ok(Decoded::TooLarge));
    });
    assert_eq!(fields.len(), 4);
    assert!(all.bytes_max <= 2 * MOST as u64, "{}", all.bytes_max);
}
