//! How many different viewers stand behind a number: exactly, up to the threshold, and no further.

use super::Mark;

/// Different viewers, up to the threshold. When there are enough, who they were is of no more use and forgotten.
#[derive(Clone)]
pub(crate) enum Few {
    /// Fewer than the threshold in each family.
    Marks(Vec<Mark>),
    /// Enough.
    Enough,
}

/// Whether `mark`, added to the different `marks` that are fewer than `threshold` in each family, makes them enough, is
/// new, or is there.
pub(crate) enum Added {
    /// It is one of them.
    Known,
    /// It is new, and they are still too few.
    New,
    /// With it they are enough.
    Enough,
}

/// What becomes of these marks with one more.
pub(crate) fn add(marks: impl Iterator<Item = Mark>, mark: Mark, threshold: usize) -> Added {
    let mut of_family = 0;
    for known in marks {
        if known == mark {
            return Added::Known;
        }
        of_family += usize::from(known.family() == mark.family());
    }
    if of_family + 1 >= threshold { Added::Enough } else { Added::New }
}

/// The most marks that are ever remembered for one number: in each family one fewer than the threshold.
pub(crate) fn most(threshold: usize) -> usize {
    2 * (threshold - 1)
}

impl Few {
    /// Nobody.
    pub(crate) fn nobody() -> Self {
        Self::Marks(Vec::new())
    }

    /// Whether they are enough.
    pub(crate) fn are_enough(&self) -> bool {
        matches!(self, Self::Enough)
    }

    /// Adds others to them.
    pub(crate) fn add_all(&mut self, others: &Self, threshold: usize) {
        let Self::Marks(others) = others else {
            *self = Self::Enough;
            return;
        };
        for mark in others {
            let Self::Marks(marks) = self else { return };
            match add(marks.iter().copied(), *mark, threshold) {
                Added::Known => {}
                Added::New => marks.push(*mark),
                Added::Enough => *self = Self::Enough,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Family, Viewer, ViewerKey};
    use super::*;

    fn count(viewers: &[(Family, u8)]) -> bool {
        let key = ViewerKey::random().unwrap();
        let mut few = Few::nobody();
        for (family, viewer) in viewers {
            few.add_all(&Few::Marks(vec![key.mark(Viewer::new(*family, &[*viewer]))]), 3);
        }
        few.are_enough()
    }

    #[test]
    fn each_viewer_counts_once_and_each_device_in_one_family() {
        let (four, six) = (Family::Four, Family::Six);
        assert!(!count(&[]));
        assert!(!count(&[(four, 1), (four, 2), (four, 1), (four, 2)]));
        assert!(count(&[(four, 1), (four, 2), (four, 3)]));
        assert!(!count(&[(four, 1), (four, 2), (six, 1), (six, 2)]), "two devices with two addresses each");
        assert!(count(&[(four, 1), (six, 1), (six, 2), (four, 2), (six, 3)]));
    }

    #[test]
    fn enough_stays_enough() {
        let mut few = Few::Enough;
        few.add_all(&Few::nobody(), 3);
        assert!(few.are_enough());
        let mut few = Few::nobody();
        few.add_all(&Few::Enough, 3);
        assert!(few.are_enough());
    }
}
