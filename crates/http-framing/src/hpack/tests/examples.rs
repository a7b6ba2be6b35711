//! The connections of RFC 7541 Appendix C.3 to C.6, with and without Huffman code.

use super::*;

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

const HOST: (&str, &str) = (":authority", "www.example.com");
const FIRST: [(&str, &str); 4] = [(":method", "GET"), (":scheme", "http"), (":path", "/"), HOST];
const SECOND: [(&str, &str); 5] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/"), HOST, ("cache-control", "no-cache")];
const THIRD: [(&str, &str); 5] = [
    (":method", "GET"),
    (":scheme", "https"),
    (":path", "/index.html"),
    HOST,
    ("custom-key", "custom-value"),
];

#[test]
fn three_requests() {
    for blocks in [
        [
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        ],
        [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ],
    ] {
        let mut decoder = Decoder::new(4096);
        for (block, expected) in blocks.into_iter().zip([&FIRST[..], &SECOND, &THIRD]) {
            assert_eq!(decode(&mut decoder, &unhex(block)), Ok(owned(expected)));
        }
        assert_eq!(decode(&mut decoder, b"\xbe\xbf\xc0"), Ok(owned(&[THIRD[4], SECOND[4], HOST])));
        assert_eq!(decode(&mut decoder, b"\xc1"), Err(Error::Index));
    }
}

const LOCATION: (&str, &str) = ("location", "https://www.example.com");
const DATE: (&str, &str) = ("date", "Mon, 21 Oct 2013 20:13:21 GMT");
const PRIVATE: (&str, &str) = ("cache-control", "private");
const LAST: [(&str, &str); 6] = [
    (":status", "200"),
    PRIVATE,
    ("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
    LOCATION,
    ("content-encoding", "gzip"),
    ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
];

/// Answers, as they have more to put into the table: of 256 bytes, so that entries are dropped.
#[test]
fn three_answers_through_a_small_table() {
    for blocks in [
        [
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d \
             546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f \
             6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b \
             2076 6572 7369 6f6e 3d31",
        ],
        [
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 \
             8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 \
             dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        ],
    ] {
        let mut decoder = Decoder::new(4096);
        assert_eq!(decode(&mut decoder, &unhex("3f e1 01")), Ok(vec![]));
        let first = [(":status", "302"), PRIVATE, DATE, LOCATION];
        let second = [(":status", "307"), PRIVATE, DATE, LOCATION];
        for (block, expected) in blocks.into_iter().zip([&first[..], &second, &LAST]) {
            assert_eq!(decode(&mut decoder, &unhex(block)), Ok(owned(expected)));
        }
        assert_eq!(decode(&mut decoder, b"\xbe\xbf\xc0"), Ok(owned(&[LAST[5], LAST[4], LAST[2]])));
        assert_eq!(decode(&mut decoder, b"\xc1"), Err(Error::Index));
    }
}
