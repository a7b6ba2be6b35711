//! Requests that came as compressed fields, over HTTP/2 or HTTP/3: what they are to the quick way, and to the long one.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_framing::fields::Fields;
use http_framing::priority::Priority;
use http_framing::request::RequestHead;

use super::quick::{Field, Plain};
use crate::asker::Asker;
use crate::config::Proxies;

/// Manifests go before segments (RFC 9218 section 4.1): a player waits for them to know what to ask for.
pub(in crate::serve) const URGENCY_OF_MANIFESTS: u8 = 1;

/// The body's length that the request announces; `Err` when it says two things.
pub(in crate::serve) fn announced(request: &RequestHead<'_>) -> Result<Option<u64>, ()> {
    let mut announced = None;
    for (name, value) in request.fields() {
        if name == CONTENT_LENGTH.as_str() {
            let digits =
                std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let length = digits.and_then(|digits| digits.parse().ok()).ok_or(())?;
            if announced.replace(length).is_some_and(|before| before != length) {
                return Err(());
            }
        }
    }
    Ok(announced)
}

/// What the viewer says of how urgent it is.
pub(in crate::serve) fn priority(request: &RequestHead<'_>) -> Option<Priority> {
    request.fields().find(|(name, _)| *name == "priority").map(|(_, value)| Priority::parse(value))
}

/// The request, where it is plain.
pub(in crate::serve) fn plain<'f>(request: &RequestHead<'f>, fields: &Fields) -> Option<Plain<'f>> {
    if request.method != "GET" || !request.path.starts_with('/') || request.authority.is_empty() {
        return None;
    }
    let mut selects = HeaderMap::new();
    for (name, value) in request.fields() {
        match Field::named(name.as_bytes()) {
            Field::Selects(name) => {
                selects.append(name.clone(), HeaderValue::from_bytes(value).ok()?);
            }
            Field::Matters => return None,
            Field::Other => {}
        }
    }
    let length = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    Some(Plain { target: request.path, host: request.authority.as_bytes(), selects, length })
}

/// What a trusted proxy says of who asks.
pub(in crate::serve) fn said_of_asker(request: &RequestHead<'_>, proxies: &Proxies) -> HeaderMap {
    let mut said = HeaderMap::new();
    for (name, value) in request.fields() {
        let known = Asker::fields(proxies).find(|known| known.as_str() == name);
        if let (Some(name), Ok(value)) = (known, HeaderValue::from_bytes(value)) {
            said.append(name, value);
        }
    }
    said
}

/// The request as the long way takes it.
pub(in crate::serve) fn request<B>(
    head: &RequestHead<'_>,
    version: Version,
    body: B,
) -> Result<Request<B>, http::Error> {
    let mut uri = Uri::builder().path_and_query(head.path);
    if !head.authority.is_empty() {
        uri = uri.scheme(head.scheme).authority(head.authority);
    }
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(head.method.as_bytes())?;
    *request.uri_mut() = uri.build()?;
    *request.version_mut() = version;
    for (name, value) in head.fields() {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        request.headers_mut().append(name, HeaderValue::from_bytes(value)?);
    }
    Ok(request)
}

/// Whether these are the fields of a playlist or an MPD: the media types of RFC 8216 section 10 and ISO/IEC 23009-1 annex C.
pub(in crate::serve) fn are_of_manifest(fields: &HeaderMap) -> bool {
    const TYPES: [&str; 5] = [
        "application/vnd.apple.mpegurl",
        "application/x-mpegurl",
        "audio/mpegurl",
        "audio/x-mpegurl",
        "application/dash+xml",
    ];
    let media_type = fields.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    TYPES.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(essence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_their_media_types() {
        let of = |text: &'static str| {
            are_of_manifest(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]))
        };
        assert!(of("application/vnd.apple.mpegurl") && of("Application/DASH+XML; charset=utf-8"));
        assert!(!of("video/mp4") && !of("application/dash") && !of(""));
        assert!(!are_of_manifest(&HeaderMap::new()));
    }
}
