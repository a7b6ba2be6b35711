//! Messages that the right key signed and that are no statements all the same.

use coset::cbor::value::Value;
use coset::iana;
use coset::{
    Algorithm, CborSerializable as _, CoseSign1Builder, Header, HeaderBuilder, Label,
    TaggedCborSerializable as _,
};

use super::*;
use crate::statement::cose::CONTEXT;

/// The parts of a good statement, each of which a test may change.
struct Forgery {
    protected: Header,
    unprotected: Header,
    payload: Vec<u8>,
    context: &'static [u8],
}

impl Forgery {
    fn new() -> Self {
        Self {
            protected: cose::header(known_key().verifying_key().id()),
            unprotected: Header::default(),
            payload: claims(NOW.as_secs() + 60),
            context: CONTEXT,
        }
    }

    fn message(self) -> coset::CoseSign1 {
        CoseSign1Builder::new()
            .protected(self.protected)
            .unprotected(self.unprotected)
            .payload(self.payload)
            .create_signature(self.context, |message| known_key().sign(message))
            .build()
    }

    fn judged(self) -> Result<Statement, Refusal> {
        judged_bytes(&self.message().to_tagged_vec().unwrap())
    }
}

fn judged_bytes(bytes: &[u8]) -> Result<Statement, Refusal> {
    judged(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn claims(expires_s: u64) -> Vec<u8> {
    map(&[(4.into(), expires_s.into()), (10.into(), nonce()), ("site".into(), "a".into())])
}

fn nonce() -> Value {
    Value::Bytes(NONCE.into())
}

fn map(claims: &[(Value, Value)]) -> Vec<u8> {
    Value::Map(claims.to_vec()).to_vec().unwrap()
}

#[test]
fn unchanged_parts_make_a_good_statement() {
    assert_eq!(Forgery::new().judged(), Ok(statement(Some("a"))));
}

#[test]
fn a_signature_for_another_use_is_none() {
    for context in [&b""[..], b"spokecast locator statement v2", b"spokecast playback token v1"] {
        let forged = Forgery { context, ..Forgery::new() };
        assert_eq!(forged.judged(), Err(Refusal::Signature));
    }
}

#[test]
fn only_eddsa_counts() {
    for alg in [
        None,
        Some(Algorithm::Assigned(iana::Algorithm::ES256)),
        Some(Algorithm::Assigned(iana::Algorithm::HMAC_256_256)),
        Some(Algorithm::Assigned(iana::Algorithm::Reserved)),
        Some(Algorithm::Text("none".into())),
        Some(Algorithm::Text("EdDSA".into())),
    ] {
        let mut forged = Forgery::new();
        forged.protected.alg = alg.clone();
        assert_eq!(forged.judged(), Err(Refusal::Algorithm), "{alg:?}");
    }
    // Also not when it stands where no signature covers it.
    let mut forged = Forgery::new();
    forged.unprotected.alg = forged.protected.alg.take();
    assert_eq!(forged.judged(), Err(Refusal::Unprotected));
}

#[test]
fn headers_are_exactly_three() {
    let mut forged = Forgery::new();
    forged.protected.key_id.clear();
    assert_eq!(forged.judged(), Err(Refusal::UnknownKey));
    let mut forged = Forgery::new();
    forged.protected.key_id.push(0);
    assert_eq!(forged.judged(), Err(Refusal::UnknownKey));
    let mut forged = Forgery::new();
    forged.protected.content_type = None;
    assert_eq!(forged.judged(), Err(Refusal::Header));
    let mut forged = Forgery::new();
    forged.protected.rest.push((Label::Int(16), "a/b".into()));
    assert_eq!(forged.judged(), Err(Refusal::Header));
    let mut forged = Forgery::new();
    forged.unprotected = HeaderBuilder::new().value(99, Value::Null).build();
    assert_eq!(forged.judged(), Err(Refusal::Unprotected));
}

#[test]
fn claims_are_exactly_three() {
    let (exp, nonce, site) = (
        (Value::from(4), Value::from(NOW.as_secs() + 60)),
        (Value::from(10), nonce()),
        (Value::from("site"), Value::from("a")),
    );
    let with = |at: usize, value: Value| {
        let mut claims = [exp.clone(), nonce.clone(), site.clone()];
        claims[at].1 = value;
        map(&claims)
    };
    for payload in [
        vec![],
        map(&[]),
        map(&[exp.clone(), nonce.clone()]),
        map(&[exp.clone(), nonce.clone(), site.clone(), (Value::from("who"), Value::Null)]),
        map(&[exp.clone(), nonce.clone(), site.clone(), site.clone()]),
        map(&[exp.clone(), exp.clone(), nonce.clone(), site.clone()]),
        map(&[exp.clone(), site.clone(), site.clone()]),
        map(&[nonce.clone(), exp.clone(), site.clone()]),
        map(&[(Value::from(5), exp.1.clone()), nonce.clone(), site.clone()]),
        map(&[exp.clone(), (Value::from(7), nonce.1.clone()), site.clone()]),
        map(&[exp.clone(), nonce.clone(), (Value::from("region"), site.1.clone())]),
        with(0, Value::from(-1)),
        with(0, Value::from(1.8e9)),
        with(0, Value::Null),
        with(1, Value::from(NONCE)),
        with(1, Value::Bytes(b"short".into())),
        with(1, Value::Bytes(vec![0xff; 20])),
        with(1, Value::Array(vec![Value::Bytes(NONCE.into())])),
        with(2, Value::Bytes(b"a".into())),
        with(2, Value::from("")),
        with(2, Value::from("a b")),
        with(2, Value::from(false)),
        Value::Array(vec![]).to_vec().unwrap(),
        [with(2, Value::Null), vec![0]].concat(),
    ] {
        let forged = Forgery { payload: payload.clone(), ..Forgery::new() };
        assert_eq!(forged.judged(), Err(Refusal::Claims), "{payload:02x?}");
    }
}

#[test]
fn there_is_one_way_to_write_it() {
    let good = claims(NOW.as_secs() + 60);
    // A map without a length, `exp` in eight bytes, a label in two, `exp` as a bignum.
    let open = [&[0xbf], &good[1..], &[0xff]].concat();
    let wide = [&good[..2], &[0x1b, 0, 0, 0, 0], &good[3..]].concat();
    let label = [&good[..1], &[0x18], &good[1..]].concat();
    let big = [&good[..2], &[0xc2, 0x44], &good[3..]].concat();
    for payload in [open, wide, label, big] {
        let forged = Forgery { payload: payload.clone(), ..Forgery::new() };
        assert_eq!(forged.judged(), Err(Refusal::Encoding), "{payload:02x?}");
    }
    let good = Forgery::new().message().to_tagged_vec().unwrap();
    assert_eq!(good[..3], [0xd2, 0x84, 0x50]);
    for bytes in [
        [&[0xd8, 18], &good[1..]].concat(),
        [&[0xd2, 0x9f], &good[2..], &[0xff]].concat(),
        [&[0xd2, 0x84, 0x58, 0x10], &good[3..]].concat(),
        // The empty map of unprotected headers, without a length.
        [&good[..19], &[0xbf, 0xff], &good[20..]].concat(),
    ] {
        assert_eq!(judged_bytes(&bytes), Err(Refusal::Encoding), "{bytes:02x?}");
    }
}

#[test]
fn nothing_but_one_tagged_message_is_read() {
    let good = Forgery::new().message().to_tagged_vec().unwrap();
    let without_payload = {
        let mut message = Forgery::new().message();
        message.payload = None;
        message.to_tagged_vec().unwrap()
    };
    for bytes in [
        good[1..].to_vec(),
        [&good[..], &[0]].concat(),
        [&good[..], &good].concat(),
        [&[0xd8, 61], &good[..]].concat(),
        [&[0xd1], &good[1..]].concat(),
        [&[0xd2, 0x83], &good[2..]].concat(),
        without_payload,
        // An algorithm twice.
        [&good[..2], &[0x52, 0xa4, 1, 0x27], &good[4..]].concat(),
        // Deep, and longer than all memory.
        vec![0x81; 700],
        [&[0xd2, 0x84, 0x5b], &[0x7f; 8][..], &good[3..]].concat(),
        [&[0xd2, 0x9b], &[0x7f; 8][..], &good[2..]].concat(),
    ] {
        assert_eq!(judged_bytes(&bytes), Err(Refusal::NotCose), "{bytes:02x?}");
    }
}

#[test]
fn times_at_the_ends_of_what_fits_are_judged() {
    for (expires_s, refusal) in [(0, Refusal::Expired), (u64::MAX, Refusal::TooFarAhead)] {
        let forged = Forgery { payload: claims(expires_s), ..Forgery::new() };
        assert_eq!(forged.judged(), Err(refusal));
    }
    let late = Forgery { payload: claims(NOW.as_secs() + 60 + SKEW.as_secs() + 1), ..Forgery::new() };
    assert_eq!(late.judged(), Err(Refusal::TooFarAhead));
}
