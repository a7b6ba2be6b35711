//! The directives of responses and requests against a reader that goes byte by byte and looks each name up in the
//! list of what it found.
#![no_main]

use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use segment_cache::Wish;
use segment_cache::cache_control::CacheControl;

const MAX: u128 = 1 << 31;

fuzz_target!(|text: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in text.split(|&byte| byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else { return };
        headers.append(CACHE_CONTROL, line);
    }
    let members: Vec<Member> =
        headers.get_all(CACHE_CONTROL).iter().flat_map(|line| members(line.as_bytes())).collect();
    check_response(&CacheControl::of(&headers), &members);
    check_request(&Wish::of(&headers), &members);
});

fn check_response(control: &CacheControl, members: &[Member]) {
    for (name, found) in [
        ("no-store", control.no_store),
        ("must-revalidate", control.must_revalidate),
        ("proxy-revalidate", control.proxy_revalidate),
        ("must-understand", control.must_understand),
        ("public", control.public),
        ("no-transform", control.no_transform),
        ("immutable", control.immutable),
    ] {
        assert_eq!(found, members.iter().any(|member| member.name == name), "{name}");
    }
    for (name, found) in [
        ("max-age", control.max_age),
        ("s-maxage", control.s_maxage),
        ("stale-while-revalidate", control.stale_while_revalidate),
        ("stale-if-error", control.stale_if_error),
    ] {
        let least = named(members, name).map(|argument| argument.and_then(number).unwrap_or(0)).min();
        assert_eq!(found.map(u128::from), least, "{name}");
    }
    for (name, whole, fields) in [
        ("no-cache", control.no_cache, &control.no_cache_fields),
        ("private", control.private, &control.private_fields),
    ] {
        let lists: Vec<_> = named(members, name).map(|argument| argument.and_then(names)).collect();
        assert_eq!(whole, lists.iter().any(Option::is_none), "{name}");
        let all: Vec<&HeaderName> = lists.iter().flatten().flatten().collect();
        assert!(
            all.iter().all(|name| fields.contains(name)) && fields.iter().all(|name| all.contains(&name))
        );
    }
}

fn check_request(wish: &Wish, members: &[Member]) {
    for (name, found) in
        [("no-cache", wish.no_cache), ("no-store", wish.no_store), ("only-if-cached", wish.only_if_cached)]
    {
        assert_eq!(found, members.iter().any(|member| member.name == name), "{name}");
    }
    let seconds = |time: Duration| if time == Duration::MAX { u128::MAX } else { u128::from(time.as_secs()) };
    let numbers = |name, malformed| {
        named(members, name).map(move |argument| argument.and_then(number).unwrap_or(malformed))
    };
    assert_eq!(wish.max_age.map(seconds), numbers("max-age", 0).min());
    assert_eq!(wish.min_fresh.map(seconds), numbers("min-fresh", MAX).max());
    let stale = named(members, "max-stale").map(|argument| match argument {
        None => u128::MAX,
        Some(argument) => number(argument).unwrap_or(0),
    });
    assert_eq!(wish.max_stale.map(seconds), stale.min());
    let costless = wish.without_reload();
    assert_eq!((costless.max_stale, costless.only_if_cached), (wish.max_stale, wish.only_if_cached));
    assert!(
        costless.max_age.is_none()
            && costless.min_fresh.is_none()
            && !costless.no_cache
            && !costless.no_store
    );
}

struct Member {
    name: String,
    argument: Option<Vec<u8>>,
}

fn named<'m>(members: &'m [Member], name: &'m str) -> impl Iterator<Item = Option<&'m [u8]>> {
    members.iter().filter(move |member| member.name == name).map(|member| member.argument.as_deref())
}

/// Byte by byte, with everything copied.
fn members(line: &[u8]) -> Vec<Member> {
    let (mut texts, mut quoted, mut escaped) = (vec![Vec::new()], false, false);
    for &byte in line {
        if byte == b',' && !quoted {
            texts.push(Vec::new());
            continue;
        }
        if !escaped && byte == b'"' {
            quoted = !quoted;
        }
        escaped = !escaped && quoted && byte == b'\\';
        texts.last_mut().expect("never empty").push(byte);
    }
    texts.iter().map(|text| member(text)).collect()
}

fn member(text: &[u8]) -> Member {
    let mut halves = text.splitn(2, |&byte| byte == b'=');
    let name = halves.next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let argument = halves.next().map(|argument| {
        let argument = argument.trim_ascii();
        match argument {
            [b'"', inner @ .., b'"'] => inner.to_vec(),
            _ => argument.to_vec(),
        }
    });
    Member { name: String::from_utf8_lossy(&name).into_owned(), argument }
}

fn number(digits: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(digits).ok()?;
    if text.is_empty() || text.contains(|digit: char| !digit.is_ascii_digit()) {
        return None;
    }
    // Too long for 128 bits is certainly more than the bound.
    Some(text.parse().unwrap_or(MAX).min(MAX))
}

fn names(list: &[u8]) -> Option<Vec<HeaderName>> {
    let text = std::str::from_utf8(list).ok()?;
    let mut names = Vec::new();
    for name in text.split(',').map(|name| name.trim_matches([' ', '\t'])).filter(|name| !name.is_empty()) {
        names.push(name.parse().ok()?);
    }
    (!names.is_empty()).then_some(names)
}
