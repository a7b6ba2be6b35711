//! Tables of fields that both sides know, and how an answer's field is found in them.

/// Fields by their index, the first one at zero.
pub(crate) struct StaticTable(pub(crate) &'static [(&'static str, &'static str)]);

/// What the table has of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Its name and its value, at this index.
    Field(usize),
    /// Its name, at this index first.
    Name(usize),
    /// Nothing.
    Nothing,
}

impl StaticTable {
    pub(crate) fn field(&self, index: usize) -> Option<(&'static [u8], &'static [u8])> {
        self.0.get(index).map(|(name, value)| (name.as_bytes(), value.as_bytes()))
    }

    /// Looks through the whole table: answers are encoded once per object, not once per request.
    pub(crate) fn find(&self, name: &str, value: &[u8]) -> Found {
        let mut found = Found::Nothing;
        for (index, (its_name, its_value)) in self.0.iter().enumerate() {
            if *its_name == name {
                if its_value.as_bytes() == value {
                    return Found::Field(index);
                }
                if found == Found::Nothing {
                    found = Found::Name(index);
                }
            }
        }
        found
    }
}

/// A status as it stands in its field: three digits.
pub(crate) fn digits(status: u16) -> [u8; 3] {
    [100, 10, 1].map(|unit| b'0' + u8::try_from(status / unit % 10).unwrap_or_default())
}

#[cfg(test)]
impl StaticTable {
    /// A hash (FNV-1a, 64 bits) of all names and values, each with a zero behind it: short enough to be held against the
    /// tables of other implementations.
    pub(crate) fn hash(&self) -> u64 {
        let texts = self.0.iter().flat_map(|(name, value)| [name, value]);
        let bytes = texts.flat_map(|text| text.bytes().chain([0]));
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    }
}
