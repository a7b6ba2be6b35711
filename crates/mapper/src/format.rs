//! The formats in which organisations keep their networks, and how one is told from another.

use std::fmt;
use std::str::FromStr;

/// A format that [`import`](crate::import) reads or [`export`](crate::export) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Ours: a row per network.
    SitesCsv,
    /// Ours: a row per edge.
    EdgesCsv,
    /// Ours: sites, realms, networks and edges in one file of TOML.
    MapToml,
    /// Ours: the same in JSON.
    MapJson,
    /// Subnet mapping of Microsoft eCDN.
    EcdnCsv,
    /// Building file of Microsoft's Call Quality Dashboard.
    CqdBuildings,
    /// Coverage zones of Apache Traffic Control; both forms are read.
    CoverageZones,
    /// Coverage zones of Apache Traffic Control with the names of caches.
    DeepCoverageZones,
    /// Prefixes as `NetBox` exports them.
    NetBoxCsv,
    /// Networks as Infoblox exports them.
    InfobloxCsv,
    /// Values of Kaltura's rules for addresses.
    KalturaRules,
    /// Footprints of CDN interconnection (RFC 8006 section 4.2.2.1), by site.
    CdniFootprints,
    /// Where public prefixes are (RFC 8805).
    Geofeed,
}

impl Format {
    /// All formats, ours first.
    pub const ALL: [Self; 13] = [
        Self::SitesCsv,
        Self::EdgesCsv,
        Self::MapToml,
        Self::MapJson,
        Self::EcdnCsv,
        Self::CqdBuildings,
        Self::CoverageZones,
        Self::DeepCoverageZones,
        Self::NetBoxCsv,
        Self::InfobloxCsv,
        Self::KalturaRules,
        Self::CdniFootprints,
        Self::Geofeed,
    ];

    /// As it is written on a command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SitesCsv => "sites-csv",
            Self::EdgesCsv => "edges-csv",
            Self::MapToml => "map-toml",
            Self::MapJson => "map-json",
            Self::EcdnCsv => "ecdn-csv",
            Self::CqdBuildings => "cqd-buildings",
            Self::CoverageZones => "coverage-zones",
            Self::DeepCoverageZones => "deep-coverage-zones",
            Self::NetBoxCsv => "netbox-csv",
            Self::InfobloxCsv => "infoblox-csv",
            Self::KalturaRules => "kaltura-rules",
            Self::CdniFootprints => "cdni-footprints",
            Self::Geofeed => "geofeed",
        }
    }

    /// Whether it is one of ours, which hold all that a map knows and need no options.
    pub fn is_own(self) -> bool {
        matches!(self, Self::SitesCsv | Self::EdgesCsv | Self::MapToml | Self::MapJson)
    }

    /// Whether it can be read.
    pub fn is_read(self) -> bool {
        !matches!(self, Self::CdniFootprints | Self::Geofeed)
    }

    /// Whether it can be written.
    pub fn is_written(self) -> bool {
        self.is_own()
            || matches!(
                self,
                Self::EcdnCsv
                    | Self::CoverageZones
                    | Self::DeepCoverageZones
                    | Self::CdniFootprints
                    | Self::Geofeed
            )
    }

    /// The format of a file, by what it holds and, where that says nothing, by its name.
    pub fn detect(name: &str, bytes: &[u8]) -> Option<Self> {
        /// A header stands at the beginning.
        const LOOKED_AT: usize = 64 * 1024;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)]);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        if text.starts_with('{') {
            let is_zones = text.contains("\"coverageZones\"") || text.contains("\"deepCoverageZones\"");
            return Some(if is_zones { Self::CoverageZones } else { Self::MapJson });
        }
        match extension.as_deref() {
            Some("toml") => return Some(Self::MapToml),
            Some("json") => return Some(Self::MapJson),
            _ => {}
        }
        let header = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let by_header = header.and_then(by_header);
        by_header.or_else(|| (extension.as_deref() == Some("csv")).then(|| by_name(name)))
    }

    /// Whether a file of TOML describes networks, and is no configuration.
    pub fn is_map_toml(bytes: &[u8]) -> bool {
        const HEADERS: [&str; 3] = ["site", "realm", "network"];
        let is_header = |line: &str| {
            line.trim_start().strip_prefix("[[").is_some_and(|rest| {
                let name: &str =
                    rest.split([']', '.', ' ', '\t']).find(|name| !name.is_empty()).unwrap_or("");
                HEADERS.contains(&name)
            })
        };
        String::from_utf8_lossy(bytes).lines().any(is_header)
    }
}

/// Of a table, by its first line.
fn by_header(line: &str) -> Option<Format> {
    let delimiter = if line.contains('\t') { '\t' } else { ',' };
    let cells: Vec<String> = line.split(delimiter).map(column_name).collect();
    let has = |name: &str| cells.iter().any(|cell| cell == name);
    if cells[0].starts_with("header-") {
        Some(Format::InfobloxCsv)
    } else if has("edge") && has("url") {
        Some(Format::EdgesCsv)
    } else if has("groupid") && has("subnets") {
        Some(Format::EcdnCsv)
    } else if has("prefix") && ["vrf", "status", "scope", "scopetype", "site"].into_iter().any(has) {
        Some(Format::NetBoxCsv)
    } else if has("site") {
        Some(Format::SitesCsv)
    } else if matches!(cells.len(), 14 | 15) && cells[0].parse::<std::net::IpAddr>().is_ok() {
        Some(Format::CqdBuildings)
    } else {
        None
    }
}

/// Of a table of ours whose header is none that is known: the reader will say what is wrong with it.
fn by_name(name: &str) -> Format {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    if file.starts_with("edges") { Format::EdgesCsv } else { Format::SitesCsv }
}

/// A column's name without what different versions write differently.
pub(crate) fn column_name(cell: &str) -> String {
    let cell = cell.trim().trim_matches('"').trim().trim_end_matches('*');
    let kept = cell.chars().filter(|letter| !matches!(letter, ' ' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

/// A word that is the name of no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such format")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(UnknownFormat)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert!(format.is_read() || format.is_written());
        }
        assert!("csv".parse::<Format>().is_err());
    }

    #[test]
    fn a_file_is_known_by_what_it_holds() {
        for (name, text, format) in [
            ("a.csv", "# offices\n\nsite,internal\n", Some(Format::SitesCsv)),
            ("a.csv", "\u{feff}\"site\",internal\n", Some(Format::SitesCsv)),
            ("sites.csv", "url,site,edge\n", Some(Format::EdgesCsv)),
            ("sites.csv", "offices\n", Some(Format::SitesCsv)),
            ("x/edges.csv", "", Some(Format::EdgesCsv)),
            ("map.toml", "", Some(Format::MapToml)),
            ("map", " {\"site\":[]}", Some(Format::MapJson)),
            ("map.json", "", Some(Format::MapJson)),
            ("a.json", "{\"deepCoverageZones\":{}}", Some(Format::CoverageZones)),
            ("a.csv", "Group Id,Subnets,P2P\n", Some(Format::EcdnCsv)),
            ("a.csv", "HEADER-NETWORK,ADDRESS*,NETMASK*\n", Some(Format::InfobloxCsv)),
            ("a.csv", "Prefix,VRF,Scope Type\n", Some(Format::NetBoxCsv)),
            ("a.tsv", "10.1.0.0\tn\t24\tb\t\t\t\t\t\t\t\t\t1\t0\t0\n", Some(Format::CqdBuildings)),
            ("a.txt", "munich: 10.0.0.1-10.0.0.9\n", None),
        ] {
            assert_eq!(Format::detect(name, text.as_bytes()), format, "{name} {text}");
        }
    }

    #[test]
    fn a_configuration_is_no_map() {
        assert!(Format::is_map_toml(b"# x\n [[ site ]]\nid = \"a\""));
        assert!(Format::is_map_toml(b"[[site.network]]"));
        assert!(!Format::is_map_toml(b"[[origin]]\nurl = \"site\"\n[cache]\n"));
    }
}
