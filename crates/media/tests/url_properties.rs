//! Properties of recognition: it stands any text, its answers are slices of it, and URLs made by the grammar
//! of each family come apart into what they were made of.

use std::sync::LazyLock;

use media::pattern::MAX_NAME;
use media::url::{Kind, Rules};
use proptest::prelude::*;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// An entry ID of a Kaltura server.
fn kaltura_id() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]_[0-9a-z]{8}", "[0-9a-z]{10}", "_KMCLOGO[0-9]?"]
}

/// What stands after a segment's number.
fn selection() -> impl Strategy<Value = String> {
    prop_oneof!["f[1-9]-v1-a1", "v1(-x3)?", "a[1-3]", "s[a-z0-9]{1,3}-v1-a1", "f2-l(eng|deu)-a1"]
}

fn is_slice_of(part: &str, whole: &str) -> bool {
    let (part, whole) = (part.as_bytes().as_ptr_range(), whole.as_bytes().as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}

proptest! {
    #[test]
    fn any_text_is_recognised_as_something(
        text in "(/(p|e|sp|101|entryId|1_abcd2345|flavorId|live|vod|seg-[0-9]{1,21}-v1\\.ts|part-1-[0-9]{1,11}-s1\\.m4s|\\PC{0,70})|\\PC){0,12}"
    ) {
        let target = RULES.recognise(&text);
        for name in [target.entry, target.rendition].into_iter().flatten() {
            prop_assert!(is_slice_of(name, &text));
            prop_assert!((1..=MAX_NAME).contains(&name.len()));
        }
        if target.part.is_some() {
            prop_assert!(matches!(target.kind, Kind::Part | Kind::Captions));
        }
        if target.segment.is_some() {
            prop_assert!(matches!(target.kind, Kind::Segment | Kind::Part | Kind::Captions));
        }
    }

    #[test]
    fn kaltura_vod(
        protocol in "(hls|dash)(/container/fmp4/)?",
        id in kaltura_id(),
        number in 1..=u64::MAX,
        shift in prop::option::of(0..=u64::MAX),
        selection in selection(),
        between in "(/clipTo/[0-9]{1,6})?(/v/[0-9])?",
        flavor in prop::option::of("[01]_[0-9a-z]{8}"),
        dash: bool,
    ) {
        let flavors = flavor.clone().unwrap_or_else(|| "0_,aaaa,bbbb,".to_owned());
        let shifted = shift.map(|shift| format!("-i{shift}")).unwrap_or_default();
        let file = if dash { format!("fragment-{number}{shifted}-{selection}.m4s") } else { format!("seg-{number}{shifted}-{selection}.ts") };
        let url = format!("/{protocol}/p/101/sp/10100/serveFlavor/entryId/{id}{between}/flavorId/{flavors}/name/a.mp4/{file}");
        let target = RULES.recognise(&url);
        prop_assert_eq!(target.kind, Kind::Segment);
        prop_assert_eq!(target.entry, Some(id.as_str()));
        prop_assert_eq!(target.segment, number.checked_add(shift.unwrap_or(0)));
        prop_assert_eq!(target.rendition, Some(flavor.as_deref().unwrap_or(&selection)));
        prop_assert!(!target.live);
    }

    #[test]
    fn kaltura_live(
        id in kaltura_id(),
        number in 1..=u64::MAX,
        part in prop::option::of(1..=u32::MAX),
        stream in "s[0-9]{1,2}(-[vat])?",
        parameters in "(/sd/[0-9]{3,5})?/(type|tl)/(admin|user|main|viewer)(/st/[01])?(/ll/1)?(/container/fmp4/)?",
    ) {
        let file = match part {
            Some(part) => format!("part-{number}-{part}-{stream}.m4s"),
            None => format!("seg-{number}-{stream}.m4s"),
        };
        let url = format!("/p/101/e/{id}{parameters}/t/token/{file}");
        let target = RULES.recognise(&url);
        prop_assert_eq!(target.kind, if part.is_some() { Kind::Part } else { Kind::Segment });
        prop_assert_eq!((target.segment, target.part), (Some(number), part));
        prop_assert_eq!((target.entry, target.rendition, target.live), (Some(id.as_str()), Some(stream.as_str()), true));
    }

    #[test]
    fn generic_segments(
        mark in "vods?|videos?|entry|entryId|content|media|live|channels?",
        entry in "[A-Za-z0-9_-]{1,64}",
        name in "(seg|segment|chunk|fileSequence|video|h264_360p|film_dash)[-_]",
        number: u64,
        width in 0..21usize,
        ending in "ts|m4s|cmfv",
    ) {
        // An entry that is itself a mark leads to the next component.
        prop_assume!(!["live", "channel", "channels"].contains(&entry.as_str()));
        let url = format!("/{mark}/{entry}/720p/{name}{number:0width$}.{ending}");
        let target = RULES.recognise(&url);
        prop_assert_eq!(target.kind, Kind::Segment);
        prop_assert_eq!(target.entry, Some(entry.as_str()));
        prop_assert_eq!((target.segment, target.rendition), (Some(number), Some("720p")));
        prop_assert_eq!(target.live, mark == "live" || mark.starts_with("channel"));
    }

    #[test]
    fn names_that_are_too_long_are_none(extra in 1..40usize) {
        let entry = "e".repeat(MAX_NAME + extra);
        let url = format!("/vod/{entry}/seg_1.ts");
        let target = RULES.recognise(&url);
        prop_assert_eq!((target.kind, target.entry, target.segment), (Kind::Segment, None, Some(1)));
    }
}
