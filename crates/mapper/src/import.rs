//! From the bytes of a file to rows of a [`Description`], or to every fault in them.
//!
//! What is wrong is noted in [`Description::faults`] with file, line and column, and reading goes on: all faults come out
//! at once. What could be read but says something that a map has no place for becomes a warning. Several files make one
//! map.
//!
//! # Invariants
//! - Any bytes are taken without a panic.
//! - Memory is a small multiple of the file; faults that are kept are bounded, and reading ends where a map is full.

mod buildings;
mod coverage_zones;
mod ecdn;
mod edges;
mod infoblox;
mod intake;
mod kaltura;
mod keys;
mod map_file;
mod nearest;
mod netbox;
mod sites;
mod statement;
mod table;
mod text;
mod tree;

use ipnet::IpNet;

use crate::description::Description;
use crate::fault::{Code, Fault, Place};
use crate::format::Format;
use crate::id::Id;

/// A file to read.
#[derive(Clone, Copy, Debug)]
pub struct File<'f> {
    /// What faults call it.
    pub name: &'f str,
    /// What it holds.
    pub bytes: &'f [u8],
    /// Its format.
    pub format: Format,
}

/// What formats that are not ours leave open.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How the networks of the file are seen.
    pub outside: Option<Outside>,
    /// The site of rows that name none.
    pub site: Option<String>,
    /// The column that holds the site, where the format lets organisations choose.
    pub site_column: Option<String>,
}

/// How the networks of a list are seen, which names one network a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// They are behind these external networks.
    External(Vec<IpNet>),
    /// They are in this realm.
    Realm(Id),
    /// They are external networks themselves.
    Direct,
}

/// Reads one file into `description`. Edges belong to sites that were read before.
pub fn read(description: &mut Description, file: File<'_>, options: &Options) {
    read_all(description, &[file], options);
}

/// Reads several files into `description`, in an order in which edges find their sites.
pub fn read_all(description: &mut Description, files: &[File<'_>], options: &Options) {
    let numbers: Vec<u16> = files.iter().map(|file| description.add_file(file.name)).collect();
    let (edges, others): (Vec<_>, Vec<_>) =
        files.iter().zip(numbers).partition(|(file, _)| file.format == Format::EdgesCsv);
    for (file, number) in others.into_iter().chain(edges) {
        read_file(description, file, number, options);
    }
}

fn read_file(description: &mut Description, file: &File<'_>, number: u16, options: &Options) {
    let text = match text::decode(file.bytes, number) {
        Ok(text) => text,
        Err(fault) => return description.faults.push(fault),
    };
    match file.format {
        Format::SitesCsv => sites::read(description, text, number),
        Format::EdgesCsv => edges::read(description, text, number),
        Format::MapToml => {
            if let Some(root) = tree::of_toml(text, number, &mut description.faults) {
                map_file::read(description, &root, number);
            }
        }
        Format::MapJson => {
            if let Some(root) = tree::of_json(text, number, &mut description.faults) {
                map_file::read(description, &root, number);
            }
        }
        Format::EcdnCsv => ecdn::read(description, text, number, options),
        Format::CqdBuildings => buildings::read(description, text, number, options),
        Format::CoverageZones | Format::DeepCoverageZones => {
            if let Some(root) = tree::of_json(text, number, &mut description.faults) {
                coverage_zones::read(description, &root, number, options);
            }
        }
        Format::NetBoxCsv => netbox::read(description, text, number, options),
        Format::InfobloxCsv => infoblox::read(description, text, number, options),
        Format::KalturaRules => kaltura::read(description, text, number, options),
        Format::CdniFootprints | Format::Geofeed => {
            let message = format!("`{}` is written, and not read", file.format);
            description.faults.push(Fault::new(Code::Unreadable, Place::new(number, 0), "", message));
        }
    }
}

#[cfg(test)]
mod tests;
