//! What Spokecast is to reach. Shown beside what it did; nothing fails by it.

use super::table::grouped;

/// A bound for one figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(super) case: &'static str,
    pub(super) metric: &'static str,
    bound: Bound,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    /// Ratios to the base.
    AtLeast(f64),
    AtMost(f64),
    /// The figure itself.
    NoMoreThan(f64),
}

impl Goal {
    /// A ratio to the base that is to be reached.
    pub(crate) const fn at_least(case: &'static str, metric: &'static str, ratio: f64) -> Self {
        Self { case, metric, bound: Bound::AtLeast(ratio) }
    }

    /// A ratio to the base that is not to be exceeded.
    pub(crate) const fn at_most(case: &'static str, metric: &'static str, ratio: f64) -> Self {
        Self { case, metric, bound: Bound::AtMost(ratio) }
    }

    /// A figure that is not to be exceeded.
    pub(crate) const fn no_more_than(case: &'static str, metric: &'static str, figure: f64) -> Self {
        Self { case, metric, bound: Bound::NoMoreThan(figure) }
    }

    pub(super) fn text(&self) -> String {
        match self.bound {
            Bound::AtLeast(ratio) => format!("goal ≥ ×{ratio:.2}"),
            Bound::AtMost(ratio) => format!("goal ≤ ×{ratio:.2}"),
            Bound::NoMoreThan(figure) => format!("goal ≤ {}", grouped(figure, 0)),
        }
    }
}

#[test]
fn a_bound_is_a_ratio_or_a_figure() {
    assert_eq!(Goal::at_least("", "", 2.5).text(), "goal ≥ ×2.50");
    assert_eq!(Goal::at_most("", "", 0.125).text(), "goal ≤ ×0.12");
    assert_eq!(Goal::no_more_than("", "", 8000.0).text(), "goal ≤ 8,000");
}
