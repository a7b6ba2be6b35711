//! The server in the office.
pub mod config;
