//! Only what was signed as a statement is believed, and a statement has one text.
//!
//! A fuzzer cannot guess signatures. So the input is also signed as it is: as the claims of a message that is otherwise
//! good, and as the headers of one.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use control::key::VerifyingKey;
use control::statement::{LIFETIME, MOST_CHARACTERS, Refusal, verify};
use libfuzzer_sys::fuzz_target;

const CONTEXT: &[u8] = b"spokecast locator statement v1";
const SKEW: Duration = Duration::from_secs(5);

static SIGNING: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"));
static KEYS: LazyLock<[VerifyingKey; 1]> = LazyLock::new(|| {
    let public = BASE64_URL_SAFE_NO_PAD.encode(SIGNING.public_key());
    [VerifyingKey::from_base64url(&public).expect("a key")]
});

fuzz_target!(|input: &[u8]| {
    // Whoever has no key gets nowhere.
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(judge(text).is_err());
    }
    assert!(judge(&BASE64_URL_SAFE_NO_PAD.encode(input)).is_err());

    let header = [&[0xa3, 1, 0x27, 3, 0x18, 61, 4, 0x48], &KEYS[0].id().as_bytes()[..]].concat();
    let signed = signed(&header, input);
    match judge(&signed) {
        Ok(()) => assert_eq!(input[..2], [0xa3, 4]),
        Err(refusal) => assert!(is_of_the_claims(refusal) || signed.len() > MOST_CHARACTERS, "{refusal:?}"),
    }
    let claims = b"\xa3\x04\x1a\x3b\x9a\xca\x0a\x0a\x50nonce-for-fuzzes\x64site\xf6";
    assert_eq!(judge(&self::signed(&header, claims)), Ok(()));
    if input != header {
        assert!(judge(&self::signed(input, claims)).is_err());
    }
});

/// Whether it is believed; what is, keeps the bounds.
fn judge(text: &str) -> Result<(), Refusal> {
    let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let statement = verify(text, &*KEYS, now, SKEW)?;
    assert!(text.len() <= MOST_CHARACTERS);
    assert!((16..=64).contains(&statement.nonce().as_str().len()));
    assert!(statement.site().is_none_or(|site| (1..=64).contains(&site.len()) && !site.contains(['/', ' '])));
    let believed = |now: SystemTime| verify(text, &*KEYS, now, SKEW).is_ok();
    assert!(!believed(now + LIFETIME + 2 * SKEW) && !believed(now - LIFETIME - 2 * SKEW));
    // Without its last character it is none.
    assert!(verify(&text[..text.len() - 1], &*KEYS, now, SKEW).is_err());
    Ok(())
}

fn is_of_the_claims(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Claims | Refusal::Encoding | Refusal::Expired | Refusal::TooFarAhead)
}

/// A message with these parts, as text.
fn signed(header: &[u8], payload: &[u8]) -> String {
    let covered = [&b"\x84\x6aSignature1"[..], &bytes(header), &bytes(CONTEXT), &bytes(payload)].concat();
    let signature = SIGNING.sign(&covered);
    let message =
        [&b"\xd2\x84"[..], &bytes(header), b"\xa0", &bytes(payload), &bytes(signature.as_ref())].concat();
    BASE64_URL_SAFE_NO_PAD.encode(message)
}

/// A CBOR byte string.
fn bytes(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let head = match length {
        0..24 => vec![0x40 | length as u8],
        24..256 => vec![0x58, length as u8],
        _ => [&[0x59], &length.to_be_bytes()[..]].concat(),
    };
    [head.as_slice(), content].concat()
}
