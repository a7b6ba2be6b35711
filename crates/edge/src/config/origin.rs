//! Where misses are filled from.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::Period;

/// An origin CDN.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Origin {
    /// What metrics and logs call it.
    #[serde(default = "default_name")]
    pub name: String,
    /// Scheme, host and perhaps port: `https://cdn.example.com`. No path.
    pub url: OriginUrl,
    /// Host names for which viewers ask this edge when they mean this origin (`Host`). Unknown names
    /// mean the first origin.
    #[serde(default)]
    pub hosts: Vec<Authority>,
    /// Other hosts whose absolute URLs in manifests lead to the same content.
    #[serde(default)]
    pub aliases: Vec<Authority>,
    /// Hosts that relay paths (`/kVOD/<host>/…`) may name to mean this origin. Empty: no relay to it.
    #[serde(default)]
    pub relay_hosts: Vec<Authority>,
    /// Query parameters that name the content: sent to the origin, and part of the cache key. All
    /// others are dropped; one that tells about the viewer (`ks`, `Policy`, `CMCD`, …) is refused here.
    #[serde(default = "default_query")]
    pub query: Vec<String>,
    /// Query parameters that the origin demands but that do not change the content: sent with a fill,
    /// not part of the cache key. Whoever reaches the edge then gets what is cached without one.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// Methods besides GET, HEAD and OPTIONS that are passed on to this origin, with body and media type; an
    /// answer to them is stored nowhere, and what was stored of the object is forgotten. Others get 405.
    #[serde(default)]
    pub methods: Vec<PassedMethod>,
    /// Redirects that the edge follows itself, as long as they lead to a host of a configured origin; others,
    /// and those of manifests, are passed on to the viewer.
    #[serde(default = "default_max_redirects")]
    pub max_redirects: u32,
    /// How often the rest of one answer is asked for when the origin cuts it off or stalls, where a strong
    /// validator makes sure that it is the same object.
    #[serde(default = "default_max_resumes")]
    pub max_resumes: u32,
    /// PEM file of certificate authorities to trust for this origin, in place of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// PEM file with a certificate that the edge shows to this origin, a hub that knows its edges by them, and behind it
    /// those that vouch for it.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the private key of `certificate-file`; nobody but its owner may be able to read it.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// Requests to this origin at a time.
    #[serde(default = "default_max_requests")]
    pub max_requests: usize,
    /// Requests that may wait for their turn; one more gets 503.
    #[serde(default = "default_max_waiting")]
    pub max_waiting: usize,
    /// Time for a connection to be made.
    #[serde(default = "default_connect_timeout")]
    pub connect_timeout: Period,
    /// Time from asking until the head of the answer is there, waiting for a turn included.
    #[serde(default = "default_first_byte_timeout")]
    pub first_byte_timeout: Period,
    /// Time without a byte after which an answer counts as cut off.
    #[serde(default = "default_stall_timeout")]
    pub stall_timeout: Period,
}

/// A method that changes something, and may be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PassedMethod {
    /// `POST`.
    #[serde(rename = "POST")]
    Post,
    /// `PUT`.
    #[serde(rename = "PUT")]
    Put,
    /// `PATCH`.
    #[serde(rename = "PATCH")]
    Patch,
    /// `DELETE`.
    #[serde(rename = "DELETE")]
    Delete,
}

/// Scheme, host and port of an origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct OriginUrl {
    https: bool,
    authority: Authority,
}

/// A host and perhaps a port, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Authority(String);

fn default_name() -> String {
    "origin".into()
}

fn default_query() -> Vec<String> {
    ["_HLS_msn", "_HLS_part", "_HLS_skip"].map(String::from).into()
}

const fn default_max_redirects() -> u32 {
    3
}

const fn default_max_resumes() -> u32 {
    2
}

const fn default_max_requests() -> usize {
    256
}

const fn default_max_waiting() -> usize {
    4096
}

const fn default_connect_timeout() -> Period {
    Period::of(Duration::from_secs(3))
}

const fn default_first_byte_timeout() -> Period {
    Period::of(Duration::from_secs(10))
}

const fn default_stall_timeout() -> Period {
    Period::of(Duration::from_secs(10))
}

impl Origin {
    /// The origin at `url`, with every default.
    pub fn new(url: OriginUrl) -> Self {
        Self {
            name: default_name(),
            url,
            hosts: Vec::new(),
            aliases: Vec::new(),
            relay_hosts: Vec::new(),
            query: default_query(),
            credentials: Vec::new(),
            methods: Vec::new(),
            max_redirects: default_max_redirects(),
            max_resumes: default_max_resumes(),
            ca_file: None,
            certificate_file: None,
            key_file: None,
            max_requests: default_max_requests(),
            max_waiting: default_max_waiting(),
            connect_timeout: default_connect_timeout(),
            first_byte_timeout: default_first_byte_timeout(),
            stall_timeout: default_stall_timeout(),
        }
    }
}

impl PassedMethod {
    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl OriginUrl {
    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        if self.https { Scheme::HTTPS } else { Scheme::HTTP }
    }

    /// Host and perhaps port.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl Authority {
    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OriginUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "write scheme, host and perhaps port, such as `https://cdn.example.com`";
        let uri: Uri = text.parse().map_err(|_| format!("`{text}` is not a URL; {expected}"))?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(format!("`{text}` is neither http nor https; {expected}")),
        };
        if uri.path() != "/" && !uri.path().is_empty() || uri.query().is_some() || text.contains('#') {
            return Err(format!("`{text}` has a path or query, which an origin must not have; {expected}"));
        }
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        Ok(Self { https, authority: authority.parse()? })
    }
}

impl FromStr for Authority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return Err("a host must not carry a user or password".into());
        }
        if !media::authority::is_valid(text) {
            return Err(format!(
                "`{text}` is not a host; write a name or address and perhaps a port, such as `cdn.example.com:8080`"
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl TryFrom<String> for OriginUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Authority {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<OriginUrl> for String {
    fn from(url: OriginUrl) -> Self {
        url.to_string()
    }
}

impl From<Authority> for String {
    fn from(authority: Authority) -> Self {
        authority.0
    }
}

impl fmt::Display for OriginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.authority)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_alone() {
        for good in [
            "https://cdn.example.com",
            "http://127.0.0.1:8000",
            "http://[::1]:80",
            "https://CDN.example.com/",
        ] {
            let url: OriginUrl = good.parse().unwrap();
            assert_eq!(url.to_string().parse(), Ok(url));
        }
        for bad in [
            "",
            "cdn.example.com",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u:p@a",
            "https://a#b",
        ] {
            let error = bad.parse::<OriginUrl>().unwrap_err();
            assert!(!error.is_empty() && !error.contains("u:p"), "{bad}: {error}");
        }
    }
}
