//! `spokecast map export`.

use std::process::ExitCode;

use mapper::export::{self, Options};

use super::import::warn;
use super::{Refused, Usage, assembled, files};
use crate::arguments::ExportArguments;
use crate::output::print;

pub(super) fn run(arguments: &ExportArguments) -> anyhow::Result<ExitCode> {
    let (description, assembled) = assembled(&arguments.map)?;
    if let Some(realm) = &arguments.realm
        && assembled.map.realm(realm.as_str()).is_none()
    {
        return Err(Usage(format!("--realm {realm}: the map has no such realm")).into());
    }
    let options = Options { realm: arguments.realm.clone() };
    let exported = export::write(arguments.to, &description, &options)
        .map_err(|faults| Refused::new(&faults, description.files()))?;
    warn(&exported.warnings, description.files());
    match &arguments.out {
        Some(path) => files::write(&[(path.clone(), exported.text)])?,
        None if exported.text.is_empty() => {}
        None => print(exported.text.trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}
