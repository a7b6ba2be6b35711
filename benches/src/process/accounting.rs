//! What `/proc` tells about processes: who descends from whom, processor time, memory.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// `root` and all its descendants that live now.
pub(super) fn tree(root: i32) -> Vec<i32> {
    descendants(root, &parents())
}

/// Those of `processes` that are still below `ancestor`.
pub(super) fn still_below(processes: &[i32], ancestor: i32) -> Vec<i32> {
    let ours = tree(ancestor);
    processes.iter().copied().filter(|process| ours.contains(process)).collect()
}

/// User and system time of these processes together. One that has ended counts nothing.
pub(super) fn cpu(processes: &[i32]) -> Duration {
    let ticks: u64 = processes.iter().filter_map(|process| Some(stat(*process)?.ticks)).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_millis(ticks * 1000 / per_second.max(1))
}

/// Proportional set size of these processes together, in bytes.
pub(super) fn memory(processes: &[i32]) -> Result<u64> {
    processes.iter().try_fold(0, |sum, process| {
        let path = format!("/proc/{process}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        Ok(sum + proportional_bytes(&text).with_context(|| format!("no Pss in {path}"))?)
    })
}

/// The parent of every process.
fn parents() -> HashMap<i32, i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|process| Some((process, stat(process)?.parent))).collect()
}

fn descendants(root: i32, parents: &HashMap<i32, i32>) -> Vec<i32> {
    let mut found = vec![root];
    let mut at = 0;
    while at < found.len() {
        let parent = found[at];
        found.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(child, _)| *child));
        at += 1;
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    /// User and system time, in clock ticks.
    ticks: u64,
}

fn stat(process: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// `proc_pid_stat(5)`. The name in parentheses may hold anything, parentheses and spaces too.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    // The first of these is the third field of the page, the state.
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |page: usize| fields.get(page - 3)?.parse::<u64>().ok();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks: number(14)? + number(15)? })
}

/// The `Pss:` line of `smaps_rollup`, which counts in KiB.
fn proportional_bytes(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_parent_are_found_behind_a_name_with_parentheses() {
        let text = "17 (a (b) c) S 4 17 17 0 -1 4194560 812 0 0 0 250 75 3 1 20 0 1 0 5 6 7";
        assert_eq!(parse_stat(text), Some(Stat { parent: 4, ticks: 325 }));
        assert_eq!(parse_stat("17 (short) S 4"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn our_own_line_can_be_read() {
        let own = std::process::id().cast_signed();
        assert!(stat(own).is_some_and(|stat| stat.parent > 0));
        assert!(memory(&[own]).is_ok_and(|bytes| bytes > 4096));
    }

    #[test]
    fn memory_is_the_proportional_line_in_bytes() {
        let text = "5581-7ffe [rollup]\nRss:  5000 kB\nPss:  1234 kB\nPss_Dirty: 9 kB\n";
        assert_eq!(proportional_bytes(text), Some(1234 * 1024));
        assert_eq!(proportional_bytes("Rss: 5 kB\n"), None);
    }

    #[test]
    fn a_tree_has_grandchildren_and_no_strangers() {
        let parents = HashMap::from([(2, 1), (3, 2), (4, 3), (5, 1), (6, 9)]);
        let mut found = descendants(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4]);
    }
}
