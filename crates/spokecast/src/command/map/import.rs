//! `spokecast map import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mapper::import::{Options, Outside};
use mapper::{Description, Faults, Format, assemble, export};

use super::files::{self, PAIR};
use super::{Refused, Usage, counted};
use crate::arguments::ImportArguments;
use crate::output::{print, say};

pub(super) fn run(arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    let ImportArguments { from, files, external, realm, direct, site, site_column, out } = arguments;
    let outside = match (realm, direct) {
        _ if !external.is_empty() => Some(Outside::External(external)),
        (Some(realm), _) => Some(Outside::Realm(realm)),
        (None, true) => Some(Outside::Direct),
        (None, false) => None,
    };
    let target = Target::of(out)?;
    let options = Options { outside, site, site_column };
    let mut description = Description::default();
    files::read_into(&mut description, &files, &options, |name, bytes| {
        from.or_else(|| Format::detect(name, bytes))
            .ok_or_else(|| "the format is not known; name it with --from".into())
    });
    let assembled = match assemble(&description) {
        Ok(assembled) => assembled,
        Err(faults) => return Err(Refused::new(&faults, description.files()).into()),
    };
    warn(&assembled.warnings, description.files());
    target.write(&description)?;
    Ok(ExitCode::SUCCESS)
}

/// Says what should be looked at, beside the output.
pub(super) fn warn(warnings: &Faults, files: &[String]) {
    for warning in warnings.kept() {
        say(format_args!("warning: {}", warning.display(files)));
    }
    let more = warnings.total() - warnings.kept().len();
    if more > 0 {
        say(format_args!("and {} more", counted(more, "warning")));
    }
}

/// Where a map is written.
enum Target {
    Output,
    File(PathBuf, Format),
    Folder(PathBuf),
}

impl Target {
    fn of(out: Option<PathBuf>) -> Result<Self, Usage> {
        let Some(path) = out else { return Ok(Self::Output) };
        let ends_in_slash = path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        if path.is_dir() || ends_in_slash {
            return Ok(Self::Folder(path));
        }
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("toml") => Ok(Self::File(path, Format::MapToml)),
            Some("json") => Ok(Self::File(path, Format::MapJson)),
            Some("csv") => Ok(Self::File(path, Format::SitesCsv)),
            _ => Err(Usage(format!(
                "--out {}: it ends in none of .toml, .json and .csv, and is no folder",
                path.display()
            ))),
        }
    }

    fn write(&self, description: &Description) -> anyhow::Result<()> {
        match self {
            Self::Output => print(text(Format::MapToml, description)?.trim_end())?,
            Self::File(path, Format::SitesCsv) if !description.edges().is_empty() => {
                let message = format!(
                    "--out {}: the map has edges, which this file cannot hold; name a folder, .toml or .json",
                    path.display()
                );
                return Err(Usage(message).into());
            }
            Self::File(path, format) => files::write(&[(path.clone(), text(*format, description)?)])?,
            Self::Folder(folder) => write_pair(folder, description)?,
        }
        Ok(())
    }
}

/// Both files, also where there are no edges: those of a map before would stay.
fn write_pair(folder: &Path, description: &Description) -> anyhow::Result<()> {
    let is_new = !folder.exists();
    if is_new {
        std::fs::create_dir_all(folder)?;
    }
    let [sites, edges] = PAIR.map(|name| folder.join(name));
    let texts = [text(Format::SitesCsv, description)?, text(Format::EdgesCsv, description)?];
    files::write(&[sites, edges].into_iter().zip(texts).collect::<Vec<_>>())
}

fn text(format: Format, description: &Description) -> Result<String, Refused> {
    match export::write(format, description, &export::Options::default()) {
        Ok(exported) => {
            warn(&exported.warnings, description.files());
            Ok(exported.text)
        }
        Err(faults) => Err(Refused::new(&faults, description.files())),
    }
}
