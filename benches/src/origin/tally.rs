//! What an origin was asked for, by path.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Paths that are told apart; beyond them requests are counted under no path.
const MOST_PATHS: usize = 65_536;

#[derive(Default)]
pub(super) struct Tally {
    paths: Mutex<HashMap<String, Counts>>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    requests: u64,
    bytes: u64,
}

/// Several paths together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) requests: u64,
    /// Bytes of bodies.
    pub(crate) bytes: u64,
    /// How many different paths.
    pub(crate) paths: u64,
}

impl Tally {
    pub(super) fn add(&self, path: &str, bytes: u64) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = paths.contains_key(path);
        let key = if is_known || paths.len() < MOST_PATHS { path } else { "" };
        let counts = paths.entry(key.to_owned()).or_default();
        counts.requests += 1;
        counts.bytes += bytes;
    }

    pub(super) fn sum(&self, prefix: &str) -> Sum {
        let paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let matching = paths.iter().filter(|(path, _)| path.starts_with(prefix));
        matching.fold(Sum::default(), |sum, (_, counts)| Sum {
            requests: sum.requests + counts.requests,
            bytes: sum.bytes + counts.bytes,
            paths: sum.paths + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_has_the_paths_below_its_prefix_alone() {
        let tally = Tally::default();
        for path in ["/a/1", "/a/2", "/a/1", "/b/1"] {
            tally.add(path, 10);
        }
        assert_eq!(tally.sum("/a/"), Sum { requests: 3, bytes: 30, paths: 2 });
        assert_eq!(tally.sum("/c"), Sum::default());
    }
}
