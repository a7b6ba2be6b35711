//! What the fields of a request may be, for HTTP/2 and HTTP/3 alike (RFC 9113 sections 8.2 and 8.3, RFC 9114 sections 4.2 and
//! 4.3).
//!
//! Behind these versions nothing checks a second time, and what one server reads differently from the next is how requests are
//! smuggled. So everything is judged here, before a byte of it is used; the words of [`Malformed`] name the rule and nothing of the
//! request.
//!
//! Deliberately absent: CONNECT, and with it `:protocol` (RFC 8441), which a cache has no use for; `content-length`, which is
//! held against the body where the body is read.

mod text;

use crate::fields::Fields;
use text::{is_authority, is_lower_token, is_path, is_scheme, is_token, is_value};

/// A request whose fields keep the rules. All of it is borrowed, and cannot be printed by accident.
#[derive(Clone, Copy)]
pub struct RequestHead<'f> {
    /// `:method`, a token.
    pub method: &'f str,
    /// `:scheme`.
    pub scheme: &'f str,
    /// `:authority`, empty if there is none: there is a Host then.
    pub authority: &'f str,
    /// `:path`, which begins with `/`, or is `*` with OPTIONS. Visible ASCII.
    pub path: &'f str,
    all: &'f Fields,
    /// How many of the fields are said above.
    pseudo: usize,
}

/// The rule that a request breaks: a stream error of type `PROTOCOL_ERROR` or `H3_MESSAGE_ERROR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field of the request line is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field of which there is one stands twice.
    #[error("{0} stands twice")]
    Twice(&'static str),
    /// A name with a colon before it that no request has.
    #[error("a pseudo-header field is unknown")]
    UnknownPseudo,
    /// One with a colon follows one without.
    #[error("a pseudo-header field stands after other fields")]
    LatePseudo,
    /// A name is empty, in upper case, or holds what names may not.
    #[error("the name of a field is not a token in lower case")]
    Name,
    /// A value holds a control character, or begins or ends with blank space.
    #[error("a value holds control characters, or blank space at its ends")]
    Value,
    /// A field about the connection, which these versions say otherwise.
    #[error("a field is about a connection of HTTP/1.1")]
    Connection,
    /// TE is something else than `trailers`.
    #[error("te is not trailers")]
    Te,
    /// CONNECT, which is not offered.
    #[error("CONNECT is not offered")]
    Connect,
    /// The method is not a token.
    #[error(":method is not a token")]
    Method,
    /// The scheme is none.
    #[error(":scheme is not a scheme")]
    Scheme,
    /// `:authority` or Host is empty, or holds what neither a host nor a port does, as a user's name.
    #[error(":authority or host is not a host with or without a port")]
    Authority,
    /// `:authority` and Host are different.
    #[error(":authority and host differ")]
    TwoAuthorities,
    /// The path does not begin with `/`, or holds what paths may not.
    #[error(":path is not an absolute path")]
    Path,
}

impl<'f> RequestHead<'f> {
    /// Judges all the fields of a request.
    pub fn read(fields: &'f Fields) -> Result<Self, Malformed> {
        let mut line = Line::default();
        let mut host = None;
        let mut pseudo = 0;
        for (index, (name, value)) in fields.iter().enumerate() {
            if name.first() == Some(&b':') {
                if pseudo < index {
                    return Err(Malformed::LatePseudo);
                }
                line.add(name, value)?;
                pseudo += 1;
            } else {
                check_field(name, value)?;
                if name == b"host" && host.replace(value).is_some() {
                    return Err(Malformed::Twice("host"));
                }
            }
        }
        let (method, path) = (line.method()?, line.path);
        let scheme = line.scheme()?;
        let authority = authority(line.authority, host)?;
        let path = read_path(path, method)?;
        Ok(Self { method, scheme, authority, path, all: fields, pseudo })
    }

    /// The fields behind those of the request line.
    pub fn fields(&self) -> impl Iterator<Item = (&'f str, &'f [u8])> + use<'f> {
        // A name is a token, and so it is text.
        self.all.from(self.pseudo).map(|(name, value)| (str::from_utf8(name).unwrap_or_default(), value))
    }
}

/// Judges the fields behind a body, which have no request line.
pub fn check_trailers(fields: &Fields) -> Result<(), Malformed> {
    fields.iter().try_for_each(|(name, value)| {
        if name.first() == Some(&b':') { Err(Malformed::LatePseudo) } else { check_field(name, value) }
    })
}

/// The request line, as far as it came.
#[derive(Default)]
struct Line<'f> {
    method: Option<&'f [u8]>,
    scheme: Option<&'f [u8]>,
    authority: Option<&'f [u8]>,
    path: Option<&'f [u8]>,
}

impl<'f> Line<'f> {
    fn add(&mut self, name: &[u8], value: &'f [u8]) -> Result<(), Malformed> {
        let (name, place) = match name {
            b":method" => (":method", &mut self.method),
            b":scheme" => (":scheme", &mut self.scheme),
            b":authority" => (":authority", &mut self.authority),
            b":path" => (":path", &mut self.path),
            _ => return Err(Malformed::UnknownPseudo),
        };
        if place.replace(value).is_some() { Err(Malformed::Twice(name)) } else { Ok(()) }
    }

    fn method(&self) -> Result<&'f str, Malformed> {
        let method = self.method.ok_or(Malformed::Missing(":method"))?;
        let method = text_if(method, is_token).ok_or(Malformed::Method)?;
        if method == "CONNECT" { Err(Malformed::Connect) } else { Ok(method) }
    }

    fn scheme(&self) -> Result<&'f str, Malformed> {
        let scheme = self.scheme.ok_or(Malformed::Missing(":scheme"))?;
        text_if(scheme, is_scheme).ok_or(Malformed::Scheme)
    }
}

/// Who is asked. Both fields say the same (RFC 9113 section 8.3.1, RFC 9114 section 4.3.1).
fn authority<'f>(authority: Option<&'f [u8]>, host: Option<&'f [u8]>) -> Result<&'f str, Malformed> {
    let read = |text| text_if(text, is_authority).ok_or(Malformed::Authority);
    let (authority, host) = (authority.map(read).transpose()?, host.map(read).transpose()?);
    match (authority, host) {
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            Err(Malformed::TwoAuthorities)
        }
        (Some(authority), _) => Ok(authority),
        (None, Some(_)) => Ok(""),
        (None, None) => Err(Malformed::Missing(":authority")),
    }
}

fn read_path<'f>(path: Option<&'f [u8]>, method: &str) -> Result<&'f str, Malformed> {
    let path = path.ok_or(Malformed::Missing(":path"))?;
    let path = text_if(path, is_path).ok_or(Malformed::Path)?;
    let is_of_server = path == "*" && method == "OPTIONS";
    if path.starts_with('/') || is_of_server { Ok(path) } else { Err(Malformed::Path) }
}

fn text_if(bytes: &[u8], is_sound: impl FnOnce(&[u8]) -> bool) -> Option<&str> {
    if is_sound(bytes) { str::from_utf8(bytes).ok() } else { None }
}

/// A field that is none of the request line.
fn check_field(name: &[u8], value: &[u8]) -> Result<(), Malformed> {
    if !is_lower_token(name) {
        return Err(Malformed::Name);
    }
    if !is_value(value) {
        return Err(Malformed::Value);
    }
    match name {
        b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => {
            Err(Malformed::Connection)
        }
        b"te" if !value.eq_ignore_ascii_case(b"trailers") => Err(Malformed::Te),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
