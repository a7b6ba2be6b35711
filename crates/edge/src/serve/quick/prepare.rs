//! Heads of stored objects, written once in each form that they are sent in, and heads that are made of their pieces.

use std::time::{Duration, SystemTime};

use http::HeaderName;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE,
};
use http_framing::{hpack, qpack};
use segment_cache::Head;
use segment_cache::object::{Form, PreparedHead};

use crate::core::Core;
use crate::respond::Selected;

/// Writes the head of an answer with all of an object, without the field that changes from one second to the next.
pub(super) fn head(form: Form, core: &Core, head: &Head, length: u64, age: Duration) -> PreparedHead {
    let mut bytes = Vec::with_capacity(512);
    status(form, 200, &mut bytes);
    let fields = bytes.len();
    // A 304 has those that describe the body no more than those that frame it.
    let describes = |name: &HeaderName| [CONTENT_TYPE, CONTENT_ENCODING].contains(name);
    for (name, value) in head.headers.iter().filter(|(name, _)| **name != AGE && !describes(name)) {
        field(form, name.as_str(), value.as_bytes(), &mut bytes);
    }
    if !head.headers.contains_key(DATE) {
        // RFC 9110 section 6.6.1: whoever has a clock states a date; this one agrees with the age.
        let made = core.clock.wall().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        field(form, DATE.as_str(), httpdate::fmt_http_date(made).as_bytes(), &mut bytes);
    }
    let content = bytes.len();
    for (name, value) in head.headers.iter().filter(|(name, _)| describes(name)) {
        field(form, name.as_str(), value.as_bytes(), &mut bytes);
    }
    let length_begins = bytes.len();
    field(form, CONTENT_LENGTH.as_str(), length.to_string().as_bytes(), &mut bytes);
    let readable_by = head.headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
    PreparedHead {
        bytes: bytes.into(),
        fields,
        content,
        length: length_begins,
        readable_by: readable_by.unwrap_or_else(|| core.allow_origin.clone()),
    }
}

/// Writes the head of an answer with what is selected.
pub(super) fn of_selected(form: Form, prepared: &PreparedHead, selected: Selected, head: &mut Vec<u8>) {
    let PreparedHead { bytes, fields, content, length, .. } = prepared;
    match selected {
        Selected::Whole => head.extend_from_slice(bytes),
        Selected::NotModified => {
            status(form, 304, head);
            head.extend_from_slice(&bytes[*fields..*content]);
        }
        Selected::Part { start, end, of } => {
            status(form, 206, head);
            head.extend_from_slice(&bytes[*fields..*length]);
            let (last, wanted) = (end - 1, end - start);
            field(form, CONTENT_RANGE.as_str(), format!("bytes {start}-{last}/{of}").as_bytes(), head);
            field(form, CONTENT_LENGTH.as_str(), wanted.to_string().as_bytes(), head);
        }
    }
}

/// Writes how old an answer is.
pub(in super::super) fn write_age(form: Form, seconds: u64, head: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = seconds;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    field(form, AGE.as_str(), &digits[at..], head);
}

/// Writes one field.
pub(super) fn field(form: Form, name: &str, value: &[u8], head: &mut Vec<u8>) {
    match form {
        Form::Http1 => {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
        Form::Http2 => hpack::encode_field(name, value, head),
        Form::Http3 => qpack::encode_field(name, value, head),
    }
}

/// Writes what a head begins with.
fn status(form: Form, code: u16, head: &mut Vec<u8>) {
    match form {
        Form::Http1 => {
            let reason = http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason());
            head.extend_from_slice(format!("HTTP/1.1 {code} {}\r\n", reason.unwrap_or_default()).as_bytes());
        }
        Form::Http2 => hpack::encode_status(code, head),
        Form::Http3 => {
            qpack::encode_prefix(head);
            qpack::encode_status(code, head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_age_is_written_as_it_is() {
        for age in [0, 1, 9, 10, 59, 100, 86_400, 31_536_000, u64::MAX - 1, u64::MAX] {
            let mut head = Vec::new();
            write_age(Form::Http1, age, &mut head);
            assert_eq!(head, format!("age: {age}\r\n").as_bytes());
        }
    }
}
