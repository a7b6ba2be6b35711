//! The same names, each use a point where the model may let somebody else go first.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

pub(crate) use shuttle::sync::atomic::{AtomicU64, AtomicUsize};
pub(crate) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use shuttle::thread::yield_now;

/// The same key lies in the same shard in each execution.
pub(crate) type ShardHasher = BuildHasherDefault<DefaultHasher>;

/// As few as show what more than one can do: each is a step in every execution.
pub(crate) const SHARDS: usize = 2;

/// What an exchange looks like from outside.
#[derive(Debug)]
pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>, AtomicU64);

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)), AtomicU64::new(0))
    }

    pub(crate) fn load(&self) -> Arc<T> {
        let value = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        // Somebody may exchange it before it is used.
        self.1.load(Ordering::Relaxed);
        value
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.load()
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), value);
        drop(before);
    }
}
