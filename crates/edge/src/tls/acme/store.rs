//! What is kept in the folder between two starts: the account, and how the last try ended.

use std::time::{Duration, SystemTime};

use instant_acme::AccountCredentials;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, FolderError};

const ACCOUNT: &str = "account.json";
const TRIES: &str = "tries.json";

/// An account at an authority.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    /// The authority's directory.
    pub(super) directory: String,
    /// What the authority was told last.
    pub(super) contact: Vec<String>,
    /// Its address and its private key.
    pub(super) credentials: AccountCredentials,
}

/// How trying goes, so that a start after a start after a start asks no sooner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tries {
    /// Where it was tried.
    pub(super) directory: String,
    /// What was tried: others begin anew.
    pub(super) of: String,
    /// How many failed in a row.
    pub(super) failures: u32,
    /// When the last began, in seconds of Unix time.
    pub(super) began: u64,
    /// No sooner than this the next may begin, in seconds of Unix time.
    pub(super) not_before: u64,
    /// Whether the authority itself asked for that.
    pub(super) asked: bool,
}

/// Why what is kept cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No word of what stands there is told: it may be a part of a key.
    #[error(
        "tls.acme.folder: {0} is not as the edge wrote it (line {1}, column {2}); move it away, and a new one is made"
    )]
    Malformed(&'static str, usize, usize),
    #[error("tls.acme.folder: {0} cannot be written down")]
    Unwritable(&'static str),
}

impl Account {
    /// The account that is kept, if there is one. Blocks.
    pub(super) fn load(folder: &Folder) -> Result<Option<Self>, StoreError> {
        load(folder, ACCOUNT)
    }

    /// Keeps it. Blocks.
    pub(super) fn save(&self, folder: &Folder) -> Result<(), StoreError> {
        save(folder, ACCOUNT, self)
    }
}

impl Tries {
    /// What is kept of earlier ones. Blocks.
    pub(super) fn load(folder: &Folder) -> Result<Option<Self>, StoreError> {
        load(folder, TRIES)
    }

    /// Keeps it. Blocks.
    pub(super) fn save(&self, folder: &Folder) -> Result<(), StoreError> {
        save(folder, TRIES, self)
    }
}

/// A moment as it is kept.
pub(super) fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The moment that was kept.
pub(super) fn moment(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn load<T: for<'de> Deserialize<'de>>(folder: &Folder, name: &'static str) -> Result<Option<T>, StoreError> {
    let Some(content) = folder.read(name)? else { return Ok(None) };
    let read = serde_json::from_slice(&content);
    read.map(Some).map_err(|error| StoreError::Malformed(name, error.line(), error.column()))
}

fn save<T: Serialize>(folder: &Folder, name: &'static str, value: &T) -> Result<(), StoreError> {
    let content = serde_json::to_vec(value).map_err(|_| StoreError::Unwritable(name))?;
    // It may hold a key.
    Ok(folder.write(name, &zeroize::Zeroizing::new(content))?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::OpenOptionsExt as _;

    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("acme")).unwrap();
        assert_eq!(Tries::load(&folder).unwrap(), None);
        let tries = Tries {
            directory: "https://a".into(),
            of: "a".into(),
            failures: 2,
            began: 5,
            not_before: 7,
            asked: true,
        };
        tries.save(&folder).unwrap();
        assert_eq!(Tries::load(&folder).unwrap(), Some(tries));
        assert!(Account::load(&folder).unwrap().is_none());
    }

    #[test]
    fn what_was_changed_by_others_is_told_without_a_word_of_it() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("acme")).unwrap();
        let mut file = fs::OpenOptions::new();
        let file = file.write(true).create(true).mode(0o600).open(temporary.path().join("acme/account.json"));
        let text = "{\"directory\":\"https://a\",\"contact\":[],\"credentials\":\"c2VjcmV0\"}";
        std::io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
        let error = Account::load(&folder).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("account.json") && error.contains("line 1"), "{error}");
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }
}
