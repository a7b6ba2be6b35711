//! A decoder as RFC 9204 tells it of one that announced no dynamic table, with owned pairs and no bound on what is kept.

type Field = (Vec<u8>, Vec<u8>);
type Huffman = fn(&[u8]) -> Option<Vec<u8>>;

/// The fields, or `None` for a block that may not be.
pub(crate) fn decode(block: &[u8], fixed: &[Field], huffman: Huffman) -> Option<Vec<Field>> {
    let mut at = 0;
    let is_sign = *block.get(1)? >= 0x80;
    if integer(block, &mut at, 8)? != 0 || is_sign {
        return None;
    }
    integer(block, &mut at, 7)?;
    let mut fields = Vec::new();
    while at < block.len() {
        let bits = format!("{:08b}", block[at]);
        if bits.starts_with("11") {
            fields.push(fixed.get(integer(block, &mut at, 6)?)?.clone());
        } else if bits.starts_with("01") && &bits[3..4] == "1" {
            let name = fixed.get(integer(block, &mut at, 4)?)?.0.clone();
            fields.push((name, string(block, &mut at, 7, huffman)?));
        } else if bits.starts_with("001") {
            let name = string(block, &mut at, 3, huffman)?;
            fields.push((name, string(block, &mut at, 7, huffman)?));
        } else {
            return None;
        }
    }
    Some(fields)
}

fn string(block: &[u8], at: &mut usize, prefix: u32, huffman: Huffman) -> Option<Vec<u8>> {
    let is_huffman = block.get(*at)? >> prefix & 1 == 1;
    let length = integer(block, at, prefix)?;
    let text = block.get(*at..*at + length)?;
    *at += length;
    if is_huffman { huffman(text) } else { Some(text.to_vec()) }
}

fn integer(block: &[u8], at: &mut usize, prefix: u32) -> Option<usize> {
    let all_ones = (1 << prefix) - 1;
    let mut value = usize::from(*block.get(*at)?) & all_ones;
    *at += 1;
    if value < all_ones {
        return Some(value);
    }
    for more in 0..4 {
        let byte = usize::from(*block.get(*at)?);
        *at += 1;
        value += byte % 128 * 128_usize.pow(more);
        if byte < 128 {
            return Some(value);
        }
    }
    None
}
