//! What names a stored object: the origin it comes from, and the path and query there.
//!
//! The origin is part of the key, so that two hosts with equal paths never share bytes. Nothing of
//! the client is: no header, no credential, no address. The caller has made the target canonical.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use moka::Equivalent;

/// One of the configured origins, by its place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginId(pub u16);

/// An owned key, as the cache keeps it. Cloning counts a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    origin: OriginId,
    target: Arc<str>,
}

/// A key that borrows the request's target, so that a look-up allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRef<'t> {
    /// Where the object comes from.
    pub origin: OriginId,
    /// Canonical path and query at that origin (`/a/b.ts?x=1`).
    pub target: &'t str,
}

impl Key {
    /// Where the object comes from.
    pub fn origin(&self) -> OriginId {
        self.origin
    }

    /// Canonical path and query at the origin.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The same key, borrowed.
    pub fn borrowed(&self) -> KeyRef<'_> {
        KeyRef { origin: self.origin, target: &self.target }
    }
}

impl KeyRef<'_> {
    /// The same key, owned.
    pub fn to_key(self) -> Key {
        Key { origin: self.origin, target: Arc::from(self.target) }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.origin.hash(state);
        self.target.hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.borrowed()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn a_borrowed_key_finds_its_owned_twin() {
        let hasher = std::collections::hash_map::RandomState::new();
        let borrowed = KeyRef { origin: OriginId(3), target: "/a?b=c" };
        let owned = borrowed.to_key();
        assert!(borrowed.equivalent(&owned));
        assert_eq!(hasher.hash_one(borrowed), hasher.hash_one(&owned));
    }

    #[test]
    fn two_origins_with_one_path_are_two_objects() {
        let a = KeyRef { origin: OriginId(0), target: "/a" }.to_key();
        let b = KeyRef { origin: OriginId(1), target: "/a" }.to_key();
        assert_ne!(a, b);
    }
}
