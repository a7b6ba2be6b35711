//! Bytes as text: UTF-8, with or without a byte order mark.

use crate::fault::{Code, Fault, Place};

const HOW: &str = "save it as UTF-8 (in Excel: `CSV UTF-8`)";

/// The text of a file, without its byte order mark.
pub(super) fn decode(bytes: &[u8], file: u16) -> Result<&str, Fault> {
    let fault = |line, message| Err(Fault::new(Code::Unreadable, Place::new(file, line), "", message));
    // Half of the bytes of plain text are 0 in UTF-16, and none in UTF-8.
    let looks_wide = bytes.iter().take(64).any(|byte| *byte == 0);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || looks_wide {
        return fault(0, format!("the file is UTF-16 or no text; {HOW}"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            if text.trim().is_empty() { fault(0, "the file is empty".into()) } else { Ok(text) }
        }
        Err(error) => {
            let before = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n');
            let line = before.count();
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            fault(line, format!("the line is no UTF-8: it was perhaps saved as Latin-1; {HOW}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_told_with_what_to_do() {
        assert_eq!(decode(b"\xef\xbb\xbfsite\n", 0), Ok("site\n"));
        for (bytes, line, word) in [
            (&b"\xff\xfes\0i\0"[..], 0, "UTF-16"),
            (b"\xfe\xff\0s\0i", 0, "UTF-16"),
            (b"s\0i\0t\0e\0", 0, "UTF-16"),
            (b"site\nm\xfcnchen\n", 2, "Latin-1"),
            (b"", 0, "empty"),
            (b"\xef\xbb\xbf \r\n", 0, "empty"),
        ] {
            let fault = decode(bytes, 3).unwrap_err();
            assert_eq!(fault.at, Place::new(3, line));
            assert!(fault.message.contains(word), "{}", fault.message);
        }
    }
}
