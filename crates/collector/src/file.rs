//! Reports as files, where the destination of a site is a folder: `2026-11-21T10-15Z-<key>.json`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use telemetry::report::{MAX_BYTES, Report, ReportError};

use crate::key::Key;

/// Why a file is no report; which one, its reader knows.
#[derive(Debug, thiserror::Error)]
pub enum ReportFileError {
    /// The system does not give it.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It holds something else.
    #[error(transparent)]
    Malformed(#[from] ReportError),
    /// Its name holds no key.
    #[error("its name does not end in `-<32 hexadecimal digits>.json`, the key of a report")]
    Unnamed,
    /// Its name is another window's.
    #[error("its name does not begin with `{0}`, the window of the report")]
    Misnamed(String),
}

/// The report in a file of any name.
pub fn read(path: &Path) -> Result<Report, ReportFileError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Report::parse(&bytes)?)
}

/// The report in a file that its sender named, and its key.
pub fn read_named(path: &Path) -> Result<(Key, Report), ReportFileError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts = name.strip_suffix(".json").and_then(|stem| stem.rsplit_once('-'));
    let (window, key) = parts.ok_or(ReportFileError::Unnamed)?;
    let key = key.parse().map_err(|_| ReportFileError::Unnamed)?;
    let report = read(path)?;
    let expected = report.bucket.to_string().replace(':', "-");
    if window == expected { Ok((key, report)) } else { Err(ReportFileError::Misnamed(expected)) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_its_sender_named_has_a_key() {
        const KEY: &str = "00112233445566778899aabbccddeeff";
        let text = r#"{"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":[]}"#;
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            read_named(&path)
        };
        let (key, report) = named(&format!("2026-11-21T10-15Z-{KEY}.json")).unwrap();
        assert_eq!((key.to_string().as_str(), report.site.as_str()), (KEY, "s17"));
        for bad in [
            "report.json",
            "2026-11-21T10-15Z.json",
            &format!("2026-11-21T10-15Z-{KEY}"),
            &format!("{KEY}.json"),
        ] {
            assert!(matches!(named(bad), Err(ReportFileError::Unnamed)), "{bad}");
        }
        let other = named(&format!("2026-11-21T10-30Z-{KEY}.json"));
        assert!(matches!(other, Err(ReportFileError::Misnamed(..))));
        assert!(matches!(read(&folder.path().join("gone")), Err(ReportFileError::Unreadable(..))));
        fs::write(folder.path().join("bad"), "{}").unwrap();
        assert!(matches!(read(&folder.path().join("bad")), Err(ReportFileError::Malformed(..))));
    }
}
