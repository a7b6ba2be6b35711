//! The example that `STATEMENT.md` gives to the portals of others.

use super::*;

const PAGE: &str = include_str!("../../../STATEMENT.md");

/// The lines of the block of code that follows `heading`, as one word.
fn block(heading: &str) -> String {
    let (_, rest) = PAGE.split_once(heading).expect(heading);
    let block = rest.split("```").nth(1).expect("a block").split_once('\n').expect("a line").1;
    block.split_whitespace().collect()
}

#[test]
fn the_page_shows_a_statement_that_holds() {
    let key = VerifyingKey::from_base64url(&block("### Public key")).unwrap();
    assert_eq!(key.id().to_string(), block("### Key id"));
    for (heading, site) in [("### At a site", Some("paris-12")), ("### At no site", None)] {
        let site = site.map(|site| site.parse().unwrap());
        let said = Statement { site, nonce: NONCE.parse().unwrap(), expires_s: 1_795_000_060 };
        let text = block(heading);
        assert_eq!(text, said.sign(&known_key()), "{heading}");
        assert_eq!(verify(&text, std::slice::from_ref(&key), at(NOW), SKEW), Ok(said), "{heading}");
    }
}

/// The bytes as CBOR, spelled out by hand.
#[test]
fn the_bytes_are_those_of_the_page() {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(block("### At no site")).unwrap();
    let shown: Vec<u8> = block("### The same, in CBOR")
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(bytes[..shown.len()], shown);
    assert_eq!(bytes.len(), shown.len() + 64);
}
