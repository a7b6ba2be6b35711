//! The file with the key that signs where a viewer is.
//!
//! It is a secret of the machine: who reads it can tell every portal that trusts it where anybody is. So one that others
//! than its owner may read or change is refused, and one that is made is readable by its owner alone from its first
//! moment. It appears whole or not at all, and never in the place of another.
//!
//! Errors name the file and what is wrong, and nothing of its content.

use std::io;
use std::path::{Path, PathBuf};

use control::key::{KeyError, SigningKey};

use crate::secret_file::{self, SecretFile};

/// Far more than a key and words around it.
const MOST_BYTES: usize = 16 << 10;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It was never made, or lies elsewhere.
    #[error("{file}: there is no such file; `spokecast key new {file}` makes one", file = .0.display())]
    Missing(PathBuf),
    /// The system does not give it.
    #[error("{file}: cannot be read: {1}", file = .0.display())]
    Unreadable(PathBuf, io::Error),
    /// Group or others have a right to it.
    #[error("{file}: its mode {1:04o} lets others read or change it; `chmod 600 {file}` keeps it secret", file = .0.display())]
    Exposed(PathBuf, u32),
    /// No key file has so many bytes.
    #[error("{file}: is larger than {MOST_BYTES} bytes", file = .0.display())]
    TooLarge(PathBuf),
    /// It holds no key.
    #[error("{file}: {1}", file = .0.display())]
    Malformed(PathBuf, KeyError),
    /// A file to be made is there.
    #[error("{file}: is there already, and is left as it is", file = .0.display())]
    Taken(PathBuf),
    /// The system does not take it.
    #[error("{file}: cannot be written: {1}", file = .0.display())]
    Unwritable(PathBuf, io::Error),
}

/// The key in a file: PKCS#8 in PEM, for its owner alone.
pub fn load(path: &Path) -> Result<SigningKey, KeyFileError> {
    let file = SecretFile::read(path, MOST_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.into()),
        _ => KeyFileError::Unreadable(path.into(), error),
    })?;
    if let Some(mode) = file.exposed() {
        return Err(KeyFileError::Exposed(path.into(), mode));
    }
    if file.content.len() > MOST_BYTES {
        return Err(KeyFileError::TooLarge(path.into()));
    }
    SigningKey::from_pem(&file.content).map_err(|error| KeyFileError::Malformed(path.into(), error))
}

/// A new key, in a new file.
pub fn create(path: &Path) -> Result<SigningKey, KeyFileError> {
    let malformed = |error| KeyFileError::Malformed(path.into(), error);
    let key = SigningKey::generate().map_err(malformed)?;
    let text = key.to_pem().map_err(malformed)?;
    secret_file::create(path, text.as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Taken(path.into()),
        _ => KeyFileError::Unwritable(path.into(), error),
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests;
