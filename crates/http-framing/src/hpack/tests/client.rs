//! An encoder that uses every form of RFC 7541, as clients do, each where it is told to.

use super::*;

/// How a field is written, as far as the tables allow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) kind: Kind,
    /// Whether an index stands for the name, if a table has it.
    pub(super) has_named: bool,
    pub(super) is_huffman: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// An index for all of it, if a table has it; else it is put into the table.
    Indexed,
    Kept,
    NotKept,
    NeverKept,
}

pub(super) struct Client {
    /// The newest first.
    table: List,
    capacity: usize,
}

impl Client {
    pub(super) const fn new() -> Self {
        Self { table: Vec::new(), capacity: 4096 }
    }

    pub(super) fn resize(&mut self, capacity: usize, block: &mut Vec<u8>) {
        integer::write(capacity, 5, 0x20, block);
        self.capacity = capacity;
        self.evict();
    }

    pub(super) fn write(&mut self, field: &(Vec<u8>, Vec<u8>), form: Form, block: &mut Vec<u8>) {
        let fixed = TABLE.0.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        let entries: List = fixed.chain(self.table.iter().cloned()).collect();
        let whole = entries.iter().position(|entry| entry == field);
        let (prefix, flags) = match (form.kind, whole) {
            (Kind::Indexed, Some(index)) => return integer::write(index + 1, 7, 0x80, block),
            (Kind::Indexed, None) | (Kind::Kept, _) => (6, 0x40),
            (Kind::NotKept, _) => (4, 0),
            (Kind::NeverKept, _) => (4, 0x10),
        };
        let named = entries.iter().position(|entry| entry.0 == field.0).filter(|_| form.has_named);
        integer::write(named.map_or(0, |index| index + 1), prefix, flags, block);
        if named.is_none() {
            write_string(&field.0, form.is_huffman, block);
        }
        write_string(&field.1, form.is_huffman, block);
        if prefix == 6 {
            self.table.insert(0, field.clone());
            self.evict();
        }
    }

    fn evict(&mut self) {
        let size =
            |list: &List| list.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>();
        while size(&self.table) > self.capacity {
            self.table.pop();
        }
    }
}

fn write_string(text: &[u8], is_huffman: bool, block: &mut Vec<u8>) {
    if is_huffman {
        integer::write(huffman::encoded_length(text), 7, 0x80, block);
        huffman::encode(text, block);
    } else {
        integer::write(text.len(), 7, 0, block);
        block.extend_from_slice(text);
    }
}
