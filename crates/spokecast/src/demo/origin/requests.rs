//! How often each path was asked for.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Most paths that are counted one by one; later ones count in the total alone.
const PATHS: usize = 8192;

/// Counts by path and in all.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_path: HashMap<String, u64>,
    total: u64,
}

impl Requests {
    pub(super) fn count(&self, path: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total += 1;
        if let Some(count) = counts.by_path.get_mut(path) {
            *count += 1;
        } else if counts.by_path.len() < PATHS {
            counts.by_path.insert(path.to_owned(), 1);
        }
    }

    pub(super) fn of(&self, path: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_path.get(path).copied().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_paths_is_bounded() {
        let requests = Requests::default();
        for number in 0..=PATHS {
            requests.count(&format!("/{number}"));
        }
        requests.count("/0");
        requests.count(&format!("/{PATHS}"));
        assert_eq!((requests.of("/0"), requests.of(&format!("/{}", PATHS - 1))), (2, 1));
        assert_eq!(requests.of(&format!("/{PATHS}")), 0);
        assert_eq!(requests.total(), PATHS as u64 + 3);
    }
}
