//! From many figures to the few that are read. Pure.

use std::time::Duration;

/// The smallest value that at least `per_cent` of 100 values do not exceed (nearest rank); `None` of nothing.
pub(crate) fn percentile(values: &[f64], per_cent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (sorted.len() * per_cent.min(100)).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The middle value, or the mean of the two in the middle; `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let above = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(above);
    }
    Some(f64::midpoint(sorted[middle - 1], above))
}

/// A count as a number to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark stay far below 2^53")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// In milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 50), Some(100.0));
        assert_eq!(percentile(&values, 99), Some(198.0));
        assert_eq!(percentile(&values, 100), Some(200.0));
        assert_eq!(percentile(&values, 0), Some(1.0));
        assert_eq!(percentile(&[7.0], 99), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn the_median_ignores_order_and_one_outlier() {
        assert_eq!(median(&[3.0, 1000.0, 1.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
