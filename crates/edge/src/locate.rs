//! Where a viewer is, for portals that ask: the parts that answer `/where`.
//!
//! [`key`] is the file with the key that signs the answers, `nonces` the memory of those that were given.

pub mod key;
// Until the route is there.
#[cfg_attr(not(test), expect(dead_code, reason = "nothing answers `/where` yet"))]
mod nonces;
