//! The examples of RFC 7541 Appendix C.1, and integers against plain arithmetic.

use proptest::prelude::*;

use super::*;

/// Value and what is left, by the text of RFC 7541 section 5.1 and with more bits.
fn naive(input: &[u8], prefix: u32) -> Result<(u128, &[u8]), Error> {
    let all_ones = (1_u128 << prefix) - 1;
    let value = u128::from(*input.first().ok_or(Error::Truncated)?) & all_ones;
    if value < all_ones {
        return Ok((value, &input[1..]));
    }
    let more = input[1..].iter().take(4).take_while(|byte| **byte >= 0x80).count();
    match input.get(1 + more) {
        _ if more == 4 => Err(Error::TooLong),
        None => Err(Error::Truncated),
        Some(_) => {
            let bytes = input[1..2 + more].iter().rev();
            let rest = bytes.fold(0, |sum, byte| sum * 128 + u128::from(byte & 0x7f));
            Ok((all_ones + rest, &input[2 + more..]))
        }
    }
}

#[test]
fn the_examples_of_the_standard() {
    for (value, prefix, flags, bytes) in
        [(10, 5, 0xe0, &b"\xea"[..]), (1337, 5, 0, b"\x1f\x9a\x0a"), (42, 8, 0, b"\x2a")]
    {
        let mut out = Vec::new();
        write(value, prefix, flags, &mut out);
        assert_eq!(out, bytes);
        let mut input = bytes;
        assert_eq!((read(&mut input, prefix), input), (Ok(value), &b""[..]));
    }
}

#[test]
fn the_longest_and_what_is_longer() {
    let largest = (1 << 28) - 1 + 31;
    assert_eq!(read(&mut &b"\x1f\xff\xff\xff\x7f"[..], 5), Ok(largest));
    for too_long in [&b"\x1f\x80\x80\x80\x80\x00"[..], b"\x1f\x80\x80\x80\x80", b"\xff\xff\xff\xff\xff\xff"] {
        assert_eq!(read(&mut &too_long[..], 5), Err(Error::TooLong));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        prefix in 1_u32..=8,
        bits in 0_u32..=28,
        noise: usize,
        after: Vec<u8>,
    ) {
        let value = noise & ((1 << bits) - 1);
        let mut bytes = Vec::new();
        write(value, prefix, 0, &mut bytes);
        for end in 0..bytes.len() {
            prop_assert_eq!(read(&mut &bytes[..end], prefix), Err(Error::Truncated));
        }
        bytes.extend(&after);
        let mut input = &bytes[..];
        prop_assert_eq!(read(&mut input, prefix), Ok(value));
        prop_assert_eq!(input, &after[..]);
    }

    #[test]
    fn any_bytes_are_read_as_plain_arithmetic_does(
        prefix in 1_u32..=8,
        input in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xff), Just(0x80)], 0..8),
    ) {
        let mut rest = &input[..];
        let value = read(&mut rest, prefix);
        match naive(&input, prefix) {
            Ok((expected, left)) => {
                prop_assert_eq!((value.map(|value| value as u128), rest), (Ok(expected), left));
            }
            Err(error) => prop_assert_eq!(value, Err(error)),
        }
    }
}
