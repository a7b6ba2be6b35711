//! What a response says about caching (RFC 9111 section 5.2.2), as far as a shared cache obeys it.

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::directives::{delta_seconds, directives};

/// The response directives that a shared cache acts upon. Times are in seconds.
///
/// `public` lifts two restrictions, and neither matters here: on responses to requests with credentials, of
/// which the edge sends none (RFC 9111 section 3.5), and on heuristic freshness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the directives are independent of each other in the standard"
)]
pub struct CacheControl {
    /// `no-store`: keep nothing (section 5.2.2.5); see [`CacheControl::forbids_storing`].
    pub no_store: bool,
    /// `no-cache` without field names: validate before every use (section 5.2.2.4).
    pub no_cache: bool,
    /// `no-cache` with field names: those fields may not be used again without validation.
    pub no_cache_fields: Vec<HeaderName>,
    /// `private` without field names: not for a shared cache (section 5.2.2.7).
    pub private: bool,
    /// `private` with field names: those fields are not for a shared cache, the rest is.
    pub private_fields: Vec<HeaderName>,
    /// `must-revalidate`: never serve stale (section 5.2.2.2).
    pub must_revalidate: bool,
    /// `proxy-revalidate`: the same for shared caches (section 5.2.2.8).
    pub proxy_revalidate: bool,
    /// `must-understand`: store only what the cache knows the status of, then `no-store` is not meant
    /// (section 5.2.2.3).
    pub must_understand: bool,
    /// `public`: may be stored although something else forbids it (section 5.2.2.9).
    pub public: bool,
    /// `no-transform`: the body is to stay as it is (section 5.2.2.6).
    pub no_transform: bool,
    /// `immutable`: does not change while it is fresh (RFC 8246).
    pub immutable: bool,
    /// `max-age` (section 5.2.2.1).
    pub max_age: Option<u64>,
    /// `s-maxage`, before `max-age` for shared caches (section 5.2.2.10).
    pub s_maxage: Option<u64>,
    /// `stale-while-revalidate` (RFC 5861 section 3).
    pub stale_while_revalidate: Option<u64>,
    /// `stale-if-error` (RFC 5861 section 4).
    pub stale_if_error: Option<u64>,
}

impl CacheControl {
    /// Reads every Cache-Control field line, and nothing else: what counts for a response is
    /// [`CacheControl::governing`].
    ///
    /// Unknown directives are skipped. Of a directive that stands twice the stricter reading counts; a malformed
    /// number is 0, for what says a wrong lifetime is taken for stale (section 4.2.1); a list of names in which
    /// one is malformed counts as no list, which is stricter.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut control = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            for (name, argument) in directives(line.as_bytes()) {
                control.apply(name, argument);
            }
        }
        control
    }

    /// Whether nothing of a response with `status` may be stored: `no-store` holds unless `must-understand`
    /// stands beside it and the status is understood, `private` always.
    pub fn forbids_storing(&self, status: StatusCode) -> bool {
        self.private || self.no_store && !(self.must_understand && understands(status))
    }

    /// Whether a stale response may not be used without asking, whoever wishes it (section 4.2.4).
    pub fn forbids_stale(&self) -> bool {
        self.no_cache || self.must_revalidate || self.proxy_revalidate || self.s_maxage.is_some()
    }

    /// The lifetime that `s-maxage` or else `max-age` states (section 4.2.1).
    pub fn lifetime_seconds(&self) -> Option<u64> {
        self.s_maxage.or(self.max_age)
    }

    fn apply(&mut self, name: &[u8], argument: Option<&[u8]>) {
        let flag = match name.to_ascii_lowercase().as_slice() {
            b"no-store" => &mut self.no_store,
            b"no-cache" => return qualified(&mut self.no_cache, &mut self.no_cache_fields, argument),
            b"private" => return qualified(&mut self.private, &mut self.private_fields, argument),
            b"must-revalidate" => &mut self.must_revalidate,
            b"proxy-revalidate" => &mut self.proxy_revalidate,
            b"must-understand" => &mut self.must_understand,
            b"public" => &mut self.public,
            b"no-transform" => &mut self.no_transform,
            b"immutable" => &mut self.immutable,
            b"max-age" => return stricter(&mut self.max_age, argument),
            b"s-maxage" => return stricter(&mut self.s_maxage, argument),
            b"stale-while-revalidate" => return stricter(&mut self.stale_while_revalidate, argument),
            b"stale-if-error" => return stricter(&mut self.stale_if_error, argument),
            _ => return,
        };
        *flag = true;
    }
}

/// Whether the cache knows what a final status asks of it (RFC 9111 section 3): those of RFC 9110 but 206 and
/// 304, which say something about another response. Whoever combines parts treats 206 itself.
pub fn understands(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200..=205 | 300..=303 | 305 | 307 | 308 | 400..=417 | 421 | 422 | 426 | 500..=505)
}

/// Header field names between commas; `None` when one is malformed or there is none.
pub(crate) fn field_names(list: &[u8]) -> Option<Vec<HeaderName>> {
    let members = list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
    let names: Vec<_> = members.map(HeaderName::from_bytes).collect::<Result<_, _>>().ok()?;
    (!names.is_empty()).then_some(names)
}

/// With readable names only those fields are meant; else the whole response is.
fn qualified(whole: &mut bool, fields: &mut Vec<HeaderName>, argument: Option<&[u8]>) {
    match argument.and_then(field_names) {
        Some(names) => {
            for name in names {
                if !fields.contains(&name) {
                    fields.push(name);
                }
            }
        }
        None => *whole = true,
    }
}

fn stricter(slot: &mut Option<u64>, argument: Option<&[u8]>) {
    let value = argument.and_then(delta_seconds).unwrap_or(0);
    *slot = Some(slot.map_or(value, |old| old.min(value)));
}

#[cfg(test)]
mod tests;
