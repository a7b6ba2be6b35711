//! Where URIs stand in an MPD.

use quick_xml::events::attributes::Attribute;
use quick_xml::name::{LocalName, NamespaceResolver, ResolveResult};

const XLINK_NAMESPACE: &str = "http://www.w3.org/1999/xlink";

/// What an attribute holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    /// One URI, or the template of one.
    Uri,
    /// Several URIs with blanks between them.
    Uris,
}

/// Whether an element's text is a URI.
pub(super) fn is_uri_element(name: LocalName<'_>) -> bool {
    matches!(name.into_inner(), "BaseURL" | "Location" | "PatchLocation" | "ContentSteering")
}

/// What an attribute of an element of the MPD's namespace holds, if it is URIs.
///
/// `over_http` says whether the element's `schemeIdUri` is one of clock synchronisation over HTTP.
pub(super) fn holds(
    element: LocalName<'_>,
    attribute: &Attribute<'_>,
    names: &NamespaceResolver,
    over_http: bool,
) -> Option<Holds> {
    let (namespace, name) = names.resolve_attribute(attribute.key);
    if let ResolveResult::Bound(namespace) = namespace {
        return (namespace.into_inner() == XLINK_NAMESPACE && name.into_inner() == "href")
            .then_some(Holds::Uri);
    }
    match (element.into_inner(), attribute.key.into_inner()) {
        ("SegmentTemplate", "media" | "initialization" | "index" | "bitstreamSwitching")
        | ("SegmentURL", "media" | "index")
        | ("Initialization" | "RepresentationIndex" | "BitstreamSwitching", "sourceURL") => Some(Holds::Uri),
        ("UTCTiming", "value") if over_http => Some(Holds::Uris),
        _ => None,
    }
}

/// Whether a `schemeIdUri` of `UTCTiming` says that its value lists HTTP URLs (ISO/IEC 23009-1, 5.8.4.11).
pub(super) fn is_clock_over_http(scheme: &str) -> bool {
    scheme.starts_with("urn:mpeg:dash:utc:http-")
}
