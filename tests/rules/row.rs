//! The form of a row: what the origin says, what viewers say and when, and what must come of it.
//!
//! Fields are written `Name: value | Name: value`. In them, and in the origin's bodies, `{T+60}` is the date 60 seconds after the row began, and
//! `{origin}` host and port of the origin.

use std::time::Duration;

use edge::Config;
use edge::config::Period;
use http::Method;

use crate::world::Script;

/// Where a row asks when it does not say.
pub(super) const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
/// A kind of object that has no configured lifetime and is never served stale on the operator's word.
pub(super) const OTHER: &str = "/api/thing";
/// The body where an answer does not say.
pub(super) const BODY: &str = "0123456789";

/// Served from the cache, nobody asked.
pub(super) const HIT: &str = "hit";
/// Asked for and stored.
pub(super) const MISS: &str = "fwd=uri-miss; fwd-status=200; stored";
/// Asked for and not stored.
pub(super) const SHARED: &str = "fwd=uri-miss; fwd-status=200";
/// Asked for anew because what was stored was stale, and stored.
pub(super) const AGAIN: &str = "fwd=stale; fwd-status=200; stored";
/// Asked about, and still right.
pub(super) const RENEWED: &str = "hit; fwd=stale; fwd-status=304";
/// Served stale.
pub(super) const STALE: &str = "hit; detail=stale";
/// Refused by the edge itself.
pub(super) const REFUSED: &str = "";

/// One rule, shown.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// `9111 §4.2.1`; several with commas.
    pub(super) sections: &'static str,
    pub(super) shows: &'static str,
    /// Why the edge does otherwise than the standard has it; the row shows what it does.
    pub(super) deviation: Option<&'static str>,
    pub(super) change: fn(&mut Config),
    /// In the order of the requests; the last one answers all that follow.
    pub(super) answers: Vec<Answer>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) said: Said,
    /// Seconds that pass before it comes.
    pub(super) late: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Said {
    /// Status, fields and body.
    Whole(u16, String, &'static str),
    /// Anything.
    Script(Script),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Time passes, in seconds.
    After(u64),
    Ask(Box<Ask>),
}

/// A request and what comes of it.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) fields: String,
    pub(super) sent: &'static str,
    pub(super) status: u16,
    /// This edge's member of Cache-Status, without its name and `ttl`.
    pub(super) how: &'static str,
    /// The requests that reached the origin: method, target where it differs, and every field but those that each
    /// request of the edge has.
    pub(super) upstream: Vec<String>,
    pub(super) body: Option<&'static str>,
    pub(super) is_whole: bool,
    /// Fields that the answer has, with these values.
    pub(super) has: String,
    pub(super) lacks: &'static [&'static str],
    /// Age in seconds, and what may pass by itself while the row runs.
    pub(super) age: Option<u64>,
    /// The same for `ttl`.
    pub(super) ttl: Option<i64>,
}

/// A period for the configuration.
pub(super) const fn secs(seconds: u64) -> Period {
    Period::of(Duration::from_secs(seconds))
}

/// A row that shows a rule.
pub(super) fn row(sections: &'static str, shows: &'static str) -> Row {
    let (answers, steps) = (Vec::new(), Vec::new());
    Row { sections, shows, deviation: None, change: |_| {}, answers, steps }
}

impl Row {
    /// Documents that the edge does otherwise than the standard has it.
    pub(super) fn deviates(mut self, reason: &'static str) -> Self {
        self.deviation = Some(reason);
        self
    }

    /// Changes the configuration.
    pub(super) fn with(mut self, change: fn(&mut Config)) -> Self {
        self.change = change;
        self
    }

    /// The origin's next answer: 200 with [`BODY`].
    pub(super) fn origin(self, fields: impl Into<String>) -> Self {
        self.answers_with(200, fields)
    }

    /// The origin's next answer.
    pub(super) fn answers_with(self, status: u16, fields: impl Into<String>) -> Self {
        self.sends(status, fields, BODY)
    }

    /// The origin's next answer with a body of its own.
    pub(super) fn sends(mut self, status: u16, fields: impl Into<String>, body: &'static str) -> Self {
        self.answers.push(Answer { said: Said::Whole(status, fields.into(), body), late: 0 });
        self
    }

    /// The origin does as it is told next.
    pub(super) fn does(mut self, script: Script) -> Self {
        self.answers.push(Answer { said: Said::Script(script), late: 0 });
        self
    }

    /// The origin takes so many seconds for the answer before this word.
    pub(super) fn late(mut self, seconds: u64) -> Self {
        self.answers.last_mut().expect("an answer").late = seconds;
        self
    }

    /// Time passes, in seconds.
    pub(super) fn after(mut self, seconds: u64) -> Self {
        self.steps.push(Step::After(seconds));
        self
    }

    /// A viewer's GET.
    pub(super) fn get(
        self,
        fields: impl Into<String>,
        status: u16,
        how: &'static str,
        upstream: &[&str],
    ) -> Self {
        self.ask(Method::GET, fields, status, how, upstream)
    }

    /// A viewer's request.
    pub(super) fn ask(
        mut self,
        method: Method,
        fields: impl Into<String>,
        status: u16,
        how: &'static str,
        upstream: &[&str],
    ) -> Self {
        self.steps.push(Step::Ask(Box::new(Ask {
            method,
            path: SEGMENT,
            fields: fields.into(),
            sent: "",
            status,
            how,
            upstream: upstream.iter().map(ToString::to_string).collect(),
            body: None,
            is_whole: true,
            has: String::new(),
            lacks: &[],
            age: None,
            ttl: None,
        })));
        self
    }

    /// GET of what is not stored, and is then.
    pub(super) fn miss(self) -> Self {
        self.get("", 200, MISS, &["GET"])
    }

    /// GET of what is stored and fresh.
    pub(super) fn hit(self) -> Self {
        self.get("", 200, HIT, &[])
    }

    /// GET of what is stored and stale, which is asked for anew without a condition.
    pub(super) fn again(self) -> Self {
        self.get("", 200, AGAIN, &["GET"])
    }

    /// GET of what is not stored, and is not then either.
    pub(super) fn shared(self) -> Self {
        self.get("", 200, SHARED, &["GET"])
    }

    /// Stored, a hit shortly before so many seconds are over, and asked for again shortly after.
    pub(super) fn lives(self, seconds: u64) -> Self {
        let before = SLACK.min(seconds / 2);
        self.miss().after(seconds - before).hit().after(before).again()
    }

    /// The last request goes there.
    pub(super) fn at(mut self, path: &'static str) -> Self {
        self.last().path = path;
        self
    }

    /// All requests so far go there.
    pub(super) fn all_at(mut self, path: &'static str) -> Self {
        for step in &mut self.steps {
            if let Step::Ask(ask) = step {
                ask.path = path;
            }
        }
        self
    }

    /// The last request has a body.
    pub(super) fn sending(mut self, body: &'static str) -> Self {
        self.last().sent = body;
        self
    }

    /// The last request is refused by the edge.
    pub(super) fn refused(mut self, status: u16) -> Self {
        let ask = self.last();
        (ask.status, ask.how) = (status, REFUSED);
        self
    }

    /// The last answer has this body.
    pub(super) fn body(mut self, body: &'static str) -> Self {
        self.last().body = Some(body);
        self
    }

    /// The last answer ends before its end.
    pub(super) fn broken(mut self) -> Self {
        self.last().is_whole = false;
        self
    }

    /// The last answer has these fields.
    pub(super) fn has(mut self, fields: impl Into<String>) -> Self {
        self.last().has = fields.into();
        self
    }

    /// The last answer has none of these fields.
    pub(super) fn lacks(mut self, names: &'static [&'static str]) -> Self {
        self.last().lacks = names;
        self
    }

    /// The last answer is so many seconds old.
    pub(super) fn age(mut self, seconds: u64) -> Self {
        self.last().age = Some(seconds);
        self
    }

    /// The last answer stays fresh for so many seconds.
    pub(super) fn ttl(mut self, seconds: i64) -> Self {
        self.last().ttl = Some(seconds);
        self
    }

    fn last(&mut self) -> &mut Ask {
        match self.steps.last_mut() {
            Some(Step::Ask(ask)) => ask,
            _ => panic!("{}: a request comes first", self.shows),
        }
    }
}

/// Time goes on by itself too while a row runs: less than this, in seconds.
pub(super) const SLACK: u64 = 30;
