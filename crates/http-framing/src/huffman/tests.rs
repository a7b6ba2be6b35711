//! The code both ways.

use super::*;

#[test]
fn every_pair_of_bytes_comes_back() {
    for first in 0..=255 {
        for second in 0..=255 {
            let text = [first, second, b'a'];
            let mut coded = Vec::new();
            encode(&text, &mut coded);
            assert_eq!(coded.len(), encoded_length(&text));
            let mut back = b"before".to_vec();
            assert_eq!(decode(&coded, &mut back), Ok(()), "{text:?}");
            assert_eq!(back, [b"before", &text[..]].concat());
        }
    }
}
