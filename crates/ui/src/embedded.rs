//! The files that Vite wrote, as they were when the crate was compiled.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// `dist`, or nothing when the pages have not been built.
#[derive(RustEmbed)]
#[folder = "dist"]
#[allow_missing = true]
struct Dist;

/// One file of a built page.
pub(crate) struct File {
    pub(crate) body: Cow<'static, [u8]>,
    /// SHA-256 of the body.
    pub(crate) hash: [u8; 32],
}

/// The file at `path` below `dist`, such as `watch/assets/index-C2.js`.
pub(crate) fn file(path: &str) -> Option<File> {
    Dist::get(path).map(|found| File { hash: found.metadata.sha256_hash(), body: found.data })
}
