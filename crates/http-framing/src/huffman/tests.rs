//! The code both ways, against one bit after the other and against what others wrote.

pub(crate) mod naive;

use proptest::prelude::*;

use super::*;
use naive::Naive;

/// All bytes in their order, written by another implementation.
const ALL_BYTES: &str = "\
ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffffffdfffffebfffffecfffffedfffffeefffffef
ffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00
089969b71d79fb9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242cb34e6e9d68a6a3d7dac426de
fe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73fffeeffffdeffffebffffbfffffd9ffffd
bfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9ffffcdffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd3fffdeffff
d5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff
1fffff83ffffe1fffebfffe3ffff3fffff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8fffffe6fffffc1fffff8
7ffffe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffaffff
fddffffeffffff4fffff5fffffabffffa7ffffd7fffff9bffffecfffffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7f
fffff0fffffbbf";

/// Texts as requests have them: the standard's, and two by another implementation.
const TEXTS: [(&str, &str); 9] = [
    ("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
    ("no-cache", "a8eb10649cbf"),
    ("custom-key", "25a849e95ba97d7f"),
    ("custom-value", "25a849e95bb8e8b4bf"),
    ("302", "6402"),
    ("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
    ("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"),
    (
        "/hls/live/720p/segment_000001.m4s?token=a(b)~c!",
        "627a10c506ee561d102b61059a92d498800000015e9691fe24fd4b5403fea3fefffa4fe3",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
        "d07f66a281b0dae053fafc087ed4ce6aadf2a7979c89c6bfb521aeba0bc8b1e632586d975765c53facd8f7e8cff4a506ea5531149d4ffda9\
         7a7b0f49580b6e2e05c0b814dc394761986d975765cf",
    ),
];

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit.try_into().unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn coded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(text, &mut out);
    assert_eq!(out.len(), encoded_length(text));
    out
}

fn decoded(input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = b"before".to_vec();
    let outcome = decode(input, &mut out);
    let text = out.strip_prefix(b"before").expect("what was there stays").to_vec();
    assert!(outcome.is_ok() || text.is_empty());
    outcome.map(|()| text)
}

#[test]
fn what_others_wrote() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let texts = TEXTS.into_iter().map(|(text, hex)| (text.as_bytes(), hex));
    for (text, hex) in texts.chain([(&all[..], ALL_BYTES)]) {
        assert_eq!(coded(text), unhex(hex));
        assert_eq!(decoded(&unhex(hex)), Ok(text.to_vec()));
    }
}

#[test]
fn every_pair_of_bytes_comes_back() {
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            let text = [first, second, b'a'];
            assert_eq!(decoded(&coded(&text)), Ok(text.to_vec()));
        }
    }
}

#[test]
fn the_padding_is_up_to_seven_ones() {
    // `a` is 00011, `&` has eight bits, `:` has seven and `0` five.
    assert_eq!(decoded(b""), Ok(vec![]));
    assert_eq!(decoded(b"\x1f"), Ok(b"a".to_vec()));
    for (input, what) in [
        (&b"\x1e"[..], "not all ones"),
        (b"\x18", "zeros"),
        (b"\xff", "eight ones"),
        (b"\x1f\xff", "eleven ones"),
        (b"\xff\xff\xff", "24 ones"),
        (b"\xff\xff\xff\xf0", "a code cut off"),
    ] {
        assert_eq!(decoded(input), Err(Error::Padding), "{what}");
    }
}

#[test]
fn the_end_of_a_string_does_not_stand_in_one() {
    assert_eq!(decoded(b"\xff\xff\xff\xff"), Err(Error::EndOfString));
    // `a`, and the end.
    assert_eq!(decoded(b"\x1f\xff\xff\xff\xff"), Err(Error::EndOfString));
    let far = [coded(&[b'0'; 80]), vec![0xff; 20], coded(&[b'0'; 80])].concat();
    assert_eq!(decoded(&far), Err(Error::EndOfString));
}

proptest! {
    #[test]
    fn texts_come_back(text: Vec<u8>) {
        prop_assert_eq!(decoded(&coded(&text)), Ok(text));
    }

    #[test]
    fn any_bits_are_read_as_one_by_one(
        noise in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xff), Just(0xfe)], 0..40),
        text in "[ -~]{0,40}",
    ) {
        let input = [coded(text.as_bytes()), noise].concat();
        prop_assert_eq!(decoded(&input).ok(), Naive::new(coded).decode(&input));
    }
}
