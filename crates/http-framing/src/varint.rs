//! Integers of one to eight bytes, whose first two bits tell the length (RFC 9000 section 16).

/// The largest that there is.
pub const MAX: u64 = (1 << 62) - 1;

/// The integer that `bytes` begin with and how many bytes it has; `None` where they end within it.
pub fn read(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = length_by(first);
    let rest = bytes.get(1..length)?;
    let value = rest.iter().fold(u64::from(first & 0x3f), |value, byte| (value << 8) | u64::from(*byte));
    Some((value, length))
}

/// Writes an integer in as few bytes as there are for it; [`MAX`] in the place of one that is larger.
pub fn write(value: u64, to: &mut Vec<u8>) {
    let value = value.min(MAX);
    let length = length(value);
    // The two bits are the length's logarithm, at the top of the first byte.
    let marked = value | (u64::from(length.trailing_zeros()) << (8 * length - 2));
    to.extend_from_slice(&marked.to_be_bytes()[8 - length..]);
}

/// How many bytes [`write()`] takes.
pub const fn length(value: u64) -> usize {
    match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        0x4000..=0x3fff_ffff => 4,
        _ => 8,
    }
}

/// An integer that comes in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Partial {
    bytes: [u8; 8],
    length: usize,
}

impl Partial {
    /// Takes bytes off `input` until the integer is whole; then it begins again with the next one.
    pub fn read(&mut self, input: &mut &[u8]) -> Option<u64> {
        if self.is_empty()
            && let Some((value, length)) = read(input)
        {
            *input = &input[length..];
            return Some(value);
        }
        while let Some((byte, rest)) = input.split_first() {
            self.bytes[self.length] = *byte;
            self.length += 1;
            *input = rest;
            if let Some((value, _)) = read(&self.bytes[..self.length]) {
                self.length = 0;
                return Some(value);
            }
        }
        None
    }

    /// Whether nothing of the next integer has come.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

const fn length_by(first: u8) -> usize {
    1 << (first >> 6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        // RFC 9000 appendix A.1.
        for (bytes, value) in [
            (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..], 151_288_809_941_952_652),
            (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
            (&[0x7b, 0xbd], 15_293),
            (&[0x25], 37),
        ] {
            assert_eq!(read(bytes), Some((value, bytes.len())));
            assert_eq!(read(&bytes[..bytes.len() - 1]), None);
            let mut written = Vec::new();
            write(value, &mut written);
            assert_eq!(written, bytes);
        }
        assert_eq!(read(&[0x40, 0x25]), Some((37, 2)), "a longer form than is needed");
        let mut most = Vec::new();
        write(u64::MAX, &mut most);
        assert_eq!(most, [0xff; 8]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            values in prop::collection::vec((0_u64..=MAX).prop_flat_map(|value| (Just(value), 0_u32..62)), 0..8),
            cut in 1_usize..9,
        ) {
            let values: Vec<u64> = values.into_iter().map(|(value, shift)| value >> shift).collect();
            let mut bytes = Vec::new();
            for value in &values {
                let before = bytes.len();
                write(*value, &mut bytes);
                prop_assert_eq!(bytes.len() - before, length(*value));
            }
            let (mut partial, mut found) = (Partial::default(), Vec::new());
            for mut piece in bytes.chunks(cut) {
                while let Some(value) = partial.read(&mut piece) {
                    found.push(value);
                }
                prop_assert!(piece.is_empty());
            }
            prop_assert!(partial.is_empty());
            prop_assert_eq!(found, values);
        }
    }
}
