//! Numbers that look like chance and are the same for the same seed (`SplitMix64`).

/// A source of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Whether one case in `bound` has come.
    pub(crate) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    /// One of several.
    pub(crate) fn of_these<T: Clone>(&mut self, these: &[T]) -> T {
        let index = usize::try_from(self.below(these.len() as u64)).expect("an index");
        these[index].clone()
    }

    /// A word of lower-case letters and digits that nobody would write.
    pub(crate) fn word(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.of_these(b"abcdefghijklmnopqrstuvwxyz0123456789"))).collect()
    }

    /// An octet that stands in addresses of hosts.
    pub(crate) fn octet(&mut self) -> u8 {
        u8::try_from(1 + self.below(254)).expect("an octet")
    }
}
