use super::*;

const EXAMPLE: &str = concat!(
    r#"{"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":["#,
    r#"{"entry_id":"1_abcd1234","segment_number":1180,"count":35},"#,
    r#"{"entry_id":"1_abcd1234","first_segment":1180,"last_segment":1189,"count":12},"#,
    r#"{"entry_id":"1_abcd1234","count":7},"#,
    r#"{"entry_id":"1_bbcd1234","segment_number":0,"count":9007199254740991}]}"#,
);

#[test]
fn a_report_goes_there_and_back() {
    let report = Report::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(report.cells.len(), 4);
    assert_eq!(report.cells[1].segments, Segments::Range { first: 1180, last: 1189 });
    assert_eq!(String::from_utf8(report.encode()).unwrap(), EXAMPLE);
    let empty = Report { cells: Vec::new(), ..report };
    assert_eq!(Report::parse(&empty.encode()), Ok(empty));
}

/// The example with one text in place of another.
fn with(old: &str, new: &str) -> Result<Report, ReportError> {
    assert!(EXAMPLE.contains(old), "{old}");
    Report::parse(EXAMPLE.replacen(old, new, 1).as_bytes())
}

#[test]
fn what_the_schema_does_not_know_is_refused_with_its_place() {
    let field = |result: Result<Report, ReportError>| match result {
        Err(ReportError::Field { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(with("\"v\":1", "\"v\":2")), "v");
    assert_eq!(field(with("s17", "s 17")), "site_id");
    assert_eq!(field(with("T10:15Z", "T10:16Z")), "bucket");
    assert_eq!(field(with("T10:15Z", "T10:15")), "bucket");
    assert_eq!(field(with("900", "901")), "width_s");
    assert_eq!(field(with("1_abcd1234", "a@b")), "cells[0].entry_id");
    assert_eq!(field(with("\"count\":35", "\"count\":0")), "cells[0].count");
    assert_eq!(field(with("9007199254740991", "9007199254740992")), "cells[3].count");
    assert_eq!(field(with("\"last_segment\":1189", "\"last_segment\":1180")), "cells[1].last_segment");
    assert_eq!(field(with("\"last_segment\":1189,", "")), "cells[1]");
    assert_eq!(
        field(with("\"segment_number\":1180", "\"segment_number\":1180,\"first_segment\":1")),
        "cells[0]"
    );
    assert_eq!(field(with("1_bbcd1234", "1_abcd1234")), "cells[3]");
    for (old, new) in [
        ("\"v\":1", "\"v\":1,\"viewer\":\"x\""),
        ("\"count\":35", "\"count\":35,\"address\":\"x\""),
        ("\"segment_number\":1180", "\"segment_number\":null"),
        ("\"count\":35", "\"count\":-1"),
        ("\"count\":35", "\"count\":1.5"),
        ("]}", "]"),
        ("\"v\":1,", ""),
    ] {
        assert!(matches!(with(old, new), Err(ReportError::Shape(text)) if text.contains("line 1")), "{new}");
    }
    let in_a_list = br#"[1,"s17","2026-11-21T10:15Z",900,[]]"#;
    assert!(matches!(Report::parse(in_a_list), Err(ReportError::Shape(_))));
    assert!(matches!(
        with(r#"{"entry_id":"1_abcd1234","count":7}"#, r#"["1_abcd1234",1,null,null,7]"#),
        Err(ReportError::Shape(_))
    ));
    assert_eq!(Report::parse(&vec![b' '; MAX_BYTES + 1]), Err(ReportError::TooLong));
}

#[test]
fn the_most_and_longest_cells_fit() {
    let entry: crate::entry::EntryId = "e".repeat(64).parse().unwrap();
    let cells = (0..MAX_CELLS as u64).map(|index| {
        let segments = Segments::Range { first: LARGEST - 2 * MAX_CELLS as u64 + index, last: LARGEST };
        Cell { entry: entry.clone(), segments, count: LARGEST }
    });
    let report = Report {
        site: "s".repeat(64).parse().unwrap(),
        bucket: "2026-11-21T10:15Z".parse().unwrap(),
        width: Width::DEFAULT,
        cells: cells.collect(),
    };
    let bytes = report.encode();
    assert!(bytes.len() <= MAX_BYTES, "{}", bytes.len());
    assert_eq!(Report::parse(&bytes), Ok(report));
}
