//! The token that a collector asks for.
//!
//! It is a secret of the site: who has it can count what nobody watched. Its file is for the owner alone; its content
//! stands in no error, log line, metric or record of what was sent, and is overwritten when nobody needs it any more.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::secret_file::SecretFile;

/// The longest token; far less than the head of a request may take.
const MOST_BYTES: usize = 4 << 10;

/// What stands before it (RFC 6750 section 2.1).
const SCHEME: &[u8] = b"Bearer ";

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system does not give it.
    #[error("telemetry.upstream.token-file: {file}: cannot be read: {1}", file = .0.display())]
    Unreadable(PathBuf, io::Error),
    /// Group or others have a right to it.
    #[error(
        "telemetry.upstream.token-file: {file}: its mode {1:04o} lets others read or change it; \
         `chmod 600 {file}` keeps it secret",
        file = .0.display()
    )]
    Exposed(PathBuf, u32),
    /// It holds something else.
    #[error(
        "telemetry.upstream.token-file: {file}: holds no token: 1 to {MOST_BYTES} letters, digits and signs in one \
         line, without spaces",
        file = .0.display()
    )]
    Malformed(PathBuf),
}

/// The value of `Authorization` with the token in this file, marked as secret.
pub(super) fn authorization(file: &Path) -> Result<HeaderValue, TokenError> {
    let malformed = || TokenError::Malformed(file.into());
    let read =
        SecretFile::read(file, MOST_BYTES + 2).map_err(|error| TokenError::Unreadable(file.into(), error))?;
    if let Some(mode) = read.exposed() {
        return Err(TokenError::Exposed(file.into(), mode));
    }
    let token = line(&read.content);
    if !(1..=MOST_BYTES).contains(&token.len()) || !token.iter().all(u8::is_ascii_graphic) {
        return Err(malformed());
    }
    let mut value = Zeroizing::new(Vec::with_capacity(SCHEME.len() + token.len()));
    value.extend_from_slice(SCHEME);
    value.extend_from_slice(token);
    // Not copied, so that what is overwritten at its end is the only place that holds it for long.
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value)).map_err(|_| malformed())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Without the end of the line, as editors leave it.
fn line(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn of(content: &[u8], mode: u32) -> Result<HeaderValue, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        authorization(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_is_one_line_for_its_owner_alone() {
        for content in [&b"s3cr.et~+/="[..], b"s3cr.et~+/=\n", b"s3cr.et~+/=\r\n"] {
            let value = of(content, 0o600).unwrap();
            assert_eq!(value, "Bearer s3cr.et~+/=");
            assert_eq!(format!("{value:?}"), "Sensitive");
        }
        assert!(of(&[b'x'; MOST_BYTES], 0o400).is_ok());
        for mode in [0o640, 0o604, 0o620, 0o601] {
            let said = of(b"s3cret", mode).unwrap_err();
            assert!(said.contains(&format!("{mode:04o}")) && !said.contains("s3cret"), "{said}");
        }
        for bad in [
            &b""[..],
            b"\n",
            b"s3cret s3cret",
            b"s3cret\ns3cret",
            b" s3cret",
            b"s3cret\0",
            "s3cr\u{e9}t".as_bytes(),
            &[b'x'; MOST_BYTES + 1],
            &[b'x'; 2 * MOST_BYTES],
        ] {
            let said = of(bad, 0o600).unwrap_err();
            assert!(said.contains("holds no token") && !said.contains("s3cr"), "{said}");
        }
        assert!(
            authorization(Path::new("/nowhere/token")).unwrap_err().to_string().contains("/nowhere/token")
        );
    }
}
