//! Which errors are remembered, and for how long.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::config::quantity::Period;

/// Errors (400 to 599) by status, each with the longest time that it is remembered. What is written replaces the
/// default as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Negative {
    #[schemars(with = "BTreeMap<String, Period>")]
    #[serde(deserialize_with = "by_status")]
    by_status: BTreeMap<StatusCode, Duration>,
}

impl Negative {
    /// The times by status.
    pub fn by_status(&self) -> &BTreeMap<StatusCode, Duration> {
        &self.by_status
    }
}

impl FromIterator<(StatusCode, Period)> for Negative {
    fn from_iter<I: IntoIterator<Item = (StatusCode, Period)>>(errors: I) -> Self {
        Self { by_status: errors.into_iter().map(|(status, period)| (status, period.get())).collect() }
    }
}

impl Default for Negative {
    fn default() -> Self {
        let moment = Period::of(Duration::from_millis(500));
        [(StatusCode::NOT_FOUND, moment), (StatusCode::GONE, moment)].into_iter().collect()
    }
}

/// A key of the table.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ErrorStatus(StatusCode);

impl TryFrom<String> for ErrorStatus {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let status = text
            .parse()
            .ok()
            .filter(|status: &StatusCode| status.is_client_error() || status.is_server_error());
        status.map(Self).ok_or_else(|| {
            format!(
                "`{text}` is not the status of an error; write one of 400 to 599, such as `404 = \"500ms\"`"
            )
        })
    }
}

fn by_status<'de, D: Deserializer<'de>>(table: D) -> Result<BTreeMap<StatusCode, Duration>, D::Error> {
    let table = BTreeMap::<ErrorStatus, Period>::deserialize(table)?;
    Ok(table.into_iter().map(|(status, period)| (status.0, period.get())).collect())
}
