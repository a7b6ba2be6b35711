//! Networks of others, with each choice of how they are seen: read, assembled and written without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapper::Format;

#[path = "map_lists.rs"]
mod lists;

fuzz_target!(|input: &[u8]| lists::check(Format::InfobloxCsv, input));
