//! Offices: who is served where, what portals are told, and where viewers are sent. Viewers of many networks come from
//! many addresses of loopback.

mod admission;
mod locator;
mod map_files;
mod redirect;

use std::fs;
use std::path::PathBuf;

use edge::Config;
use tempfile::TempDir;

use crate::world::origin::ok;
use crate::world::{Viewer, World};

/// In Munich, which has edges.
const MUNICH: [u8; 4] = [127, 1, 0, 9];
/// In Berlin, which has none, behind the hub.
const BERLIN: [u8; 4] = [127, 2, 0, 9];
/// In Munich's network for dialling in.
const DIALLED_IN: [u8; 4] = [127, 1, 99, 9];
/// In a network that is not served.
const BARRED: [u8; 4] = [127, 3, 0, 9];
/// In no network of the map.
const STRANGER: [u8; 4] = [127, 9, 0, 9];

const SITES: &str = "site,internal,kind,policy,hub,name\n\
                     munich,127.1.0.0/16,lan,,hq,Munich\n\
                     munich,127.1.99.0/24,vpn,,,\n\
                     berlin,127.2.0.0/16,wifi,,hq,Berlin\n\
                     berlin,127.3.0.0/16,guest,deny,,\n\
                     hq,127.4.0.0/16,lan,,,Headquarters\n";

const SEGMENT: &str = "/p/1/sp/100/serveFlavor/entryId/1_abcdefgh/v/1/flavorId/1_flavor01/seg-1-v1-a1.ts";

/// Files of a map, in a folder that goes with them.
struct Map {
    folder: TempDir,
}

impl Map {
    /// `edges` are rows of `edges.csv`.
    fn new(edges: &str) -> Self {
        let map = Self { folder: tempfile::tempdir().expect("a folder") };
        map.write("sites.csv", SITES);
        map.write("edges.csv", &format!("edge,site,url\n{edges}"));
        map
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("writable");
    }

    fn files(&self) -> Vec<PathBuf> {
        ["sites.csv", "edges.csv"].map(|name| self.folder.path().join(name)).into()
    }

    /// An edge in the realm of the map, at `site`.
    async fn world(&self, site: &str, change: impl FnOnce(&mut Config)) -> World {
        World::with(
            |seen| ok(seen.target.clone(), &[("Cache-Control", "max-age=60")]),
            |config| {
                config.map.files = self.files();
                config.map.realm = Some("local".into());
                config.map.site = Some(site.into());
                change(config);
            },
        )
        .await
    }
}

/// An edge in each of two places that nobody asks: enough for a map.
const EDGES: &str = "munich-1,munich,http://munich-1.example\nhq-1,hq,https://hq-1.example:8443\n";

fn from(own: [u8; 4], world: &World) -> Viewer {
    Viewer::from(own, world.address())
}
