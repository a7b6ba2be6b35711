//! Nothing but a report is read as one, and it has one encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telemetry::report::{LARGEST, MAX_CELLS, Report, Segments};

fuzz_target!(|input: &[u8]| {
    let Ok(report) = Report::parse(input) else { return };
    assert!(report.cells.len() <= MAX_CELLS && report.bucket.is_of(report.width));
    for cell in &report.cells {
        assert!((1..=LARGEST).contains(&cell.count) && (1..=64).contains(&cell.entry.as_str().len()));
        if let Segments::Range { first, last } = cell.segments {
            assert!(first < last && last <= LARGEST);
        }
    }
    assert!(report.cells.windows(2).all(|two| two[0].place() < two[1].place()));
    let bytes = report.encode();
    assert_eq!(Report::parse(&bytes).as_ref(), Ok(&report));
    // White space and escapes are all that may differ: who wrote it canonically wrote these bytes.
    assert!(bytes.len() <= input.len());
});
