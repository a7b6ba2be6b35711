//! The map of offices as this edge uses it: its files, and where the edge itself stands in it.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use mapper::format::Format;
use mapper::import::{self, Options};
use mapper::map::SiteRef;
use mapper::{Description, Id, Location, SiteMap};

use crate::asker::Asker;
use crate::config;

/// The largest file of a map: a million rows take a tenth of it.
const LARGEST_FILE: u64 = 256 << 20;

/// A map, and where this edge stands in it. Never changes; another one takes its place whole.
#[derive(Debug)]
pub(crate) struct Offices {
    map: SiteMap,
    realm: Option<Id>,
    site: Option<Id>,
}

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The files have faults.
    Faults {
        /// The first of them, each with its place.
        shown: Vec<String>,
        /// How many there are.
        total: usize,
    },
    /// The configuration names what the map does not have.
    Unknown {
        /// The key.
        key: &'static str,
        /// What it names.
        name: String,
    },
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults { shown, total } => {
                f.write_str(&shown.join("\n"))?;
                match total - shown.len() {
                    0 => Ok(()),
                    more => write!(f, "\nand {more} more"),
                }
            }
            Self::Unknown { key, name } => write!(f, "{key}: the map has no `{name}`"),
        }
    }
}

impl Offices {
    /// Reads the files that `config` names; `None` when it names none.
    ///
    /// # Errors
    /// Every fault of the files, or a realm or site that the map does not have.
    pub(crate) fn load(config: &config::Map) -> Result<Option<Self>, MapError> {
        if config.files.is_empty() {
            return Ok(None);
        }
        let map = read(config.files.iter().map(AsRef::as_ref))?;
        let id = |key, name: &Option<String>, is_known: &dyn Fn(&str) -> bool| match name {
            Some(name) if !is_known(name) => Err(MapError::Unknown { key, name: name.clone() }),
            // What the map knows is an identifier.
            name => Ok(name.as_deref().and_then(|name| name.parse::<Id>().ok())),
        };
        let realm = id("map.realm", &config.realm, &|name| map.realm(name).is_some())?;
        let site = id("map.site", &config.site, &|name| map.site(name).is_some())?;
        Ok(Some(Self { map, realm, site }))
    }

    /// Where `asker` is; `None` when no address is known of them. From inside a realm the address that the edge sees is
    /// an internal one.
    pub(crate) fn locate(&self, asker: Asker) -> Option<Location<'_>> {
        let address = asker.address?;
        Some(match self.realm.as_ref().and_then(|realm| self.map.realm(realm.as_str())) {
            Some(realm) => self.map.locate_inside(realm, asker.internal.unwrap_or(address)),
            None => self.map.locate(address, asker.internal),
        })
    }

    /// Whether this edge stands inside a realm, and sees internal addresses.
    pub(crate) fn is_inside(&self) -> bool {
        self.realm.is_some()
    }

    /// Whether `asker` is at the site of this edge, or at one that has it as its hub.
    pub(crate) fn serves(&self, asker: Asker) -> bool {
        let own = self.site.as_ref().and_then(|site| self.map.site(site.as_str()));
        let site = self.locate(asker).and_then(Location::site);
        own.is_some() && site.is_some_and(|site: SiteRef<'_>| site.chain().any(|site| Some(site) == own))
    }

    /// The map itself.
    pub(crate) fn map(&self) -> &SiteMap {
        &self.map
    }
}

/// One map of all `files`.
fn read<'f>(files: impl Iterator<Item = &'f Path>) -> Result<SiteMap, MapError> {
    let mut read = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let fault =
            |message: String| MapError::Faults { shown: vec![format!("{name}: {message}")], total: 1 };
        let bytes = bytes(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        let format = Format::detect(&name, &bytes)
            .filter(|format| format.is_own())
            .ok_or_else(|| fault("is no map of ours; `spokecast map import` makes one of it".into()))?;
        read.push((name, bytes, format));
    }
    let files: Vec<_> =
        read.iter().map(|(name, bytes, format)| import::File { name, bytes, format: *format }).collect();
    let mut description = Description::default();
    import::read_all(&mut description, &files, &Options::default());
    let assembled = mapper::assemble(&description).map_err(|faults| MapError::Faults {
        shown: faults.kept().iter().map(|fault| fault.display(description.files()).to_string()).collect(),
        total: faults.total(),
    })?;
    // `spokecast map check` shows them; here they would be said again with every change of a file.
    for warning in assembled.warnings.kept() {
        tracing::debug!(warning = %warning.display(description.files()), "doubtful in the map");
    }
    Ok(assembled.map)
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 256 MiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
