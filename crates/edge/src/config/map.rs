//! Where viewers are: the map of offices, who is served here, and where others are sent.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::network::Network;
use super::origin::OriginUrl;
use super::quantity::Period;

/// The map of offices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Map {
    /// The files that make the map together: `sites.csv` and `edges.csv`, or one TOML or JSON file. None: no map.
    pub files: Vec<PathBuf>,
    /// The realm in which this edge stands: viewers' addresses are internal ones of it. Without it they are
    /// addresses as the internet sees them.
    pub realm: Option<String>,
    /// The site at which this edge stands.
    pub site: Option<String>,
}

/// Who is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Admission {
    /// Serve viewers whose site, by the map, is `map.site` or one that has it as its hub. Others get 403.
    pub own_site: bool,
    /// Serve viewers with an address in these networks. Others get 403.
    pub networks: Vec<Network>,
    /// Serve everybody who reaches the edge.
    pub open: bool,
}

/// The locator, which tells a portal at which site a viewer is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Locator {
    /// Portals that viewers may be sent back to: scheme, host and perhaps port. None: no locator.
    pub portals: Vec<OriginUrl>,
    /// The key that statements are signed with. `spokecast key new FILE` makes one.
    pub key_file: Option<PathBuf>,
}

/// Sending viewers to the edge of their site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Redirect {
    /// Answer `GET /go/<path at the origin>` with the edge where the viewer finds it.
    pub enabled: bool,
    /// A viewer who was sent to one edge is sent there again for so long, also when another one comes back.
    pub stable_for: Period,
    /// How often each edge of the map is asked whether it is there.
    pub check_every: Period,
    /// PEM file of certificate authorities to trust for edges, in place of the system's.
    pub ca_file: Option<PathBuf>,
}

impl Admission {
    /// Whether anything says who is served.
    pub fn has_rule(&self) -> bool {
        self.own_site || !self.networks.is_empty()
    }
}

impl Default for Redirect {
    fn default() -> Self {
        Self {
            enabled: false,
            stable_for: Period::of(Duration::from_mins(1)),
            check_every: Period::of(Duration::from_secs(5)),
            ca_file: None,
        }
    }
}
