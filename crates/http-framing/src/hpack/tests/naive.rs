//! A decoder as RFC 7541 tells it, with a list of owned pairs and no bound on what is kept.

type Field = (Vec<u8>, Vec<u8>);

pub(crate) struct Naive {
    /// The static table.
    fixed: Vec<Field>,
    /// The newest first.
    dynamic: Vec<Field>,
    capacity: usize,
    most: usize,
    huffman: fn(&[u8]) -> Option<Vec<u8>>,
}

impl Naive {
    pub(crate) fn new(fixed: Vec<Field>, most: usize, huffman: fn(&[u8]) -> Option<Vec<u8>>) -> Self {
        Self { fixed, dynamic: Vec::new(), capacity: 4096, most: most.max(4096), huffman }
    }

    /// The fields, or `None` for a block that may not be; all is over then.
    pub(crate) fn decode(&mut self, block: &[u8]) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        let mut at = 0;
        while at < block.len() {
            let byte = block[at];
            let kind = byte.leading_zeros();
            if kind == 2 {
                self.capacity = integer(block, &mut at, 5)?;
                if self.capacity > self.most || !fields.is_empty() {
                    return None;
                }
                self.evict();
                continue;
            }
            let index = integer(block, &mut at, [7, 6, 5, 4, 4, 4, 4, 4, 4][kind as usize])?;
            if kind == 0 {
                fields.push(self.entry(index)?);
                continue;
            }
            let name = if index == 0 { self.string(block, &mut at)? } else { self.entry(index)?.0 };
            let value = self.string(block, &mut at)?;
            fields.push((name.clone(), value.clone()));
            if kind == 1 {
                self.dynamic.insert(0, (name, value));
                self.evict();
            }
        }
        Some(fields)
    }

    fn entry(&self, index: usize) -> Option<Field> {
        self.fixed.iter().chain(&self.dynamic).nth(index.checked_sub(1)?).cloned()
    }

    fn evict(&mut self) {
        let size =
            |list: &[Field]| list.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>();
        while size(&self.dynamic) > self.capacity {
            self.dynamic.pop();
        }
    }

    fn string(&self, block: &[u8], at: &mut usize) -> Option<Vec<u8>> {
        let is_huffman = block.get(*at)? >= &0x80;
        let length = integer(block, at, 7)?;
        let text = block.get(*at..*at + length)?;
        *at += length;
        if is_huffman { (self.huffman)(text) } else { Some(text.to_vec()) }
    }
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
