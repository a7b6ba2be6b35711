//! Where the workspace and its built files are, as cargo sees them.
//!
//! Cargo is asked instead of guessing `target/`: a developer may have moved it by `CARGO_TARGET_DIR` or a
//! configuration file.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::step;

/// The checkout that the command was started in.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, from the current folder.
    pub(crate) fn find() -> Result<Self> {
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--format-version", "1", "--no-deps"]);
        parse_metadata(&step::quiet_output(&mut metadata)?)
    }

    /// A path below the root of the checkout.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path below cargo's target folder.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.target.join(relative)
    }

    /// `program`, to be run in the root of the checkout.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// `cargo` with these arguments, to be run in the root of the checkout.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    /// Builds with `cargo build` and `arguments`, and returns the path of the `spokecast` binary.
    pub(crate) fn build_spokecast<const N: usize>(&self, arguments: [&str; N]) -> Result<PathBuf> {
        self.build("spokecast", arguments)
    }

    /// Builds with `cargo build` and `arguments`, and returns the path of the binary `name`.
    pub(crate) fn build<const N: usize>(&self, name: &str, arguments: [&str; N]) -> Result<PathBuf> {
        let mut build = self.cargo(["build"]);
        build.args(arguments).arg("--message-format=json-render-diagnostics");
        let messages = step::output(&mut build)?;
        executable(&messages, name)
            .with_context(|| format!("cargo build reported no executable named {name}"))
    }
}

fn parse_metadata(json: &str) -> Result<Workspace> {
    let metadata: Value = serde_json::from_str(json).context("cargo metadata printed no JSON")?;
    let folder = |key: &str| {
        let path = metadata[key].as_str().with_context(|| format!("cargo metadata told no {key}"))?;
        Ok::<_, anyhow::Error>(PathBuf::from(path))
    };
    Ok(Workspace { root: folder("workspace_root")?, target: folder("target_directory")? })
}

/// The path of the binary `name` in cargo's build messages, one JSON object a line; test binaries do not count.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let ours = message["reason"] == "compiler-artifact"
            && message["target"]["name"] == name
            && message["profile"]["test"] == false;
        if ours { message["executable"].as_str().map(PathBuf::from) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_tells_both_folders() {
        let workspace =
            parse_metadata(r#"{"workspace_root": "/src/w", "target_directory": "/build"}"#).unwrap();
        assert_eq!(workspace.path("crates/ui"), Path::new("/src/w/crates/ui"));
        assert_eq!(workspace.target("fuzz"), Path::new("/build/fuzz"));
    }

    #[test]
    fn metadata_without_a_folder_names_the_missing_key() {
        let error = parse_metadata(r#"{"workspace_root": "/src/w"}"#).err().unwrap();
        assert!(error.to_string().contains("target_directory"), "{error}");
    }

    #[test]
    fn the_executable_is_the_binary_and_not_its_tests() {
        let messages = [
            r#"{"reason":"compiler-artifact","target":{"name":"edge"},"profile":{"test":false},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"spokecast"},"profile":{"test":true},"executable":"/t/spokecast-1f"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"spokecast"},"profile":{"test":false},"executable":"/t/spokecast"}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ]
        .join("\n");
        assert_eq!(executable(&messages, "spokecast"), Some(PathBuf::from("/t/spokecast")));
        assert_eq!(executable(&messages, "edge"), None);
    }
}
