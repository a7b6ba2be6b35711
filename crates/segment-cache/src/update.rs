//! What a 304 or a HEAD says about a stored response (RFC 9111 sections 3.2, 4.3.3, 4.3.4 and 4.3.5).

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, LAST_MODIFIED, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName};

use crate::object::Validators;
use crate::validators::{EntityTag, has_strong_date};
use crate::withheld::Withheld;

/// What a stored body depends on: these fields change with it alone (section 3.2). The entity tag is among them: a
/// 304 that selects the stored response has the same one, and where the body was rewritten on the way, the stored
/// one is the edge's own.
const OF_THE_BODY: [HeaderName; 5] =
    [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, TRANSFER_ENCODING];

/// Whether a 304 is about the response that is stored under `stored`, the one that was asked about (section 4.3.4).
/// When it is not, it may update nothing, and the question has to be asked again without a condition.
///
/// - A strong validator in it selects what has the same strong one.
/// - With weak ones only, what has the same weak one.
/// - With none at all it can only be about the one that was asked about. The standard says so for stored responses
///   that have no validator either; origins that leave validators out of a 304 are common, and the question named
///   one version.
pub fn selects(stored: &Validators, update: &HeaderMap) -> bool {
    let stored_tag = stored.etag.as_ref().and_then(|tag| EntityTag::parse(tag.as_bytes()));
    let modified = update.get(LAST_MODIFIED);
    let same_date = modified.is_some() && modified == stored.last_modified.as_ref();
    match (EntityTag::of(update), stored_tag) {
        (Some(tag), Some(stored)) if tag.is_weak() => tag.is_weakly(&stored),
        (Some(tag), Some(stored)) => tag.is_strongly(&stored),
        (Some(tag), None) => same_date && (tag.is_weak() || has_strong_date(update)),
        (None, _) => modified.is_none() || same_date,
    }
}

/// Takes over the fields of a 304 (or of a HEAD's 200) that `passes` lets through: all replace what is stored, but
/// those that the body depends on and those that may not be [stored](Withheld).
///
/// A stored Date that is not replaced goes. It would be older than the validation, and what was renewed just now
/// would count as old.
pub fn apply(stored: &mut HeaderMap, update: &HeaderMap, passes: impl Fn(&HeaderName) -> bool) {
    let withheld = Withheld::of(update);
    stored.remove(DATE);
    for name in update.keys() {
        if !passes(name) || withheld.contains(name) || OF_THE_BODY.contains(name) {
            continue;
        }
        stored.remove(name);
        for value in update.get_all(name) {
            stored.append(name, value.clone());
        }
    }
}

/// Whether the head of a 200 to HEAD shows that a stored response is outdated (section 4.3.5): a validator or the
/// length that it states differs. `length` is that of the origin's body; `None` when it is not known any more, as
/// after rewriting.
///
/// When nothing differs, the head may update what is stored like a 304.
pub fn is_outdated(stored: &Validators, length: Option<u64>, head: &HeaderMap) -> bool {
    let differs = |name: HeaderName, stored: Option<&http::HeaderValue>| {
        head.get(name).is_some_and(|stated| Some(stated) != stored)
    };
    let stated = head.get(CONTENT_LENGTH).map(|stated| stated.to_str().ok()?.parse::<u64>().ok());
    let other_length = stated.zip(length).is_some_and(|(stated, length)| stated != Some(length));
    differs(ETAG, stored.etag.as_ref())
        || differs(LAST_MODIFIED, stored.last_modified.as_ref())
        || other_length
}

#[cfg(test)]
mod tests {
    use http::header::{CACHE_CONTROL, CONTENT_TYPE};
    use proptest::prelude::*;

    use super::*;

    const JAN_1: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
    const JAN_2: &str = "Fri, 02 Jan 2026 00:00:00 GMT";

    fn map(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn validators(etag: &str, modified: &str) -> Validators {
        let field = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Validators { etag: field(etag), last_modified: field(modified), strong: None }
    }

    #[test]
    fn a_304_selects_what_has_its_strongest_validator() {
        for (etag, modified, update, selected) in [
            ("\"a\"", JAN_1, &[(ETAG, "\"a\"")][..], true),
            ("\"a\"", JAN_1, &[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_2)], true),
            ("\"a\"", JAN_1, &[(ETAG, "\"b\""), (LAST_MODIFIED, JAN_1)], false),
            ("W/\"a\"", JAN_1, &[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1)], false),
            ("\"a\"", "", &[(ETAG, "W/\"a\"")], true),
            ("W/\"a\"", "", &[(ETAG, "W/\"a\"")], true),
            ("W/\"a\"", "", &[(ETAG, "W/\"b\"")], false),
            ("", JAN_1, &[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1)], false),
            ("", JAN_1, &[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1), (DATE, JAN_2)], true),
            ("", JAN_1, &[(ETAG, "W/\"a\""), (LAST_MODIFIED, JAN_1)], true),
            ("", JAN_1, &[(LAST_MODIFIED, JAN_1)], true),
            ("\"a\"", JAN_1, &[(LAST_MODIFIED, JAN_1)], true),
            ("\"a\"", JAN_1, &[(LAST_MODIFIED, JAN_2)], false),
            ("\"a\"", "", &[(LAST_MODIFIED, JAN_1)], false),
            ("", "", &[(ETAG, "\"a\"")], false),
            ("\"a\"", JAN_1, &[], true),
            ("", "", &[], true),
        ] {
            assert_eq!(
                selects(&validators(etag, modified), &map(update)),
                selected,
                "{etag} {modified} {update:?}"
            );
        }
    }

    #[test]
    fn an_update_replaces_all_but_what_the_body_depends_on() {
        let mut stored = map(&[
            (CONTENT_TYPE, "text/plain"),
            (CONTENT_LENGTH, "5"),
            (ETAG, "\"a-edge\""),
            (DATE, JAN_1),
            (CACHE_CONTROL, "max-age=1"),
            (CACHE_CONTROL, "public"),
        ]);
        let update = map(&[
            (CONTENT_TYPE, "video/mp4"),
            (CONTENT_LENGTH, "0"),
            (CONTENT_ENCODING, "gzip"),
            (CONTENT_RANGE, "bytes 0-1/2"),
            (ETAG, "\"a\""),
            (LAST_MODIFIED, JAN_2),
            (CACHE_CONTROL, "max-age=9, private=\"x-person\""),
            (HeaderName::from_static("x-person"), "somebody"),
            (http::header::SERVER, "x"),
        ]);
        apply(&mut stored, &update, |name| name != http::header::SERVER);
        let expected = map(&[
            (CONTENT_TYPE, "video/mp4"),
            (CONTENT_LENGTH, "5"),
            (ETAG, "\"a-edge\""),
            (LAST_MODIFIED, JAN_2),
            (CACHE_CONTROL, "max-age=9, private=\"x-person\""),
        ]);
        assert_eq!(stored, expected);
    }

    #[test]
    fn a_head_shows_what_is_outdated() {
        let stored = validators("\"a\"", JAN_1);
        let same = [(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1), (CONTENT_LENGTH, "5")];
        assert!(!is_outdated(&stored, Some(5), &map(&same)));
        assert!(!is_outdated(&stored, Some(5), &HeaderMap::new()));
        assert!(!is_outdated(&stored, None, &map(&[(CONTENT_LENGTH, "6")])));
        for other in [
            (ETAG, "W/\"a\""),
            (ETAG, "\"b\""),
            (LAST_MODIFIED, JAN_2),
            (CONTENT_LENGTH, "6"),
            (CONTENT_LENGTH, "x"),
        ] {
            assert!(is_outdated(&stored, Some(5), &map(std::slice::from_ref(&other))), "{other:?}");
        }
        assert!(is_outdated(&validators("", ""), Some(5), &map(&same)), "it has a tag now");
    }

    fn fields() -> impl Strategy<Value = HeaderMap> {
        let name = prop::sample::select(vec![
            CACHE_CONTROL,
            CONTENT_ENCODING,
            CONTENT_LENGTH,
            CONTENT_RANGE,
            CONTENT_TYPE,
            ETAG,
            LAST_MODIFIED,
        ]);
        prop::collection::vec((name, "[a-c]"), 0..8).prop_map(|fields| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
            map(&fields)
        })
    }

    proptest! {
        #[test]
        fn an_update_is_taken_over_once_and_leaves_the_body_alone(before in fields(), update in fields()) {
            let mut once = before.clone();
            apply(&mut once, &update, |_| true);
            let values = |headers: &HeaderMap, name: &HeaderName| {
                headers.get_all(name).iter().cloned().collect::<Vec<_>>()
            };
            for name in [CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED] {
                let replaced = !OF_THE_BODY.contains(&name) && update.contains_key(&name);
                let source = if replaced { &update } else { &before };
                prop_assert_eq!(values(&once, &name), values(source, &name));
            }
            let mut twice = once.clone();
            apply(&mut twice, &update, |_| true);
            prop_assert_eq!(twice, once);
        }
    }
}
