//! What may leave a site: how often which segment of which entry was asked for, where enough people asked, and
//! nothing else.

pub mod audit;
pub mod bucket;
pub mod delivery;
pub mod disk;
pub mod entry;
pub mod report;
pub mod spool;

#[cfg(test)]
mod tests;
