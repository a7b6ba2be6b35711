//! Which field governs a response: one that is aimed at caches like this one, or Cache-Control (RFC 9213).
//!
//! A targeted field is a structured field, whose errors are handled otherwise than those of Cache-Control: one
//! error, and the whole field counts as absent. So it has a reader of its own.

use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use crate::cache_control::{CacheControl, field_names};
use crate::directives::MAX_SECONDS;

/// Aimed at this cache alone.
pub const SPOKECAST_CACHE_CONTROL: HeaderName = HeaderName::from_static("spokecast-cache-control");

/// Aimed at every delivery network (RFC 9213 section 3).
pub const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// The fields that are aimed at this cache, the most particular first (RFC 9213 section 2.2).
pub const TARGETS: [HeaderName; 2] = [SPOKECAST_CACHE_CONTROL, CDN_CACHE_CONTROL];

/// The directives that count for a response, and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Governing {
    /// The directives.
    pub control: CacheControl,
    /// They come from a targeted field: Cache-Control and Expires are to be ignored.
    pub targeted: bool,
}

impl CacheControl {
    /// The directives that count for a response: those of the first of [`TARGETS`] that is valid and not empty,
    /// else those of Cache-Control.
    pub fn governing(headers: &HeaderMap) -> Governing {
        let targeted = TARGETS.iter().find_map(|name| {
            let lines = headers.get_all(name);
            lines.iter().next()?;
            parse(lines)
        });
        match targeted {
            Some(control) => Governing { control, targeted: true },
            None => Governing { control: Self::of(headers), targeted: false },
        }
    }
}

/// Reads one field from all of its lines; `None` when it is empty or in any way invalid. Of a directive that
/// stands twice the last one counts, as in every structured field.
fn parse<'v>(lines: impl IntoIterator<Item = &'v HeaderValue>) -> Option<CacheControl> {
    let lines: Vec<&[u8]> = lines.into_iter().map(HeaderValue::as_bytes).collect();
    let dictionary: Dictionary = Parser::new(&lines.join(&b", "[..])).parse().ok()?;
    if dictionary.is_empty() {
        return None;
    }
    let mut control = CacheControl::default();
    for (name, value) in &dictionary {
        // Parameters are to be ignored (RFC 9213 section 2.1).
        let value = match value {
            ListEntry::Item(item) => Some(&item.bare_item),
            ListEntry::InnerList(_) => None,
        };
        control.apply_item(name.as_str(), value)?;
    }
    Some(control)
}

impl CacheControl {
    /// Takes over one member; `None` when its value has a type or range that the directive cannot have.
    fn apply_item(&mut self, name: &str, value: Option<&BareItem>) -> Option<()> {
        match name {
            "no-store" => self.no_store = flag(value)?,
            "no-cache" => (self.no_cache, self.no_cache_fields) = qualified(value)?,
            "private" => (self.private, self.private_fields) = qualified(value)?,
            "must-revalidate" => self.must_revalidate = flag(value)?,
            "proxy-revalidate" => self.proxy_revalidate = flag(value)?,
            "must-understand" => self.must_understand = flag(value)?,
            "public" => self.public = flag(value)?,
            "no-transform" => self.no_transform = flag(value)?,
            "immutable" => self.immutable = flag(value)?,
            "max-age" => self.max_age = Some(seconds(value)?),
            "s-maxage" => self.s_maxage = Some(seconds(value)?),
            "stale-while-revalidate" => self.stale_while_revalidate = Some(seconds(value)?),
            "stale-if-error" => self.stale_if_error = Some(seconds(value)?),
            _ => {}
        }
        Some(())
    }
}

/// A directive without an argument is true and nothing else.
fn flag(value: Option<&BareItem>) -> Option<bool> {
    matches!(value, Some(BareItem::Boolean(true))).then_some(true)
}

fn seconds(value: Option<&BareItem>) -> Option<u64> {
    match value {
        Some(BareItem::Integer(seconds)) => {
            u64::try_from(i64::from(*seconds)).ok().map(|seconds| seconds.min(MAX_SECONDS))
        }
        _ => None,
    }
}

/// Whether the whole response is meant, or else which fields. Names that cannot be read are a string all the
/// same: as in Cache-Control they mean the whole response.
fn qualified(value: Option<&BareItem>) -> Option<(bool, Vec<HeaderName>)> {
    match value {
        Some(BareItem::Boolean(true)) => Some((true, Vec::new())),
        Some(BareItem::String(names)) => {
            let names = field_names(names.as_str().as_bytes()).unwrap_or_default();
            Some((names.is_empty(), names))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::header::CACHE_CONTROL;
    use proptest::prelude::*;

    use super::*;

    fn governing(fields: &[(&'static str, &str)]) -> Governing {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        CacheControl::governing(&headers)
    }

    fn max_age(fields: &[(&'static str, &str)]) -> (bool, Option<u64>) {
        let governing = governing(fields);
        (governing.targeted, governing.control.max_age)
    }

    const PLAIN: (&str, &str) = ("cache-control", "max-age=1");

    #[test]
    fn the_most_particular_field_governs() {
        let (cdn, ours) = (("cdn-cache-control", "max-age=2"), ("spokecast-cache-control", "max-age=3"));
        assert_eq!(max_age(&[PLAIN]), (false, Some(1)));
        assert_eq!(max_age(&[PLAIN, cdn]), (true, Some(2)));
        assert_eq!(max_age(&[PLAIN, cdn, ours]), (true, Some(3)));
        // Nothing of the others is mixed in.
        let governing = governing(&[("cache-control", "no-store"), ("cdn-cache-control", "public")]);
        assert!(governing.control.public && !governing.control.no_store);
    }

    #[test]
    fn a_field_with_an_error_counts_as_absent() {
        for bad in [
            "",
            " ",
            "max-age=ten",
            "max-age=\"10\"",
            "max-age=10.0",
            "max-age=-1",
            "max-age",
            "max-age=(1 2)",
            "max-age=1000000000000000",
            "MAX-AGE=10",
            "max-age=10,",
            "max-age=10, ,public",
            "max-age = 10",
            "no-store=?0",
            "no-store=yes, max-age=10",
            "private=set-cookie",
            "max-age=10, no-cache=?0",
        ] {
            assert_eq!(max_age(&[PLAIN, ("cdn-cache-control", bad)]), (false, Some(1)), "{bad}");
        }
        // The next one on the list is asked before Cache-Control.
        let fields = [PLAIN, ("spokecast-cache-control", "max-age=ten"), ("cdn-cache-control", "max-age=2")];
        assert_eq!(max_age(&fields), (true, Some(2)));
    }

    #[test]
    fn several_lines_are_one_dictionary_and_the_last_of_a_directive_counts() {
        let lines =
            [("cdn-cache-control", "max-age=9, public"), ("cdn-cache-control", "max-age=4;ext=1, x-y=(a)")];
        assert_eq!(max_age(&lines), (true, Some(4)));
        assert_eq!(max_age(&[lines[0], ("cdn-cache-control", "")]), (false, None), "one bad line spoils it");
    }

    #[test]
    fn names_stand_in_a_string() {
        let control =
            governing(&[("cdn-cache-control", "private=\"x-a, x-b\", no-cache, max-age=99999999999")])
                .control;
        assert!(!control.private && control.no_cache);
        assert_eq!(control.private_fields, ["x-a", "x-b"]);
        assert_eq!(control.max_age, Some(MAX_SECONDS));
        assert!(governing(&[("cdn-cache-control", "private=\"x a\"")]).control.private);
    }

    proptest! {
        /// What is well formed as a structured field means the same in Cache-Control.
        #[test]
        fn both_readers_agree_on_what_both_accept(
            flags in prop::sample::subsequence(vec!["no-store", "no-cache", "public", "immutable", "must-understand"], 0..5),
            max_age: Option<u32>,
            s_maxage: Option<u32>,
        ) {
            let mut members: Vec<String> = flags.iter().map(ToString::to_string).collect();
            members.extend(max_age.map(|seconds| format!("max-age={seconds}")));
            members.extend(s_maxage.map(|seconds| format!("s-maxage={seconds}")));
            let text = members.join(", ");
            let targeted = governing(&[("cdn-cache-control", &text)]);
            let plain = governing(&[("cache-control", &text)]);
            prop_assert_eq!(targeted.targeted, !members.is_empty());
            prop_assert_eq!(targeted.control, plain.control);
        }

        #[test]
        fn any_value_is_read_or_ignored(value in prop::collection::vec(32_u8..=255, 0..60)) {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, "max-age=7".parse().unwrap());
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(&TARGETS[0], value);
            }
            let governing = CacheControl::governing(&headers);
            prop_assert!(governing.targeted || governing.control.max_age == Some(7));
        }
    }
}
