//! Spool and log on disks that fail, fill up, or stop for ever at any operation.

mod audit_crashes;
mod audit_text;
mod crashes;
mod damage;
mod faults;
mod full;
mod memory_disk;
mod site;
