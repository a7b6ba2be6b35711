//! Rule sets from a configuration: what they can say, and which faults are named.

use media::pattern::{EntryRule, FileRule, MAX_PATTERN, MAX_RULES, RuleError, RuleSet, generic, kaltura};
use media::url::{Kind, Rules};

fn entry(name: &str, pattern: &str) -> EntryRule {
    EntryRule { name: name.into(), pattern: pattern.into(), live: true }
}

fn file(name: &str, pattern: &str, kind: Kind) -> FileRule {
    FileRule { name: name.into(), pattern: pattern.into(), kind }
}

fn set(entries: Vec<EntryRule>, files: Vec<FileRule>) -> RuleSet {
    RuleSet { name: "site".into(), entries, files }
}

fn fault(entries: Vec<EntryRule>, files: Vec<FileRule>) -> String {
    Rules::compile(&[generic(), set(entries, files)]).expect_err("a faulty set").to_string()
}

#[test]
fn a_set_of_ones_own() {
    let rules = Rules::compile(&[set(
        vec![entry("channel", "^/tv/(?<entry>[a-z]+)@(?<rendition>[a-z]+)/")],
        vec![
            file("piece", r"(?<segment>\d+)\+(?<shift>\d+)\.bin", Kind::Segment),
            file("folder", "/keys/", Kind::Key),
        ],
    )])
    .unwrap();
    let target = rules.recognise("/tv/news@high/40+2.bin");
    assert_eq!((target.kind, target.entry, target.rendition), (Kind::Segment, Some("news"), Some("high")));
    assert_eq!((target.segment, target.live), (Some(42), true));
    assert_eq!(rules.recognise("/a/keys/40+2.bin.x").kind, Kind::Key);
    assert_eq!(rules.recognise("/a/x40+2.bin").kind, Kind::Other, "a file's whole name must match");
    assert_eq!(rules.recognise("/a/tv/news@high/40+2.bin").entry, None, "^ is the path's beginning");
}

#[test]
fn the_first_rule_wins_wherever_it_matches() {
    let late = || entry("late", "/b/(?<entry>[a-z]+)");
    let early = || entry("early", "/a/(?<entry>[a-z]+)");
    for (rules, expected) in [(vec![late(), early()], "y"), (vec![early(), late()], "x")] {
        let rules = Rules::compile(&[set(rules, vec![])]).unwrap();
        assert_eq!(rules.recognise("/a/x/b/y").entry, Some(expected));
    }
    let own = set(vec![], vec![file("all", ".*", Kind::Thumbnail)]);
    assert_eq!(
        Rules::compile(&[own.clone(), kaltura()]).unwrap().recognise("/seg-1-v1.ts").kind,
        Kind::Thumbnail
    );
    assert_eq!(Rules::compile(&[kaltura(), own]).unwrap().recognise("/seg-1-v1.ts").kind, Kind::Segment);
}

#[test]
fn no_rules_recognise_nothing() {
    let rules = Rules::compile(&[]).unwrap();
    let target = rules.recognise("/vod/film/seg_1.ts");
    assert_eq!((target.kind, target.entry, target.segment), (Kind::Other, None, None));
}

#[test]
fn slices_never_split_a_character() {
    let rules = Rules::compile(&[set(vec![entry("byte", "/(?<entry>.)")], vec![])]).unwrap();
    assert_eq!(rules.recognise("/é").entry, None);
    assert_eq!(rules.recognise("/e").entry, Some("e"));
}

#[test]
fn faults_name_the_set_and_the_rule() {
    let start = "rule set `site`, rule `r`: ";
    for (fault, expected) in [
        (fault(vec![entry("r", "(?<entry>")], vec![]), "unclosed group"),
        (fault(vec![entry("r", "a)|(?<entry>b")], vec![]), "unopened group"),
        (fault(vec![entry("r", "(?<entry>(?=a))")], vec![]), "look-around"),
        (fault(vec![entry("r", "(?x)(?<entry>a) # b")], vec![]), "unclosed group"),
        (fault(vec![entry("r", "/vod/")], vec![]), "the group `entry` is missing"),
        (
            fault(vec![entry("r", "(?<entry>a)(?<segment>b)")], vec![]),
            "the group `segment` means nothing here",
        ),
        (
            fault(vec![], vec![file("r", "(?<entry>a)", Kind::Segment)]),
            "the group `entry` means nothing here",
        ),
        (
            fault(vec![], vec![file("r", "(?<number>a)", Kind::Segment)]),
            "the group `number` means nothing here",
        ),
        (fault(vec![], vec![file("r", "(?<segment>a)", Kind::Part)]), "the group `part` is missing"),
        (fault(vec![], vec![file("r", "(?<shift>a)", Kind::Segment)]), "the group `segment` is missing"),
        (
            fault(vec![], vec![file("r", &"a".repeat(MAX_PATTERN + 1), Kind::Other)]),
            "the pattern has 1025 bytes",
        ),
        (fault(vec![], vec![file("r", r"(?:a{1000}){1000}", Kind::Other)]), "an automaton that is too large"),
        (fault(vec![], vec![file("r", &"()".repeat(16), Kind::Other)]), "more than 15 groups"),
    ] {
        assert!(fault.starts_with(start) && fault.contains(expected), "{fault}");
    }
}

#[test]
fn sizes_are_bounded_together() {
    let many = (0..=MAX_RULES).map(|_| entry("r", "(?<entry>a)")).collect();
    assert!(matches!(Rules::compile(&[set(many, vec![])]), Err(RuleError::TooMany { sort: "entry", .. })));
    let large = (0..MAX_RULES).map(|_| file("r", "[a-f]{1000}", Kind::Other)).collect();
    let refused = Rules::compile(&[set(vec![], large)]);
    assert!(matches!(refused, Err(RuleError::TooLargeTogether { sort: "file", .. })), "{refused:?}");
}

#[test]
fn long_paths_are_not_looked_at() {
    let rules = Rules::builtin();
    let path = |length: usize| format!("/vod/film/{}/seg_1.ts", "a".repeat(length - 19));
    assert_eq!(rules.recognise(&path(media::url::MAX_PATH)).kind, Kind::Segment);
    assert_eq!(rules.recognise(&path(media::url::MAX_PATH + 1)).kind, Kind::Other);
}
