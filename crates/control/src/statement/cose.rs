//! The bytes of a statement.

use coset::cbor::value::Value;
use coset::iana::{self, CoapContentFormat};
use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable as _,
};

use super::verify::Refusal;
use super::{Nonce, Statement};
use crate::key::{KeyId, SigningKey};

/// What the signature covers beside the message, so that the key's signatures mean nothing elsewhere: the external
/// data of RFC 9052 section 4.3.
pub(super) const CONTEXT: &[u8] = b"spokecast locator statement v1";

/// RFC 8392 section 3.1.4.
const EXPIRES: i64 = iana::CwtClaimName::Exp as i64;
/// RFC 9711 section 4.1.
const NONCE: i64 = iana::CwtClaimName::Nonce as i64;
/// Ours.
const SITE: &str = "site";

/// The signed statement.
pub(super) fn sign(statement: &Statement, key: &SigningKey) -> Vec<u8> {
    let message = CoseSign1Builder::new()
        .protected(header(key.verifying_key().id()))
        .payload(claims(statement))
        .create_signature(CONTEXT, |message| key.sign(message))
        .build();
    bytes(message)
}

/// The one way to write what was understood.
pub(super) fn rewrite(statement: &Statement, key: KeyId, signature: &[u8]) -> Vec<u8> {
    let message = CoseSign1Builder::new()
        .protected(header(key))
        .payload(claims(statement))
        .signature(signature.to_vec())
        .build();
    bytes(message)
}

/// A message with its tag, and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Result<CoseSign1, Refusal> {
    CoseSign1::from_tagged_slice(bytes).map_err(|_| Refusal::NotCose)
}

/// The labels ascend, as deterministic CBOR has them.
pub(super) fn header(key: KeyId) -> Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .content_format(CoapContentFormat::Cwt)
        .key_id(key.as_bytes().to_vec())
        .build()
}

/// The labels ascend by their bytes, as deterministic CBOR has them.
fn claims(statement: &Statement) -> Vec<u8> {
    let site = statement.site().map_or(Value::Null, Value::from);
    let claims = Value::Map(vec![
        (EXPIRES.into(), statement.expires_s.into()),
        (NONCE.into(), Value::Bytes(statement.nonce.as_str().into())),
        (SITE.into(), site),
    ]);
    // Numbers, bytes and text go into memory: there is nothing to fail.
    claims.to_vec().expect("CBOR of plain values")
}

/// Exactly these claims, in this order.
pub(super) fn read_claims(payload: &[u8]) -> Result<Statement, Refusal> {
    let Ok(Value::Map(claims)) = Value::from_slice(payload) else { return Err(Refusal::Claims) };
    let [(exp, expires_s), (nonce_label, Value::Bytes(nonce)), (site_label, site)] = &claims[..] else {
        return Err(Refusal::Claims);
    };
    let labels = [exp, nonce_label, site_label];
    if labels != [&EXPIRES.into(), &NONCE.into(), &SITE.into()] {
        return Err(Refusal::Claims);
    }
    let expires_s = expires_s.as_integer().and_then(|number| number.try_into().ok());
    let nonce = std::str::from_utf8(nonce).ok().and_then(|text| text.parse::<Nonce>().ok());
    let site = match site {
        Value::Null => Some(None),
        Value::Text(site) => site.parse().ok().map(Some),
        _ => None,
    };
    let (Some(expires_s), Some(nonce), Some(site)) = (expires_s, nonce, site) else {
        return Err(Refusal::Claims);
    };
    Ok(Statement { site, nonce, expires_s })
}

fn bytes(message: CoseSign1) -> Vec<u8> {
    // No label is there twice, and bytes go into memory: there is nothing to fail.
    message.to_tagged_vec().expect("CBOR of a plain message")
}
