//! Reports on their way out: each counts once, whatever the collector, the network or the disk does, and nothing else
//! leaves.
//!
//! What waits is put into the spool before the edge starts, as a crash would have left it.

mod answers;
mod collector;
mod delivery;
mod garbage;
mod lengths;
mod operation;
mod outages;
mod record;
mod secrets;
mod site;
