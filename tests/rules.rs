//! Rule by rule: what RFC 9111, the conditions and ranges of RFC 9110 and the documents around them ask of a shared
//! cache, each shown through real sockets before an origin that follows a script, with the clock moved by hand.
//!
//! Rows stand in files by theme, in the form of `rules/row.rs`. Each names the section that it shows, and every section of
//! [`SECTIONS`] has a row, or a test of its own that [`ELSEWHERE`] names. Where the edge does otherwise than a standard
//! has it, the row says why ([`Row::deviates`]), and [`DEVIATIONS`] counts it.

mod row;
mod run;

mod storing;

mod freshness;
mod stale;
mod targeted;

mod ranges;
mod validation;

mod invalidation;
mod request_directives;

mod cache_status;

use std::collections::BTreeSet;

use row::Row;

/// What a shared cache has to obey.
const SECTIONS: &[&str] = &[
    "5861 §3",
    "5861 §4",
    "8246 §2",
    "8586 §2",
    "9110 §8.4",
    "9110 §9.2.1",
    "9110 §13.1.1",
    "9110 §13.1.2",
    "9110 §13.1.3",
    "9110 §13.1.4",
    "9110 §13.1.5",
    "9110 §13.2.1",
    "9110 §13.2.2",
    "9110 §14.1",
    "9110 §14.1.1",
    "9110 §14.1.2",
    "9110 §14.2",
    "9110 §14.3",
    "9110 §14.4",
    "9110 §14.5",
    "9110 §15",
    "9110 §15.2",
    "9110 §15.3.4",
    "9110 §15.4",
    "9110 §15.4.5",
    "9110 §15.5.6",
    "9110 §15.5.17",
    "9111 §1.2.2",
    "9111 §3",
    "9111 §3.1",
    "9111 §3.2",
    "9111 §3.3",
    "9111 §3.4",
    "9111 §3.5",
    "9111 §4",
    "9111 §4.1",
    "9111 §4.2",
    "9111 §4.2.1",
    "9111 §4.2.2",
    "9111 §4.2.3",
    "9111 §4.2.4",
    "9111 §4.3.1",
    "9111 §4.3.2",
    "9111 §4.3.3",
    "9111 §4.3.4",
    "9111 §4.3.5",
    "9111 §4.4",
    "9111 §5.1",
    "9111 §5.2",
    "9111 §5.2.1.1",
    "9111 §5.2.1.2",
    "9111 §5.2.1.3",
    "9111 §5.2.1.4",
    "9111 §5.2.1.5",
    "9111 §5.2.1.6",
    "9111 §5.2.1.7",
    "9111 §5.2.2.1",
    "9111 §5.2.2.2",
    "9111 §5.2.2.3",
    "9111 §5.2.2.4",
    "9111 §5.2.2.5",
    "9111 §5.2.2.6",
    "9111 §5.2.2.7",
    "9111 §5.2.2.8",
    "9111 §5.2.2.9",
    "9111 §5.2.2.10",
    "9111 §5.2.3",
    "9111 §5.3",
    "9111 §5.4",
    "9111 §5.5",
    "9211 §2",
    "9211 §2.1",
    "9211 §2.2",
    "9211 §2.3",
    "9211 §2.4",
    "9211 §2.5",
    "9211 §2.6",
    "9211 §2.7",
    "9211 §2.8",
    "9213 §2.1",
    "9213 §2.2",
    "9213 §2.3",
    "9213 §3",
];

/// Rules that a row cannot show, because requests overlap or bytes are counted: the test that shows each.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("8586 §2", "rules/cache_status.rs", "a_loop_is_known_by_the_member_that_the_edge_adds"),
    ("9110 §13.1.5", "serving.rs", "if_range_lets_parts_through_only_under_the_same_strong_validator"),
    ("9110 §14.2", "serving.rs", "a_range_of_an_unknown_length_gets_the_whole_and_head_no_length"),
    ("9110 §14.2", "serving.rs", "a_range_that_has_arrived_is_answered_before_the_origin_goes_on"),
    ("9110 §15.4.5", "serving.rs", "not_modified_states_no_length_that_would_be_wrong"),
    ("9111 §3.3", "broken_origins/framing.rs", "a_body_shorter_than_its_length_is_cut_off"),
    ("9111 §4", "freshness.rs", "one_question_renews_an_object_for_every_viewer"),
    ("9111 §4.2.1", "freshness.rs", "every_kind_of_object_has_a_lifetime_of_its_own"),
    ("9111 §4.3.4", "freshness.rs", "a_renewal_without_a_date_does_not_take_over_the_old_one"),
    ("9111 §5.1", "rules/freshness.rs", "what_is_passed_on_as_it_arrives_keeps_the_age_that_it_came_with"),
    ("9111 §5.2.2.7", "freshness.rs", "private_answers_reach_only_the_request_that_caused_them"),
    ("9211 §2", "rules/cache_status.rs", "its_member_stands_behind_those_of_the_caches_before_it"),
    ("9211 §2.6", "rules/cache_status.rs", "who_joins_a_fill_is_collapsed"),
    ("9213 §2.2", "freshness.rs", "what_governed_a_response_governs_it_after_a_renewal"),
];

/// The sections from which the edge departs on purpose, once for each row.
const DEVIATIONS: &[&str] = &["5861 §4", "9111 §3, 9110 §15.4", "9111 §4.3.2", "9111 §5.2.2.2", "9211 §2.7"];

fn rows() -> Vec<Row> {
    [
        storing::rows(),
        freshness::rows(),
        stale::rows(),
        targeted::rows(),
        ranges::rows(),
        validation::rows(),
        invalidation::rows(),
        request_directives::rows(),
        cache_status::rows(),
    ]
    .concat()
}

#[test]
fn every_section_is_shown_and_no_other() {
    let rows = rows();
    let in_rows = rows.iter().flat_map(|row| row.sections.split(", "));
    let shown: BTreeSet<_> = in_rows.chain(ELSEWHERE.iter().map(|(section, _, _)| *section)).collect();
    let listed: BTreeSet<_> = SECTIONS.iter().copied().collect();
    assert_eq!(shown.difference(&listed).collect::<Vec<_>>(), [&""; 0], "shown and not listed");
    assert_eq!(listed.difference(&shown).collect::<Vec<_>>(), [&""; 0], "listed and not shown");
}

#[test]
fn tests_that_are_named_exist() {
    for (section, file, name) in ELSEWHERE {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect(file);
        assert!(text.contains(&format!("async fn {name}()")), "{section}: {file} has no {name}");
    }
}

#[test]
fn deviations_are_documented_and_counted() {
    let rows = rows();
    let mut found: Vec<_> =
        rows.iter().filter(|row| row.deviation.is_some()).map(|row| row.sections).collect();
    found.sort_unstable();
    assert_eq!(found, DEVIATIONS);
}
