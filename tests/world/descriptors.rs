//! Enough file descriptors for a crowd: both ends of each connection are in this one process.

use spokecast::descriptors::raise_to;

/// Tests that run beside it open files as well.
const BESIDE: usize = 8000;

/// Sees to it that this process may have `count` files open.
pub(crate) fn allow(count: usize) {
    let allowed = raise_to(count + BESIDE);
    assert!(allowed >= count, "this test opens {count} files: allow it with `ulimit -Hn {count}`");
}
