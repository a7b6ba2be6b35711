//! Has the crate compiled again when the built pages in `dist` change, so that what is embedded is what was built.

use std::path::Path;

fn main() {
    // A watched path that is missing would compile this crate, and all that stand on it, at every build. Without
    // `dist` the whole package is watched instead: building the pages changes it.
    let watched = if Path::new("dist").is_dir() { "dist" } else { "." };
    println!("cargo::rerun-if-changed={watched}");
}
