//! What names a stored object: the origin it comes from, the path and query there, and which part of the
//! answer it is.
//!
//! The origin is part of the key, so that two hosts with equal paths never share bytes. Nothing of
//! the client is: no header, no credential, no address. The caller has made the target canonical.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use moka::Equivalent;

/// One of the configured origins, by its place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginId(pub u16);

/// What is kept under a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Part {
    /// The whole object, or the index of one that is kept in slices.
    #[default]
    Whole,
    /// Bytes `index` × [`BLOCK`](crate::object::BLOCK) and on of the object whose head has this
    /// [`version`](crate::object::Head::version), a block of them at most.
    Slice {
        /// Slices of different answers never mix.
        version: u64,
        /// Counts from 0.
        index: u32,
    },
}

/// An owned key, as the cache keeps it. Cloning counts a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    origin: OriginId,
    target: Arc<str>,
    part: Part,
}

/// A key that borrows the request's target, so that a look-up allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRef<'t> {
    /// Where the object comes from.
    pub origin: OriginId,
    /// Canonical path and query at that origin (`/a/b.ts?x=1`).
    pub target: &'t str,
    /// Which part of the answer.
    pub part: Part,
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

    /// Which part of the answer.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The key of another part of the same object.
    #[must_use]
    pub fn with(&self, part: Part) -> Self {
        Self { part, ..self.clone() }
    }

    /// The same key, borrowed.
    pub fn borrowed(&self) -> KeyRef<'_> {
        KeyRef { origin: self.origin, target: &self.target, part: self.part }
    }
}

impl<'t> KeyRef<'t> {
    /// The key of a whole object.
    pub const fn whole(origin: OriginId, target: &'t str) -> Self {
        Self { origin, target, part: Part::Whole }
    }

    /// The key of another part of the same object.
    #[must_use]
    pub fn with(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// The same key, owned.
    pub fn to_key(self) -> Key {
        Key { origin: self.origin, target: Arc::from(self.target), part: self.part }
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
        self.part.hash(state);
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
        let borrowed = KeyRef::whole(OriginId(3), "/a?b=c");
        let owned = borrowed.to_key();
        assert!(borrowed.equivalent(&owned));
        assert_eq!(hasher.hash_one(borrowed), hasher.hash_one(&owned));
    }

    #[test]
    fn two_origins_with_one_path_are_two_objects() {
        let a = KeyRef::whole(OriginId(0), "/a").to_key();
        let b = KeyRef::whole(OriginId(1), "/a").to_key();
        assert_ne!(a, b);
    }
}
