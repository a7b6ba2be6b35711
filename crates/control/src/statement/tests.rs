//! What is signed is believed, and nothing else is.

mod forged;
mod vector;

use proptest::prelude::*;

use super::*;
use crate::key::VerifyingKey;
use crate::key::tests::known_key;

const NONCE: &str = "S3Nvb24tdG8tYmUtdXNlZA";
/// A second of November 2026, and something.
const NOW: Duration = Duration::from_millis(1_795_000_000_700);
const SKEW: Duration = Duration::from_secs(5);

fn at(since_1970: Duration) -> SystemTime {
    UNIX_EPOCH + since_1970
}

fn keys() -> [VerifyingKey; 1] {
    [known_key().verifying_key().clone()]
}

fn statement(site: Option<&str>) -> Statement {
    Statement::new(site.map(|site| site.parse().unwrap()), NONCE.parse().unwrap(), at(NOW))
}

fn judged(text: &str) -> Result<Statement, Refusal> {
    verify(text, &keys(), at(NOW), SKEW)
}

proptest! {
    #[test]
    fn what_was_signed_is_what_is_read(
        site in proptest::option::of("[A-Za-z0-9._-]{1,64}"),
        nonce in "[A-Za-z0-9_-]{16,64}",
        now_ms in 0_u64..1 << 45,
        later_ms in 0_u64..59_000,
        skew_ms in 0_u64..10_000,
    ) {
        let (now, skew) = (Duration::from_millis(now_ms), Duration::from_millis(skew_ms));
        let said = Statement::new(site.as_deref().map(|site| site.parse().unwrap()), nonce.parse().unwrap(), at(now));
        let text = said.sign(&known_key());
        prop_assert!(text.len() <= MOST_CHARACTERS / 2, "{}", text.len());
        let read = verify(&text, &keys(), at(now + Duration::from_millis(later_ms)), skew);
        prop_assert_eq!(read.as_ref(), Ok(&said));
        prop_assert_eq!((said.site(), said.nonce().as_str()), (site.as_deref(), nonce.as_str()));
        // Ed25519 draws nothing by lot: a statement has one text.
        prop_assert_eq!(said.sign(&known_key()), text);
    }

    #[test]
    fn whatever_comes_is_judged(text in "[A-Za-z0-9_-]{0,400}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(judged(&text).is_err());
        prop_assert!(judged(&BASE64_URL_SAFE_NO_PAD.encode(bytes)).is_err());
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for site in [Some("hub-east"), None] {
        let text = statement(site).sign(&known_key());
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(judged(&BASE64_URL_SAFE_NO_PAD.encode(changed)).is_err(), "bit {bit}");
        }
        for bit in 0..text.len() * 7 {
            let mut changed = text.clone().into_bytes();
            changed[bit / 7] ^= 1 << (bit % 7);
            let changed = String::from_utf8(changed).unwrap();
            assert!(judged(&changed).is_err(), "bit {bit} of the text");
        }
    }
}

#[test]
fn every_part_is_refused() {
    let text = statement(Some("hub-east")).sign(&known_key());
    for length in 0..text.len() {
        assert!(judged(&text[..length]).is_err(), "{length} characters");
    }
}

#[test]
fn a_statement_holds_for_its_lifetime_and_the_skew() {
    let text = statement(None).sign(&known_key());
    // From the second that it was made in.
    let (made_ms, lifetime_ms, skew_ms) = (NOW.as_secs() * 1000, 60_000, 5_000);
    let judged = |now_ms: u64| verify(&text, &keys(), at(Duration::from_millis(now_ms)), SKEW).err();
    assert_eq!(judged(made_ms + lifetime_ms + skew_ms), Some(Refusal::Expired));
    assert_eq!(judged(made_ms + lifetime_ms + skew_ms - 1), None);
    assert_eq!(judged(made_ms - skew_ms), None);
    assert_eq!(judged(made_ms - skew_ms - 1), Some(Refusal::TooFarAhead));
    assert_eq!(judged(u64::MAX / 4), Some(Refusal::Expired));
    let before = verify(&text, &keys(), UNIX_EPOCH - Duration::from_hours(1), SKEW);
    assert_eq!(before, Err(Refusal::TooFarAhead), "a clock that was never set");
}

#[test]
fn only_a_known_key_is_believed() {
    let other = SigningKey::generate().unwrap();
    let text = statement(Some("a")).sign(&other);
    assert_eq!(judged(&text), Err(Refusal::UnknownKey));
    let both = [keys()[0].clone(), other.verifying_key().clone()];
    assert!(verify(&text, &both, at(NOW), SKEW).is_ok());
    assert_eq!(verify(&text, &[], at(NOW), SKEW), Err(Refusal::UnknownKey));
}

#[test]
fn what_is_too_long_or_of_another_alphabet_is_not_read() {
    let text = statement(None).sign(&known_key());
    let long = "A".repeat(MOST_CHARACTERS);
    assert_eq!(judged(&long), Err(Refusal::NotCose));
    assert_eq!(judged(&format!("{long}A")), Err(Refusal::TooLong));
    for text in [format!("{text}="), format!(" {text}"), text.replace('_', "/"), "é".repeat(20)] {
        assert_eq!(judged(&text), Err(Refusal::NotBase64), "{text}");
    }
    assert_eq!(judged(""), Err(Refusal::NotCose));
}

#[test]
fn a_wrong_nonce_cannot_be_built() {
    for text in
        ["", &"a".repeat(15), &"a".repeat(65), "aaaaaaaaaaaaaaa=", "aaaaaaaaaaaaaaa ", "aaaaaaaaaaaaaaaé"]
    {
        assert_eq!(text.parse::<Nonce>(), Err(NotANonce), "{text}");
    }
    for text in ["aaaaaaaaaaaaaaa-", &"_".repeat(64)] {
        assert_eq!(text.parse::<Nonce>().unwrap().to_string(), text);
    }
}
