//! The name of the header field that states a viewer's internal address.

use std::str::FromStr;

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of a header field that no standard gives a meaning, such as `X-Internal-Address`; case does not count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct InternalAddressField(HeaderName);

/// Fields that mean something else. Clients, proxies and the edge's own library write or remove them.
const TAKEN: [&str; 26] = [
    "age",
    "alt-used",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "cookie",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Families of such fields.
const TAKEN_FAMILIES: [&str; 8] =
    ["accept", "access-control-", "cmcd-", "content-", "if-", "proxy-", "sec-", "x-forwarded-"];

impl InternalAddressField {
    /// The name, in lower case.
    pub fn name(&self) -> &HeaderName {
        &self.0
    }
}

impl FromStr for InternalAddressField {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = HeaderName::from_str(text).map_err(|_| {
            format!("`{text}` is not the name of a header field; write one such as `X-Internal-Address`")
        })?;
        let lower = name.as_str();
        if TAKEN.contains(&lower) || TAKEN_FAMILIES.iter().any(|family| lower.starts_with(family)) {
            return Err(format!(
                "`{text}` is a header field with another meaning; write one of your own, such as `X-Internal-Address`"
            ));
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for InternalAddressField {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<InternalAddressField> for String {
    fn from(field: InternalAddressField) -> Self {
        field.0.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_ones_own_is_taken_and_no_other() {
        let field: InternalAddressField = "X-Internal-Address".parse().unwrap();
        assert_eq!(field.name().as_str(), "x-internal-address");
        for bad in ["", "X Internal", "x:y", "größe", "a\r\nb"] {
            let error = bad.parse::<InternalAddressField>().unwrap_err();
            assert!(error.contains("is not the name of a header field"), "{error}");
        }
        for taken in [
            "Host",
            "cookie",
            "X-Forwarded-For",
            "Forwarded",
            "Content-Length",
            "If-None-Match",
            "Accept-Language",
            "Sec-Fetch-Site",
            "Proxy-Authorization",
        ] {
            let error = taken.parse::<InternalAddressField>().unwrap_err();
            assert!(error.contains("another meaning"), "{taken}: {error}");
        }
    }
}
