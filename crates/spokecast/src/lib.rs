//! The program: arguments, logging, exit codes, and the demo.
//!
//! Everything that an edge does is in the crate `edge`; here stands what a command line adds. The parts are
//! a library so that tests use the demo's origin as their own.

pub mod arguments;
pub mod command;
pub mod demo;
pub mod descriptors;
pub mod logging;
mod output;
mod paint;
