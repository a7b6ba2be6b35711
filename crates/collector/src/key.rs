//! What a report is known by between its sender and here: drawn at random once, sent with every try.

use std::fmt;
use std::str::FromStr;

/// A report's key: 16 bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

/// A text that is no [`Key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 hexadecimal digits")]
pub struct NotAKey;

impl Key {
    /// As bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAKey);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| NotAKey)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[test]
fn a_key_is_32_hexadecimal_digits() {
    let text = "00112233445566778899aabbccddeeff";
    let key: Key = text.parse().unwrap();
    assert_eq!(key.to_string(), text);
    assert_eq!(text.to_uppercase().parse(), Ok(key));
    for bad in
        ["", "0011", &text[1..], &format!("{text}0"), &text.replace('f', "g"), &text.replacen('0', "+", 1)]
    {
        assert_eq!(bad.parse::<Key>(), Err(NotAKey), "{bad:?}");
    }
}
