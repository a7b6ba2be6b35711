//! SHA-256: of reports, to tell one from another, and of tokens, to compare them.

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sum = [0; 32];
        // SHA-256 has 32 bytes.
        sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(sum)
    }

    /// As bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
