//! The Cache-Control field (RFC 9111 section 5.2), as far as a shared cache obeys it.

use http::HeaderMap;
use http::header::CACHE_CONTROL;

/// The response directives that a shared cache acts upon. Times are in seconds.
///
/// `no-cache` and `private` with field names are read as if they had none, which stores less but
/// never too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the directives are independent of each other in the standard"
)]
pub struct CacheControl {
    /// `no-store`: keep nothing.
    pub no_store: bool,
    /// `no-cache`: validate before every use.
    pub no_cache: bool,
    /// `private`: not for a shared cache.
    pub private: bool,
    /// `must-revalidate` or `proxy-revalidate`: never serve stale.
    pub must_revalidate: bool,
    /// `max-age`.
    pub max_age: Option<u64>,
    /// `s-maxage`, before `max-age` for shared caches.
    pub s_maxage: Option<u64>,
    /// `stale-while-revalidate` (RFC 5861 section 3).
    pub stale_while_revalidate: Option<u64>,
    /// `stale-if-error` (RFC 5861 section 4).
    pub stale_if_error: Option<u64>,
}

impl CacheControl {
    /// Reads every Cache-Control field line. Unknown directives are skipped; of a directive that
    /// stands twice the stricter reading counts.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut control = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            for (name, argument) in directives(line.as_bytes()) {
                control.apply(name, argument);
            }
        }
        control
    }

    fn apply(&mut self, name: &[u8], argument: Option<&[u8]>) {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("no-store") {
            self.no_store = true;
        } else if is("no-cache") {
            self.no_cache = true;
        } else if is("private") {
            self.private = true;
        } else if is("must-revalidate") || is("proxy-revalidate") {
            self.must_revalidate = true;
        } else if is("max-age") {
            stricter(&mut self.max_age, argument);
        } else if is("s-maxage") {
            stricter(&mut self.s_maxage, argument);
        } else if is("stale-while-revalidate") {
            stricter(&mut self.stale_while_revalidate, argument);
        } else if is("stale-if-error") {
            stricter(&mut self.stale_if_error, argument);
        }
    }
}

/// An unreadable number counts as 0 (RFC 9111 section 4.2.1 asks to treat it as stale), one beyond
/// 2^31 as 2^31 (section 1.2.2).
fn stricter(slot: &mut Option<u64>, argument: Option<&[u8]>) {
    const MAX_SECONDS: u64 = 1 << 31;
    let digits = argument.unwrap_or_default();
    let value = if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        0
    } else {
        digits.iter().fold(0, |sum: u64, digit| (sum * 10 + u64::from(digit - b'0')).min(MAX_SECONDS))
    };
    *slot = Some(slot.map_or(value, |old| old.min(value)));
}

/// Splits at commas outside quoted strings; a quoted argument comes without its quotes.
fn directives(line: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let mut escaped = false;
        let end = rest.iter().position(|&byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' if !quoted => return true,
                _ => {}
            }
            false
        });
        let (one, after) = match end {
            Some(comma) => (&rest[..comma], &rest[comma + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = after;
        let (name, argument) = match one.iter().position(|&byte| byte == b'=') {
            Some(equals) => (&one[..equals], Some(unquoted(one[equals + 1..].trim_ascii()))),
            None => (one, None),
        };
        Some((name.trim_ascii(), argument))
    })
}

fn unquoted(argument: &[u8]) -> &[u8] {
    argument.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&'static str]) -> CacheControl {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CACHE_CONTROL, line.parse().unwrap());
        }
        CacheControl::of(&headers)
    }

    #[test]
    fn directives_are_read_in_any_case_and_over_several_lines() {
        let control = parse(&["Public, MAX-AGE=60", "s-maxage = \"30\" ,stale-if-error=5"]);
        assert_eq!(control.max_age, Some(60));
        assert_eq!(control.s_maxage, Some(30));
        assert_eq!(control.stale_if_error, Some(5));
        assert!(!control.no_store);
    }

    #[test]
    fn a_comma_inside_quotes_splits_nothing() {
        let control = parse(&[r#"private="set-cookie, no-store", max-age=1, ext="a\", no-cache""#]);
        assert!(control.private);
        assert!(!control.no_store);
        assert!(!control.no_cache);
        assert_eq!(control.max_age, Some(1));
    }

    #[test]
    fn the_stricter_of_two_ages_counts_and_garbage_is_stale() {
        assert_eq!(parse(&["max-age=60, max-age=10"]).max_age, Some(10));
        assert_eq!(parse(&["max-age=ten"]).max_age, Some(0));
        assert_eq!(parse(&["max-age=-1"]).max_age, Some(0));
        assert_eq!(parse(&["max-age=99999999999999999999999"]).max_age, Some(1 << 31));
    }
}
