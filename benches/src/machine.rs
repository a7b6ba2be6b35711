//! What the figures were taken on.

use std::fs;
use std::thread::available_parallelism;

/// Processor, cores and kernel, in one line.
pub(crate) fn line() -> String {
    let cores = available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    format!("{}, {cores} cores, Linux {}", model(&processor), kernel.trim())
}

fn model(cpuinfo: &str) -> &str {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':')).map_or("unknown processor", |(_, name)| name.trim())
}

#[test]
fn the_processor_has_a_name() {
    assert_eq!(model("processor\t: 0\nmodel name\t: A CPU\nmodel name\t: B\n"), "A CPU");
    assert_eq!(model(""), "unknown processor");
}
