//! `spokecast collect load`.

use std::process::ExitCode;

use anyhow::Context as _;
use collector::file;
use collector::store::{Store, Stored};

use super::BUSY;
use crate::arguments::LoadArguments;
use crate::command::map::counted;
use crate::command::runtime;
use crate::output::{print, say};

pub(super) fn run(arguments: &LoadArguments) -> anyhow::Result<ExitCode> {
    let today = collector::day(edge::Clock::system().wall());
    runtime()?.block_on(async {
        let store = Store::open(&arguments.database, BUSY).await?;
        let (mut new, mut known, mut refused) = (0, 0, 0);
        for path in &arguments.files {
            let (key, report) = match file::read_named(path) {
                Ok(named) => named,
                Err(error) => {
                    refused += 1;
                    say(format_args!("{}: {error}", path.display()));
                    continue;
                }
            };
            let stored = store.store(key, &report, today).await;
            match stored.with_context(|| path.display().to_string())? {
                Stored::New => new += 1,
                Stored::Known => known += 1,
                Stored::Conflict => {
                    refused += 1;
                    say(format_args!("{}: another report has its key", path.display()));
                }
            }
        }
        store.close().await;
        let of = |count: usize| counted(count, "report");
        print(format_args!("{} brought in, {known} known already, {refused} refused", of(new)))?;
        Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
