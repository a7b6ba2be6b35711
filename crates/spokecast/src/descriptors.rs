//! File descriptors: each connection of a viewer holds one, and so does each request to an origin.
//!
//! Systems start programs with a low soft limit, often 1024, below a high hard one. If viewers could take the last
//! descriptor, no fill would reach its origin any more and operators would find the door shut. So the soft limit is
//! raised as far as the configuration needs it, and where that is not far enough fewer viewers are let in.

use edge::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides: listeners, standard streams, the runtime's own, operators' connections.
const OTHERS: usize = 64;

/// Raises the limit of this process to `wanted` open files, or as far as the system allows. How many may be open
/// then: at least `wanted` if all is well.
pub fn raise_to(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let count =
        |limit: Option<u64>| limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if count(current) >= wanted {
        return count(current);
    }
    let raised = wanted.min(count(maximum));
    // Below the hard limit nobody may refuse; if somebody does, the old limit holds.
    match setrlimit(Resource::Nofile, Rlimit { current: Some(raised as u64), maximum }) {
        Ok(()) => raised,
        Err(_) => count(current),
    }
}

/// The system allows fewer open files than the configuration needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shortage {
    wanted: usize,
    allowed: usize,
    max_connections: usize,
}

/// Sees to it that viewers leave descriptors for fills and operators: lets in fewer where that is needed.
pub(crate) fn provide(config: &mut Config) -> Option<Shortage> {
    let upstream = config.origin.iter().fold(0_usize, |sum, origin| sum.saturating_add(origin.max_requests));
    let wanted = config.viewers.max_connections.saturating_add(upstream).saturating_add(OTHERS);
    let allowed = raise_to(wanted);
    if allowed >= wanted {
        return None;
    }
    let max_connections = places(allowed, upstream);
    config.viewers.max_connections = max_connections;
    Some(Shortage { wanted, allowed, max_connections })
}

impl Shortage {
    /// Logs it.
    pub(crate) fn warn(self) {
        let Self { wanted, allowed, max_connections } = self;
        tracing::warn!(
            wanted,
            allowed,
            max_connections,
            "too few open files are allowed for viewers.max-connections: fewer viewers are let in"
        );
    }
}

/// How many viewers there is room for with `allowed` open files. At least half of what is left belongs to them.
fn places(allowed: usize, upstream: usize) -> usize {
    let left = allowed.saturating_sub(OTHERS);
    left.saturating_sub(upstream.min(left / 2)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_leave_room_for_fills() {
        assert_eq!(places(1024, 256), 1024 - 64 - 256);
        assert_eq!(places(264, 256), 100);
        assert_eq!(places(10, 256), 1);
    }

    #[test]
    fn a_limit_that_is_high_enough_stays() {
        let before = getrlimit(Resource::Nofile);
        assert!(raise_to(1) >= 1);
        assert_eq!(getrlimit(Resource::Nofile), before);
    }
}
