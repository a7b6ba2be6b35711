//! Who counts once.
//!
//! A viewer is told from others by a keyed hash of what the edge sees of them. The key is drawn at random for each
//! window, lies in memory alone, and is overwritten when the window ends: from then on nobody can say whose a hash was,
//! and a viewer has another one in each window.
//!
//! A device may have an address of either family of the internet protocol. So that it does not count twice, viewers count by
//! family: there are as many as the larger family has. A device whose address changes within a window still does.

pub(crate) mod set;

use std::num::NonZeroU32;

use siphasher::sip::SipHasher24;
use zeroize::Zeroizing;

/// What tells a viewer from others, while a request is answered.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    family: Family,
    distinction: &'a [u8],
}

/// Which family of the internet protocol a viewer came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Version 4.
    Four,
    /// Version 6.
    Six,
}

/// A viewer, as one window knows them: 31 bits of the keyed hash, and the family.
///
/// Two viewers with the same mark count as one, which never makes them more; among 10,000 viewers there is such a pair in
/// two windows of a hundred.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(NonZeroU32);

/// The key of one window.
pub(crate) struct ViewerKey(Zeroizing<[u8; 16]>);

/// The system has no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers, and without them viewers cannot be counted")]
pub struct NoRandomness;

impl<'a> Viewer<'a> {
    /// A viewer who came by this `family` and is told from others by these bytes.
    pub fn new(family: Family, distinction: &'a [u8]) -> Self {
        Self { family, distinction }
    }
}

impl Mark {
    /// Which family.
    pub(crate) fn family(self) -> Family {
        if self.0.get() & 1 == 0 { Family::Four } else { Family::Six }
    }
}

impl ViewerKey {
    /// A new one, from the system's random numbers. The system itself is asked: the library of cryptography would first
    /// measure how random the processor is, which takes tens of milliseconds at the start of the program.
    pub(crate) fn random() -> Result<Self, NoRandomness> {
        let mut key = Zeroizing::new([0; 16]);
        getrandom::fill(&mut *key).map_err(|_| NoRandomness)?;
        Ok(Self(key))
    }

    /// The mark of a viewer.
    pub(crate) fn mark(&self, viewer: Viewer<'_>) -> Mark {
        let hash = SipHasher24::new_with_key(&self.0).hash(viewer.distinction);
        let high = u32::try_from(hash >> 32).unwrap_or_default() & !1;
        // Zero stands for nobody: one hash of two thousand millions shares its mark with its neighbour.
        let hash = if high == 0 { 2 } else { high };
        let family = u32::from(viewer.family == Family::Six);
        Mark(NonZeroU32::new(hash | family).unwrap_or(NonZeroU32::MIN))
    }
}

impl std::fmt::Debug for ViewerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ViewerKey")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_window_knows_a_viewer_by_another_mark() {
        let viewer = Viewer::new(Family::Four, &[10, 0, 0, 1]);
        let marks: HashSet<u32> =
            (0..100).map(|_| ViewerKey::random().unwrap().mark(viewer).0.get()).collect();
        assert!(marks.len() > 98);
    }

    #[test]
    fn one_window_knows_a_viewer_by_one_mark_and_its_family() {
        let key = ViewerKey(Zeroizing::new([7; 16]));
        let mark = |family, last: u8| key.mark(Viewer::new(family, &[10, 0, 0, last]));
        assert!(
            mark(Family::Four, 1) == mark(Family::Four, 1) && mark(Family::Four, 1) != mark(Family::Four, 2)
        );
        assert_eq!(mark(Family::Four, 1).family(), Family::Four);
        assert_eq!(mark(Family::Six, 1).family(), Family::Six);
        assert!(mark(Family::Four, 1) != mark(Family::Six, 1));
    }

    #[test]
    fn marks_are_spread() {
        let key = ViewerKey(Zeroizing::new([9; 16]));
        let marks: HashSet<u32> =
            (0..10_000_u32).map(|n| key.mark(Viewer::new(Family::Four, &n.to_be_bytes())).0.get()).collect();
        assert!(marks.len() > 9_990, "{}", marks.len());
    }
}
