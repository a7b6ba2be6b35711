//! One line of the log: how it is written, and read again.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use time::OffsetDateTime;

use crate::spool::Key;

/// A line of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When, as it was written: `2026-11-21T10:15:07Z`.
    pub time: String,
    /// Of which report.
    pub key: Key,
    /// What happened.
    pub event: Event,
}

/// What happened to a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// It was about to be sent.
    Sent {
        /// Where to.
        to: String,
        /// With these header fields, in this order.
        fields: Vec<(String, String)>,
        /// Its bytes.
        report: String,
    },
    /// It was about to be sent once more, to the same place and the same in all.
    Again,
    /// This became of it.
    Answered {
        /// Such as the status of the answer.
        outcome: String,
    },
}

impl Event {
    /// What it is called in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Again => "sent-again",
            Self::Answered { .. } => "answered",
        }
    }
}

pub(super) fn sent(now: SystemTime, to: &str, key: &Key, fields: &[(&str, &str)], report: &str) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("[{},{}]", text(name), text(value))).collect();
    let (to, fields, report) = (text(to), fields.join(","), text(report));
    let time = written(now);
    format!(
        "{{\"time\":\"{time}\",\"event\":\"sent\",\"to\":{to},\"key\":\"{key}\",\"fields\":[{fields}],\"report\":{report}}}\n"
    )
}

pub(super) fn again(now: SystemTime, key: &Key) -> String {
    format!("{{\"time\":\"{}\",\"event\":\"sent-again\",\"key\":\"{key}\"}}\n", written(now))
}

pub(super) fn answered(now: SystemTime, key: &Key, outcome: &str) -> String {
    let (time, outcome) = (written(now), text(outcome));
    format!("{{\"time\":\"{time}\",\"event\":\"answered\",\"key\":\"{key}\",\"outcome\":{outcome}}}\n")
}

/// Reads a line without its end; none if it is not whole.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let mut line: Value = serde_json::from_slice(line).ok()?;
    let mut field = |name: &str| match line.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (time, key, event) = (field("time")?, field("key")?.parse().ok()?, field("event")?);
    let event = match event.as_str() {
        "sent" => {
            let (to, report) = (field("to")?, field("report")?);
            let fields = line.get("fields")?.as_array()?.iter().map(pair).collect::<Option<_>>()?;
            Event::Sent { to, fields, report }
        }
        "sent-again" => Event::Again,
        "answered" => Event::Answered { outcome: field("outcome")? },
        _ => return None,
    };
    Some(Entry { time, key, event })
}

fn pair(field: &Value) -> Option<(String, String)> {
    match field.as_array()?.as_slice() {
        [Value::String(name), Value::String(value)] => Some((name.clone(), value.clone())),
        _ => None,
    }
}

/// A text as JSON.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A moment to the second (RFC 3339). One that no year of four digits has is written as the nearest that has.
fn written(now: SystemTime) -> String {
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let unix = match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => {
            let before = before.duration();
            -seconds(before) - i64::from(before.subsec_nanos() > 0)
        }
    };
    let moment = OffsetDateTime::from_unix_timestamp(unix.clamp(FIRST, LAST));
    let moment = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (moment.year(), u8::from(moment.month()), moment.day());
    let (hour, minute, second) = moment.to_hms();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
