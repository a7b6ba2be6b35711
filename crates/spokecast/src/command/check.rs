//! `spokecast check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use edge::Edge;
use edge::config::{Config, Fault};

use super::map;
use crate::arguments::{CheckArguments, ColorChoice};
use crate::output::print;
use crate::paint::Paint;

pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    if arguments.schema {
        print(format_args!("{:#}", Config::schema()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (maps, configurations): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.files.iter().cloned().partition(|file| map::is_map(file));
    let paint = Paint::of(ColorChoice::Auto);
    let mut faults = Vec::new();
    for file in &configurations {
        match check(file) {
            Ok(()) if arguments.json => {}
            Ok(()) => print(format_args!("{}: {}", file.display(), paint.good("good")))?,
            Err(found) => faults.extend(found),
        }
    }
    let map = (!maps.is_empty()).then(|| map::outcome(&maps));
    let count = faults.len() + map.as_ref().map_or(0, map::Outcome::count);
    if arguments.json {
        let of_configurations = faults.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let of_map = map.as_ref().map(map::Outcome::faults).unwrap_or_default();
        let faults = [of_configurations, of_map].concat();
        print(format_args!("{:#}", serde_json::json!({ "faults": faults })))?;
    } else {
        for fault in &faults {
            print(fault)?;
        }
        if let Some(map) = &map {
            map.print(paint)?;
        }
        match count {
            0 => {}
            1 => print("1 fault")?,
            many => print(format_args!("{many} faults"))?,
        }
    }
    Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file itself first, then what it names.
fn check(file: &Path) -> Result<(), Vec<Fault>> {
    let config = Config::load(file).map_err(|found| found.as_slice().to_vec())?;
    Edge::rehearse(config).map_err(|error| vec![Fault::of_file(file, error.to_string())])
}
