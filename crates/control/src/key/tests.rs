//! Keys there and back, and what is no key.

use super::*;

/// The key pair of RFC 8032 section 7.1, test 1: known to everybody, so good for tests alone.
pub(crate) const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";
const PUBLIC_BASE64URL: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

pub(crate) fn known_key() -> SigningKey {
    SigningKey::from_pem(PRIVATE.as_bytes()).unwrap()
}

#[test]
fn a_key_is_the_same_in_every_form() {
    let key = known_key();
    assert_eq!(*key.to_pem().unwrap(), PRIVATE);
    let public = key.verifying_key();
    assert_eq!(public.to_pem(), PUBLIC);
    assert_eq!(public.to_base64url(), PUBLIC_BASE64URL);
    assert_eq!(VerifyingKey::from_pem(PUBLIC.as_bytes()).as_ref(), Ok(public));
    assert_eq!(VerifyingKey::from_base64url(PUBLIC_BASE64URL).as_ref(), Ok(public));
    // `printf %s 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo= | basenc --decode --base64url | sha256sum`
    assert_eq!(public.id().to_string(), "21fe31dfa154a261");
}

#[test]
fn the_signature_is_the_one_of_the_standard() {
    let signature = known_key().sign(b"");
    assert_eq!(signature[..8], [0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72]);
    assert!(known_key().verifying_key().has_signed(b"", &signature));
    assert!(!known_key().verifying_key().has_signed(b"a", &signature));
}

#[test]
fn each_new_key_is_another() {
    let (one, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    assert_ne!(one.verifying_key(), other.verifying_key());
    assert_ne!(one.verifying_key().id(), other.verifying_key().id());
    let again = SigningKey::from_pem(one.to_pem().unwrap().as_bytes()).unwrap();
    assert_eq!(again.verifying_key(), one.verifying_key());
    assert!(one.verifying_key().has_signed(b"a", &again.sign(b"a")));
    assert!(!other.verifying_key().has_signed(b"a", &again.sign(b"a")));
}

#[test]
fn text_around_a_section_and_other_line_ends_do_no_harm() {
    let text = format!("A key of the hub.\r\n\r\n{}\r\nThat was it.", PRIVATE.replace('\n', "\r\n"));
    let key = SigningKey::from_pem(text.as_bytes()).unwrap();
    assert_eq!(key.verifying_key(), known_key().verifying_key());
}

#[test]
fn what_is_no_private_key_is_refused_and_named() {
    let private = |text: &str| SigningKey::from_pem(text.as_bytes()).err();
    let cut = PRIVATE.replace("-----END PRIVATE KEY-----\n", "");
    for text in ["", "key", &cut, &PRIVATE.replace("MC4C", "M!4C")] {
        assert_eq!(private(text), Some(KeyError::NotPem), "{text}");
    }
    let twice = PRIVATE.repeat(2);
    let both = [PRIVATE, PUBLIC].concat();
    let sealed = PRIVATE.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for text in [PUBLIC, &twice, &both, &sealed] {
        assert_eq!(private(text), Some(KeyError::NotOne("PRIVATE KEY")), "{text}");
    }
    // Another algorithm (X25519), and a byte too few.
    for changed in ["K2VuBCIEIJ1h", "K2VwBCIEH51h"] {
        let text = PRIVATE.replace("K2VwBCIEIJ1h", changed);
        assert_eq!(private(&text), Some(KeyError::Private), "{text}");
    }
}

#[test]
fn what_is_no_public_key_is_refused_and_named() {
    let public = |text: &str| VerifyingKey::from_pem(text.as_bytes()).err();
    assert_eq!(public(PRIVATE), Some(KeyError::NotOne("PUBLIC KEY")));
    assert_eq!(public(PUBLIC_BASE64URL), Some(KeyError::NotPem));
    assert_eq!(public(&PUBLIC.replace("K2Vw", "K2Vu")), Some(KeyError::Public));
    assert_eq!(public(&PUBLIC.replace("HURo=", "HURoA")), Some(KeyError::Public));
    let [short, long] = [&PUBLIC_BASE64URL[..42], &format!("{PUBLIC_BASE64URL}AA")];
    let (padded, other_bits) = (format!("{PUBLIC_BASE64URL}="), PUBLIC_BASE64URL.replace("URo", "URp"));
    for text in ["", short, long, &padded, &other_bits, &PUBLIC_BASE64URL.replace('_', "/")] {
        assert_eq!(VerifyingKey::from_base64url(text), Err(KeyError::Base64), "{text}");
    }
}

/// Of a damaged key file, an error tells what it should be and no character of what it is.
#[test]
fn no_error_quotes_what_was_read() {
    let damaged = [
        PRIVATE.replace("-----END PRIVATE KEY-----", "-----END MJ1hsZ3v-----"),
        PRIVATE.replace("MC4CAQAw", "MC4CAQAx"),
        PRIVATE.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN MC4CAQAw"),
    ];
    for text in &damaged {
        let error = SigningKey::from_pem(text.as_bytes()).err().unwrap();
        let said = format!("{error} {error:?}");
        assert!(!said.contains("MC4C") && !said.contains("J1hs"), "{said}");
    }
}
