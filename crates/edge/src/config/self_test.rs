//! The self-test page that an edge can serve itself.

use schemars::JsonSchema;
use serde::Deserialize;

/// The self-test page at `/self-test`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SelfTest {
    /// Serve the page on the viewers' listener.
    pub enabled: bool,
}

impl Default for SelfTest {
    fn default() -> Self {
        Self { enabled: true }
    }
}
