//! Range and Content-Range against plain arithmetic with more bits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment_cache::content_range::ContentRange;
use segment_cache::range::ByteRange;

fuzz_target!(|text: &[u8]| {
    let mut lines = text.splitn(3, |&byte| byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (length, range, content_range) = (line(), line(), line());
    let length = std::str::from_utf8(length).ok().and_then(|length| length.parse().ok());
    check_range(range, length.unwrap_or(1000));
    check_content_range(content_range);
});

fn check_range(field: &[u8], length: u64) {
    let naive = naive_range(field);
    let range = ByteRange::parse(field);
    assert_eq!(range.is_some(), naive.is_some(), "{field:?}");
    let (Some(range), Some((first, last))) = (range, naive) else { return };
    let length = u128::from(length);
    let (start, end) = match (first, last) {
        (Some(first), last) => (first, last.map_or(length, |last| last + 1).min(length)),
        (None, count) => (length.saturating_sub(count.unwrap_or(0)), length),
    };
    let expected = (start < end).then_some((start, end));
    let found = range.within(length as u64).ok().map(|(start, end)| (u128::from(start), u128::from(end)));
    assert_eq!(found, expected, "{field:?} of {length}");
}

/// First and last byte as they are written; numbers are held at the largest of 64 bits.
fn naive_range(field: &[u8]) -> Option<(Option<u128>, Option<u128>)> {
    let text = std::str::from_utf8(field).ok()?;
    let (unit, set) = text.split_once('=')?;
    let (first, last) = set.trim_matches([' ', '\t', '\r', '\n', '\x0c']).split_once('-')?;
    let number = |text: &str| match text {
        "" => Some(None),
        text if text.contains(|digit: char| !digit.is_ascii_digit()) => None,
        text => Some(Some(text.parse::<u128>().unwrap_or(u128::MAX).min(u64::MAX.into()))),
    };
    let (first, last) = (number(first)?, number(last)?);
    let is_sound = match (first, last) {
        (None, None) => false,
        (Some(first), Some(last)) => first <= last,
        _ => true,
    };
    (is_sound && unit.eq_ignore_ascii_case("bytes")).then_some((first, last))
}

fn check_content_range(field: &[u8]) {
    match ContentRange::parse(field) {
        Ok(ContentRange::Part { start, end, complete }) => {
            assert!(start < end && complete.is_none_or(|complete| end <= complete));
            let complete = complete.map_or("*".into(), |complete| complete.to_string());
            assert_eq!(normal(field), format!("bytes {start}-{}/{complete}", end - 1));
        }
        Ok(ContentRange::Unsatisfied { complete }) => {
            assert_eq!(normal(field), format!("bytes */{complete}"))
        }
        // What would be written like this is never refused.
        Err(_) => assert!(!is_sound(&normal(field)), "{field:?}"),
    }
}

/// The text as it would be written: lower case, without space around it and zeros before numbers.
fn normal(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field.trim_ascii()).to_ascii_lowercase();
    let mut out = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let after_digit = out.ends_with(|last: char| last.is_ascii_digit());
        let before_digit = letters.get(index + 1).is_some_and(char::is_ascii_digit);
        if !(*letter == '0' && !after_digit && before_digit) {
            out.push(*letter);
        }
    }
    out
}

fn is_sound(text: &str) -> bool {
    let Some((range, complete)) = text.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let digits = |text: &str| text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
    if range == "*" {
        return digits(complete).is_some();
    }
    let Some((first, last)) = range.split_once('-') else { return false };
    match (digits(first), digits(last), digits(complete)) {
        (Some(first), Some(last), Some(complete)) => first <= last && last < complete,
        (Some(first), Some(last), None) => complete == "*" && first <= last && last < u64::MAX,
        _ => false,
    }
}
