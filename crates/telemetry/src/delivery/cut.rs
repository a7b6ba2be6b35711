//! Two shorter reports in the place of one that the collector does not take for its length.

use crate::report::Report;

/// Two reports of the same window, each with half of the cells; `None` where there is one cell, or none.
pub fn halves(report: &Report) -> Option<[Report; 2]> {
    let middle = report.cells.len() / 2;
    if middle == 0 {
        return None;
    }
    let (first, second) = report.cells.split_at(middle);
    Some([first, second].map(|cells| Report {
        site: report.site.clone(),
        bucket: report.bucket,
        width: report.width,
        cells: cells.to_vec(),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bucket::Width;
    use crate::report::{Cell, Segments};

    fn report(counts: &[u64]) -> Report {
        let cells = (0..).zip(counts).map(|(number, count)| Cell {
            entry: "1_abcd1234".parse().unwrap(),
            segments: Segments::One(number),
            count: *count,
        });
        Report {
            site: "s17".parse().unwrap(),
            bucket: "2026-11-21T10:15Z".parse().unwrap(),
            width: Width::DEFAULT,
            cells: cells.collect(),
        }
    }

    #[test]
    fn one_cell_cannot_be_cut() {
        assert_eq!(halves(&report(&[])), None);
        assert_eq!(halves(&report(&[5])), None);
    }

    proptest! {
        #[test]
        fn halves_hold_exactly_the_same_cells(counts in proptest::collection::vec(1_u64..1 << 53, 2..200)) {
            let whole = report(&counts);
            let [first, second] = halves(&whole).unwrap();
            prop_assert!(first.cells.len().abs_diff(second.cells.len()) <= 1);
            for half in [&first, &second] {
                prop_assert_eq!(Report::parse(&half.encode()), Ok(half.clone()));
                prop_assert!(half.encode().len() < whole.encode().len());
            }
            let joined = Report { cells: [first.cells, second.cells].concat(), ..first };
            prop_assert_eq!(joined, whole);
        }
    }
}
