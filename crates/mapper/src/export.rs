//! From a [`Description`] to the text of a file.
//!
//! Our own formats hold all of it. What another format cannot say is told: as a warning where it is left out and everybody
//! else still goes where they did, as a fault where the file would send somebody elsewhere.

mod cells;
mod coverage_zones;
mod ecdn;
mod edges;
mod flat;
mod footprints;
mod geofeed;
mod json;
mod map_file;
mod outside;
mod public;
mod sites;
mod toml;

use crate::description::Description;
use crate::fault::{Code, Fault, Faults, Place};
use crate::format::Format;
use crate::id::Id;

/// What a format may need to be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The one realm to write, for formats that hold one plan of networks.
    pub realm: Option<Id>,
}

/// The text of a file, and what it does not say.
#[derive(Debug)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// What was left out.
    pub warnings: Faults,
}

/// Writes `description`, which should be one that can be assembled.
///
/// # Errors
/// What the format cannot say, and the faults that the description had.
pub fn write(format: Format, description: &Description, options: &Options) -> Result<Exported, Faults> {
    if !description.faults.is_empty() {
        return Err(description.faults.clone());
    }
    let mut warnings = Faults::default();
    let text = match format {
        Format::SitesCsv => sites::write(description, &mut warnings),
        Format::EdgesCsv => edges::write(description),
        Format::MapToml => toml::write(description),
        Format::MapJson => json::write(description),
        Format::EcdnCsv => ecdn::write(description, options, &mut warnings)?,
        Format::CoverageZones => coverage_zones::write(description, options, &mut warnings)?,
        Format::DeepCoverageZones => coverage_zones::write_deep(description, options, &mut warnings)?,
        Format::CdniFootprints => footprints::write(description, &mut warnings)?,
        Format::Geofeed => geofeed::write(description, &mut warnings)?,
        Format::CqdBuildings | Format::NetBoxCsv | Format::InfobloxCsv | Format::KalturaRules => {
            let message = format!("`{format}` is read, and not written");
            let mut faults = Faults::default();
            faults.push(Fault::new(Code::Unreadable, Place::new(u16::MAX, 0), "", message));
            return Err(faults);
        }
    };
    Ok(Exported { text, warnings })
}

#[cfg(test)]
mod tests;
