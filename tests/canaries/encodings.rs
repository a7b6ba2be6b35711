//! How a canary may look when it comes out somewhere: as it is, or written in another way.
//!
//! Letters count in either case, so that needles stand in one. What is found in a text once escapes are undone counts too.

use std::net::IpAddr;

use aho_corasick::{AhoCorasick, MatchKind};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Something about a viewer that must not be found anywhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canary {
    /// What it was put into.
    pub(super) carrier: String,
    pub(super) is: Is,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Is {
    /// Lower-case letters and digits, 20 or more.
    Word(String),
    Address(IpAddr),
}

/// One way to write a canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) encoding: String,
    pub(super) bytes: Vec<u8>,
}

/// Looks for many canaries in all their forms at once.
pub(super) struct Search {
    automaton: AhoCorasick,
    /// Carrier and encoding of each needle.
    meaning: Vec<(String, String)>,
}

impl Search {
    pub(super) fn new(canaries: &[Canary]) -> Self {
        let (mut needles, mut meaning) = (Vec::new(), Vec::new());
        for canary in canaries {
            for needle in canary.needles() {
                meaning.push((canary.carrier.clone(), needle.encoding));
                needles.push(needle.bytes);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(needles)
            .expect("not too many needles");
        Self { automaton, meaning }
    }

    /// What is in there: carrier and encoding of each canary, once.
    pub(super) fn found(&self, text: &[u8]) -> Vec<(String, String)> {
        let unescaped: Vec<u8> = percent_encoding::percent_decode(text).collect();
        let mut found: Vec<_> = [text, &unescaped]
            .iter()
            .flat_map(|text| self.automaton.find_overlapping_iter(*text))
            .map(|found| self.meaning[found.pattern()].clone())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Which carriers' canaries are in there.
    pub(super) fn carriers(&self, text: &[u8]) -> Vec<String> {
        let mut carriers: Vec<_> = self.found(text).into_iter().map(|(carrier, _)| carrier).collect();
        carriers.dedup();
        carriers
    }
}

impl Canary {
    /// Every form of it that is looked for.
    pub(super) fn needles(&self) -> Vec<Needle> {
        match &self.is {
            Is::Word(word) => of_bytes("", word.as_bytes()),
            Is::Address(IpAddr::V4(address)) => {
                let octets = address.octets();
                let [a, b, c, d] = octets;
                let (big, little) = (u32::from_be_bytes(octets), u32::from_le_bytes(octets));
                let mut needles = of_bytes("text, ", address.to_string().as_bytes());
                needles.extend(of_bytes("octets, ", &octets));
                needles.extend([
                    needle("first three octets", format!("{a}.{b}.{c}.")),
                    needle("octets reversed", format!("{d}.{c}.{b}.{a}")),
                    needle("with dashes", format!("{a}-{b}-{c}-{d}")),
                    needle("with underscores", format!("{a}_{b}_{c}_{d}")),
                    needle("padded", format!("{a:03}.{b:03}.{c:03}.{d:03}")),
                    needle("integer", big.to_string()),
                    needle("integer, little end first", little.to_string()),
                    needle("hex, little end first", format!("{little:08x}")),
                    needle("groups of IPv6", format!("{a:02x}{b:02x}:{c:02x}{d:02x}")),
                    needle("a list", format!("{a},{b},{c},{d}")),
                    needle("a list with blanks", format!("{a}, {b}, {c}, {d}")),
                ]);
                needles
            }
            Is::Address(IpAddr::V6(address)) => {
                let octets = address.octets();
                let full: Vec<_> = address.segments().iter().map(|part| format!("{part:04x}")).collect();
                let nibbles: Vec<_> = full.concat().chars().rev().map(String::from).collect();
                let network = {
                    let [a, b, c, d, ..] = address.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}:")
                };
                let mut needles = of_bytes("text, ", address.to_string().as_bytes());
                needles.extend(of_bytes("octets, ", &octets));
                needles.extend([
                    needle("whole", full.join(":")),
                    needle("nibbles reversed", nibbles.join(".")),
                    needle("network of 64", network),
                    needle("integer", u128::from_be_bytes(octets).to_string()),
                    needle("with dashes", full.join("-")),
                ]);
                needles
            }
        }
    }
}

/// The forms that any bytes have.
fn of_bytes(what: &str, bytes: &[u8]) -> Vec<Needle> {
    let mut needles = vec![needle(&format!("{what}plain"), bytes)];
    for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
        // What stands before it may fill nothing, one byte or two of a group of three.
        for before in 0..3 {
            let shifted = [&vec![0; before][..], bytes].concat();
            let text = engine.encode(&shifted);
            // Letters that hold bits of what is before or behind it are not its own.
            let first = (before * 8).div_ceil(6);
            let last = shifted.len() * 8 / 6;
            needles.push(needle(&format!("{what}{name}, {before} bytes behind"), &text[first..last]));
        }
    }
    let hex = |bytes: &[u8]| hex_with(bytes, "");
    needles.push(needle(&format!("{what}hex"), hex(bytes)));
    needles.push(needle(&format!("{what}hex with colons"), hex_with(bytes, ":")));
    needles.push(needle(&format!("{what}percent-encoding"), format!("%{}", hex_with(bytes, "%"))));
    needles.push(needle(&format!("{what}JSON"), format!("\\u00{}", hex_with(bytes, "\\u00"))));
    let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
    needles.push(needle(&format!("{what}reversed"), reversed));
    let hash = digest(&SHA256, bytes);
    // The beginning tells it, should it have been cut off.
    let hash = hash.as_ref();
    needles.push(needle(&format!("{what}SHA-256"), &hash[..12]));
    needles.push(needle(&format!("{what}SHA-256 in hex"), hex(&hash[..8])));
    needles.push(needle(&format!("{what}SHA-256 in base64"), STANDARD_NO_PAD.encode(&hash[..9])));
    needles.push(needle(&format!("{what}SHA-256 in base64url"), URL_SAFE_NO_PAD.encode(&hash[..9])));
    needles
}

fn hex_with(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn needle(encoding: &str, bytes: impl AsRef<[u8]>) -> Needle {
    Needle { encoding: encoding.to_owned(), bytes: bytes.as_ref().to_vec() }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const WORD: &str = "k7qzvxw3pj9hmt2rb5ndc8";

    fn search(is: Is) -> Search {
        Search::new(&[Canary { carrier: "planted".into(), is }])
    }

    fn is_found(search: &Search, text: impl AsRef<[u8]>) -> bool {
        search.carriers(text.as_ref()) == ["planted"]
    }

    fn hash(bytes: &[u8]) -> Vec<u8> {
        digest(&SHA256, bytes).as_ref().to_vec()
    }

    fn hex(bytes: &[u8]) -> String {
        hex_with(bytes, "")
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        let search = search(Is::Word(WORD.into()));
        for text in [
            format!("x{WORD}y"),
            WORD.to_uppercase(),
            hex(WORD.as_bytes()),
            hex(WORD.as_bytes()).to_uppercase(),
            hex_with(WORD.as_bytes(), ":"),
            format!("%{}", hex_with(WORD.as_bytes(), "%").to_uppercase()),
            // As somebody writes it who escapes every other letter.
            WORD.bytes()
                .enumerate()
                .map(
                    |(at, byte)| {
                        if at % 2 == 0 { format!("%{byte:02X}") } else { char::from(byte).to_string() }
                    },
                )
                .collect(),
            utf8_percent_encode(&format!("a b{WORD}"), NON_ALPHANUMERIC).to_string(),
            format!("\\u00{}", hex_with(WORD.as_bytes(), "\\u00")),
            WORD.chars().rev().collect(),
            hex(&hash(WORD.as_bytes())),
            hex(&hash(WORD.as_bytes()))[..16].to_owned(),
            STANDARD.encode(hash(WORD.as_bytes())),
            URL_SAFE.encode(hash(WORD.as_bytes())),
        ] {
            assert!(is_found(&search, &text), "{text}");
        }
        assert!(is_found(&search, hash(WORD.as_bytes())));
        assert!(!is_found(&search, "k7qzvxw3pj9hmt2rb5ndc"));
        assert_eq!(search.carriers(b""), [""; 0]);
    }

    #[test]
    fn base64_is_found_wherever_it_begins_and_ends() {
        let search = search(Is::Word(WORD.into()));
        for before in 0..7 {
            for behind in 0..7 {
                let text = format!("{}{WORD}{}", "?".repeat(before), "~".repeat(behind));
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text), STANDARD_NO_PAD.encode(&text)]
                {
                    assert!(is_found(&search, &encoded), "{before} {behind} {encoded}");
                }
            }
        }
    }

    #[test]
    fn an_address_is_found_however_it_is_written() {
        let search = search(Is::Address([127, 77, 31, 9].into()));
        let octets = [127, 77, 31, 9];
        for text in [
            "127.77.31.9",
            "::ffff:127.77.31.9",
            "::ffff:7F4D:1F09",
            "9.31.77.127.in-addr.arpa",
            "127.77.31.0/24",
            "127-77-31-9.example",
            "127.077.031.009",
            "2135760649",
            "7f4d1f09",
            "0x091F4D7F",
            "[127, 77, 31, 9]",
            "127%2e77%2E31%2e9",
        ] {
            assert!(is_found(&search, text), "{text}");
        }
        for text in [
            153_046_399.to_string(),
            STANDARD.encode("127.77.31.9"),
            STANDARD.encode("for=127.77.31.9;x"),
            URL_SAFE.encode(octets),
            hex(&hash(b"127.77.31.9")),
            STANDARD.encode(hash(b"127.77.31.9")),
            hex(&hash(&octets)),
        ] {
            assert!(is_found(&search, &text), "{text}");
        }
        assert!(is_found(&search, [1, 127, 77, 31, 9, 1]));
        assert!(!is_found(&search, "127.77.3.9 127.0.0.1"));
    }

    #[test]
    fn an_address_of_ipv6_is_found_however_it_is_written() {
        let address: std::net::Ipv6Addr = "2001:db8:7c31:9a5e:41:b7d2:603f:1c8e".parse().expect("an address");
        let search = search(Is::Address(address.into()));
        for text in [
            "[2001:DB8:7c31:9a5e:41:b7d2:603f:1c8e]:443",
            "2001:0db8:7c31:9a5e:0041:b7d2:603f:1c8e",
            "20010db87c319a5e0041b7d2603f1c8e",
            "2001:db8:7c31:9a5e::/64",
            "e.8.c.1.f.3.0.6.2.d.7.b.1.4.0.0.e.5.a.9.1.3.c.7.8.b.d.0.1.0.0.2.ip6.arpa",
            "2001%3Adb8%3A7c31%3A9a5e%3A41%3Ab7d2%3A603f%3A1c8e",
        ] {
            assert!(is_found(&search, text), "{text}");
        }
        for text in [
            u128::from(address).to_string(),
            STANDARD.encode(address.octets()),
            hex(&hash(&address.octets())),
            hex(&hash(address.to_string().as_bytes())),
        ] {
            assert!(is_found(&search, &text), "{text}");
        }
        assert!(is_found(&search, address.octets()));
    }
}
