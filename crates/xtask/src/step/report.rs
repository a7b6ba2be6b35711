//! What became of each step of a longer run, and the table that closes it.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::{bold, green, red};

/// A run of named steps, in order. It ends early at the first failure unless told to keep going.
pub(crate) struct Report {
    keep_going: bool,
    steps: Vec<(&'static str, Outcome)>,
    remarks: Vec<String>,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration, anyhow::Error),
    NotRun,
}

impl Report {
    pub(crate) fn new(keep_going: bool) -> Self {
        Self { keep_going, steps: Vec::new(), remarks: Vec::new() }
    }

    /// Runs one step under its name, or only notes it if an earlier failure ended the run.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        if self.failed() > 0 && !self.keep_going {
            self.steps.push((name, Outcome::NotRun));
            return;
        }
        println!("\n{}", bold(&format!("== {name}")));
        let started = now();
        let result = work();
        let took = started.elapsed();
        let outcome = match result {
            Ok(()) => {
                println!("{} {name} in {}", green("passed:"), seconds(took));
                Outcome::Passed(took)
            }
            Err(error) => {
                println!("{} {name} after {}: {error:#}", red("failed:"), seconds(took));
                Outcome::Failed(took, error)
            }
        };
        self.steps.push((name, outcome));
    }

    /// Adds lines to what is shown below the table, such as tests that could not run here.
    pub(crate) fn remark(&mut self, lines: impl IntoIterator<Item = String>) {
        self.remarks.extend(lines);
    }

    /// Prints the table, the remarks and, as the last line, the counts. The exit code is 0 only if no step failed.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n{}", self.table());
        let counts = self.counts();
        println!("{}", if self.failed() == 0 { green(&counts) } else { red(&counts) });
        if self.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn table(&self) -> String {
        let width = self.steps.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut table = String::new();
        for (name, outcome) in &self.steps {
            let _ = match outcome {
                Outcome::Passed(took) => writeln!(table, "{name:width$}  passed   {:>9}", seconds(*took)),
                Outcome::Failed(took, error) => {
                    writeln!(table, "{name:width$}  failed   {:>9}  {error:#}", seconds(*took))
                }
                Outcome::NotRun => writeln!(table, "{name:width$}  not run"),
            };
        }
        for (number, remark) in self.remarks.iter().enumerate() {
            let _ = writeln!(table, "{}{remark}", if number == 0 { "\n" } else { "" });
        }
        table
    }

    fn counts(&self) -> String {
        let passed = self.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Passed(_))).count();
        let failed = self.failed();
        match self.steps.len() - passed - failed {
            0 => format!("steps: {passed} passed, {failed} failed"),
            skipped => format!("steps: {passed} passed, {failed} failed, {skipped} skipped"),
        }
    }

    fn failed(&self) -> usize {
        self.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(..))).count()
    }
}

#[expect(clippy::disallowed_methods, reason = "shows people how long a step took; nothing depends on it")]
fn now() -> Instant {
    Instant::now()
}

fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failure_ends_the_run_and_the_rest_is_counted_as_skipped() {
        let mut report = Report::new(false);
        report.step("one", || Ok(()));
        report.step("two", || bail!("broken"));
        report.step("three", || panic!("must not run"));
        assert_eq!(report.counts(), "steps: 1 passed, 1 failed, 1 skipped");
        let table = report.table();
        let lines: Vec<_> = table.lines().collect();
        assert!(lines[0].starts_with("one    passed"), "{table}");
        assert!(lines[1].starts_with("two    failed") && lines[1].ends_with("broken"), "{table}");
        assert_eq!(lines[2], "three  not run");
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn keep_going_runs_every_step_and_still_fails() {
        let mut report = Report::new(true);
        report.step("one", || bail!("broken"));
        report.step("two", || Ok(()));
        assert_eq!(report.counts(), "steps: 1 passed, 1 failed");
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn the_closing_line_of_a_good_run_has_no_third_number() {
        let mut report = Report::new(false);
        report.step("one", || Ok(()));
        assert_eq!(report.counts(), "steps: 1 passed, 0 failed");
        assert_eq!(report.close(), ExitCode::SUCCESS);
    }

    #[test]
    fn remarks_stand_below_the_table() {
        let mut report = Report::new(false);
        report.remark(["skipped: one".to_owned()]);
        report.step("tests", || Ok(()));
        report.remark(["skipped: two".to_owned()]);
        assert!(report.table().ends_with(" s\n\nskipped: one\nskipped: two\n"), "{}", report.table());
    }

    #[test]
    fn durations_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(1250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(185)), "3 min 05 s");
    }
}
