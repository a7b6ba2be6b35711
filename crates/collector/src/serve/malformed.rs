//! What a sender is told of a report that is none: the place, and of its content nothing but the names that the schema
//! has. So an answer never carries back what a broken edge should not have sent.

use telemetry::report::ReportError;

/// Begins of what the parser says that are followed by a name of the schema.
const OF_THE_SCHEMA: [&str; 2] = ["missing field `", "duplicate field `"];

/// In words without content.
pub(super) fn words(error: &ReportError) -> String {
    let ReportError::Shape(text) = error else {
        // The index of a cell, a name of the schema, and fixed words.
        return error.to_string();
    };
    let place = place(text).map(|place| format!(" at {place}")).unwrap_or_default();
    let named = OF_THE_SCHEMA.iter().find_map(|begin| {
        let name = text.strip_prefix(begin)?.split('`').next()?;
        Some(format!("{begin}{name}`{place}"))
    });
    named.unwrap_or_else(|| match text {
        text if text.starts_with("unknown field") => format!("a field that no report has{place}"),
        text if text.starts_with("invalid type") || text.starts_with("invalid value") => {
            format!("a value of another type than the field's{place}")
        }
        _ => format!("no JSON{place}"),
    })
}

/// The `line 1 column 5` at the end of what serde says.
fn place(text: &str) -> Option<&str> {
    let place = &text[text.rfind(" at line ")? + " at ".len()..];
    let is_plain = place.split(' ').all(|word| {
        matches!(word, "line" | "column")
            || !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_plain.then_some(place)
}

#[cfg(test)]
mod tests {
    use telemetry::report::Report;

    use super::*;

    #[test]
    fn the_place_is_named_and_nothing_is_repeated() {
        const SECRET: &str = "canary@example.com";
        let good = r#"{"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":[{"entry_id":"1_a","segment_number":5,"count":7}]}"#;
        for (old, new, expected) in [
            (
                "\"v\":1",
                "\"v\":\"canary@example.com\"",
                "a value of another type than the field's at line 1 column ",
            ),
            ("\"v\":1,", "", "missing field `v` at line 1 column "),
            ("\"v\":1", "\"v\":1,\"v\":1", "duplicate field `v` at line 1 column "),
            ("\"v\":1", "\"v\":1,\"canary@example.com\":1", "a field that no report has at line 1 column "),
            ("\"count\"", "\"canary@example.com\"", "a field that no report has at line 1 column "),
            ("{\"v\"", "canary@example.com{\"v\"", "no JSON at line 1 column "),
            (
                "s17",
                "canary@example.com",
                "`site_id`: an identifier has 1 to 64 of the letters A to Z and a to z, digits, `-`, `_` and `.`",
            ),
            (
                "2026-11",
                "canary@example.com",
                "`bucket`: the begin of a window is written like 2026-11-21T10:15Z",
            ),
            (
                "1_a",
                "canary@example.com",
                "`cells[0].entry_id`: an entry has 1 to 64 of the letters A to Z and a to z, digits, `-`, `.`, `_`, `~` and `:`",
            ),
            (":7", ":0", "`cells[0].count`: what was never asked for is not reported"),
            (":7", ":\" at line canary@example.com", "no JSON at line 1 column "),
        ] {
            assert!(good.contains(old), "{old}");
            let error = Report::parse(good.replacen(old, new, 1).as_bytes()).unwrap_err();
            let words = words(&error);
            assert!(!words.contains(SECRET), "{words}");
            assert!(words.starts_with(expected), "{new}: {error}: {words}");
        }
    }
}
