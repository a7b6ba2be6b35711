//! A question as the query of a URL.

use percent_encoding::percent_decode_str;

use crate::store::{Question, moment};

/// Reads it; what is wrong, by the parameter's name.
pub(super) fn read(query: &str) -> Result<Question, String> {
    let mut question = Question::default();
    let mut seen = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        let known = ["site", "entry", "from", "to", "segments", "limit", "after"];
        let Some(name) = known.into_iter().find(|known| *known == name) else {
            return Err(format!("a question has {}", known.join(", ")));
        };
        if seen.contains(&name) {
            return Err(format!("`{name}`: is there twice"));
        }
        seen.push(name);
        let fault = |reason: &dyn std::fmt::Display| format!("`{name}`: {reason}");
        match name {
            "site" => question.site = Some(value.parse().map_err(|error| fault(&error))?),
            "entry" => question.entry = Some(value.parse().map_err(|error| fault(&error))?),
            "from" => question.from = Some(moment(&value).map_err(|error| fault(&error))?),
            "to" => question.to = Some(moment(&value).map_err(|error| fault(&error))?),
            "segments" => question.segments = truth(&value).ok_or_else(|| fault(&"true or false"))?,
            "limit" => question.limit = limit(&value).map_err(|error| fault(&error))?,
            _ => question.after = Some(value.parse().map_err(|error| fault(&error))?),
        }
    }
    match &question.after {
        Some(after) if after.is_of_segments() != question.segments => {
            Err("`after`: is of another question, with or without segments".into())
        }
        _ => Ok(question),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "" | "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn limit(text: &str) -> Result<u32, String> {
    let limit = text.parse().ok().filter(|limit| (1..=Question::MOST).contains(limit));
    limit.ok_or_else(|| format!("a number from 1 to {}", Question::MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_what_it_asks_for() {
        let all = "site=s1&entry=urn%3Ax&from=2026-11-21T10:15Z&to=2026-11-22&segments=true&limit=5&after=urn:x%2C1%2C1";
        let question = read(all).unwrap();
        assert_eq!(question.site.unwrap().as_str(), "s1");
        assert_eq!(question.entry.unwrap().as_str(), "urn:x");
        assert_eq!(question.from.unwrap().to_string(), "2026-11-21T10:15Z");
        assert_eq!(question.to.unwrap().to_string(), "2026-11-22T00:00Z");
        assert!(question.segments);
        assert_eq!((question.limit, question.after.unwrap().to_string()), (5, "urn:x,1,1".into()));
        assert_eq!(read(""), Ok(Question::default()));
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        for (bad, name) in [
            ("site=canary%20", "`site`"),
            ("entry=canary@x", "`entry`"),
            ("from=canary", "`from`"),
            ("to=2026-02-30", "`to`"),
            ("segments=canary", "`segments`"),
            ("limit=0", "`limit`"),
            ("limit=10001", "`limit`"),
            ("after=canary,", "`after`"),
            ("after=1_a,,", "`after`"),
            ("after=1_a&segments", "`after`"),
            ("site=a&site=b", "`site`"),
            ("canary=1", "a question has site, entry"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.starts_with(name) && !error.contains("canary"), "{bad}: {error}");
        }
    }
}
