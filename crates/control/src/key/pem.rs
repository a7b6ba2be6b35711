//! One key as a PEM text (RFC 7468), there and back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use zeroize::Zeroizing;

use super::KeyError;

/// PKCS#8.
pub(super) const PRIVATE: &str = "PRIVATE KEY";
/// SPKI.
pub(super) const PUBLIC: &str = "PUBLIC KEY";

/// The content of the only section, which has to be of this kind.
pub(super) fn only(
    text: &[u8],
    kind: SectionKind,
    label: &'static str,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut found = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(text) {
        // What is wrong with it is not passed on: it would quote the text.
        let (of, der) = section.map_err(|_| KeyError::NotPem)?;
        let der = Zeroizing::new(der);
        if of != kind || found.replace(der).is_some() {
            return Err(KeyError::NotOne(label));
        }
    }
    found.ok_or(if names_a_section(text) { KeyError::NotOne(label) } else { KeyError::NotPem })
}

/// Whether there is a section, if only one of a kind that the reader does not know and passes by.
fn names_a_section(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"-----BEGIN "))
}

/// A section. Each of our keys is short enough for one line.
pub(super) fn write(der: &[u8], label: &str) -> String {
    // Large enough for all of it: a string that grows leaves copies behind.
    let mut text = String::with_capacity(2 * der.len() + 2 * label.len() + 64);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    BASE64_STANDARD.encode_string(der, &mut text);
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
