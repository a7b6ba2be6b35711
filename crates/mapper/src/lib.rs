//! Where is this viewer?
//!
//! Network administrators describe their offices once, as rows: which networks lead to which site. [`assemble()`]
//! makes a [`SiteMap`] of them, whole, or says everything that is wrong with them; the map never changes after that. A
//! viewer's address ([`Address`]) leads to a [`Location`]: offices with a link of their own are known by the external
//! address, offices behind a hub by the pair of external and internal address.
//!
//! [`SiteMap::explain`] says step by step how an address came to its site, [`diff`] what moves between two maps.
//! [`import`] and [`export`] read and write the formats in which organisations keep their networks.
//!
//! # Invariants
//! - Pure: no file, socket, clock or thread. A look-up allocates nothing and takes no lock.
//! - The address stops here: [`Address`] cannot be printed or serialised, and nothing that a look-up gives holds one.
//! - Nothing is settled by "the first row wins": what contradicts itself is refused, with both rows.
//!
//! Deliberately absent: geography. A site is an office with a network, not a place on a globe.

pub mod address;
pub mod assemble;
pub mod cidr;
pub mod description;
pub mod diff;
pub mod explain;
pub mod export;
pub mod fault;
pub mod format;
pub mod id;
pub mod import;
mod left_out;
pub mod location;
pub mod map;
pub mod network;
mod prefix;

pub use address::Address;
pub use assemble::assemble;
pub use description::Description;
pub use fault::{Fault, Faults, Place};
pub use format::Format;
pub use id::Id;
pub use location::Location;
pub use map::SiteMap;
pub use network::{Kind, Policy};

#[cfg(test)]
mod tests;
