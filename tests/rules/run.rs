//! Runs rows: each before an origin and an edge of its own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use edge::Clock;
use edge::clock::Hand;
use http::StatusCode;

use super::row::{Answer, Ask, Row, SLACK, Said, Step};
use crate::world::origin::head;
use crate::world::{Response, Script, Seen, World};

/// What every request of the edge has; the rest is what a row is about.
const ALWAYS: [&str; 5] = ["host", "user-agent", "accept-encoding", "cdn-loop", "content-length"];

/// Runs every row, and names those that do not hold.
pub(super) async fn run(rows: Vec<Row>) {
    let mut faults = Vec::new();
    for row in rows {
        if let Err(fault) = run_one(&row).await {
            faults.push(format!("{} {}\n    {fault}", row.sections, row.shows));
        }
    }
    assert!(faults.is_empty(), "{} rows do not hold:\n{}", faults.len(), faults.join("\n"));
}

/// What placeholders stand for.
#[derive(Debug)]
struct Setting {
    began: SystemTime,
    world: OnceLock<(SocketAddr, Hand)>,
}

async fn run_one(row: &Row) -> Result<(), String> {
    let setting = Arc::new(Setting { began: Clock::system().wall(), world: OnceLock::new() });
    let (told, answers, count) = (Arc::clone(&setting), row.answers.clone(), AtomicUsize::new(0));
    let script = move |_: &Seen| {
        let number = count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        told.answer(&answers[number])
    };
    let world = World::with(script, row.change).await;
    setting.world.set((world.origin.address(), world.hand.clone())).expect("set once");
    for (step, number) in row.steps.iter().zip(1..) {
        match step {
            Step::After(seconds) => world.hand.advance(Duration::from_secs(*seconds)),
            Step::Ask(ask) => {
                let asked = setting.ask(&world, ask).await;
                asked.map_err(|fault| format!("step {number}: {} {:?}: {fault}", ask.method, ask.fields))?;
            }
        }
    }
    Ok(())
}

impl Setting {
    fn answer(&self, answer: &Answer) -> Script {
        if let Some((_, hand)) = self.world.get() {
            hand.advance(Duration::from_secs(answer.late));
        }
        let (status, fields, body) = match &answer.said {
            Said::Script(script) => return script.clone(),
            Said::Whole(status, fields, body) => (*status, self.fill_in(fields), self.fill_in(body)),
        };
        let status = StatusCode::from_u16(status).expect("a status");
        let line = format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or("Other"));
        if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
            return vec![crate::world::Step::Send(head(&line, &split(&fields)))];
        }
        crate::world::origin::answer(&line, body, &split(&fields))
    }

    async fn ask(&self, world: &World, ask: &Ask) -> Result<(), String> {
        let before = world.origin.count();
        let fields = self.fill_in(&ask.fields);
        let response = world.viewer().send(ask.method.clone(), ask.path, &split(&fields), ask.sent).await;
        // What is stored shows in the next step only once it is.
        world.settle().await;
        let seen: Vec<_> =
            world.origin.seen()[before..].iter().map(|seen| told_upstream(seen, ask)).collect();
        self.compare(ask, &response)?;
        let expected: Vec<_> = ask.upstream.iter().map(|line| self.fill_in(line)).collect();
        same("the requests to the origin", &seen, &expected)
    }

    fn compare(&self, ask: &Ask, response: &Response) -> Result<(), String> {
        same("the status", &response.status.as_u16(), &ask.status)?;
        let (how, ttl) = own_member(response);
        same("Cache-Status", &how.as_str(), &ask.how)?;
        same("whether the body is whole", &response.whole, &ask.is_whole)?;
        if let Some(body) = ask.body {
            same("the body", &response.text().as_str(), &body)?;
        }
        let has = self.fill_in(&ask.has);
        let has = split(&has);
        for (name, _) in &has {
            let found: Vec<_> = response.headers.get_all(*name).iter().collect();
            let expected: Vec<_> =
                has.iter().filter(|(other, _)| other == name).map(|(_, value)| *value).collect();
            same(name, &found, &expected)?;
        }
        for name in ask.lacks {
            same(name, &response.headers.get(*name), &None::<&http::HeaderValue>)?;
        }
        if let Some(expected) = ask.age {
            let age = response.header("age").parse().ok();
            let is_right = age.is_some_and(|age| (expected..expected + SLACK).contains(&age));
            same("Age", &if is_right { Some(expected) } else { age }, &Some(expected))?;
        }
        if let Some(expected) = ask.ttl {
            let slack = i64::try_from(SLACK).expect("a small number");
            let is_right = ttl.is_some_and(|ttl| (expected - slack..=expected).contains(&ttl));
            same("ttl", &if is_right { Some(expected) } else { ttl }, &Some(expected))?;
        }
        Ok(())
    }

    /// Puts dates and the origin's address in.
    fn fill_in(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').expect("a closing brace");
            filled.push_str(before);
            filled.push_str(&self.meant_by(name));
            rest = after;
        }
        filled + rest
    }

    fn meant_by(&self, name: &str) -> String {
        if name == "origin" {
            return self.world.get().expect("it has started").0.to_string();
        }
        let shift: i64 = name.strip_prefix('T').expect("T or origin").parse().unwrap_or_default();
        let by = Duration::from_secs(shift.unsigned_abs());
        httpdate::fmt_http_date(if shift < 0 { self.began - by } else { self.began + by })
    }
}

/// `Name: value | Name: value`.
fn split(fields: &str) -> Vec<(&str, &str)> {
    let fields = fields.split(" | ").filter(|field| !field.is_empty());
    fields
        .map(|field| field.split_once(": ").or(field.split_once(':')).expect("a name and a value"))
        .collect()
}

/// Method, target where it is another one, and fields beyond those of every request.
fn told_upstream(seen: &Seen, ask: &Ask) -> String {
    let mut told = seen.head.split(' ').next().unwrap_or_default().to_owned();
    if seen.target != ask.path {
        told = format!("{told} {}", seen.target);
    }
    let fields = seen.head.lines().skip(1).take_while(|line| !line.is_empty());
    let fields = fields.filter(|line| !ALWAYS.contains(&line.split(':').next().unwrap_or_default()));
    let fields: Vec<_> = fields.collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" {}", fields.join(" | ")) };
    let body = if seen.body.is_empty() { "" } else { " + " };
    format!("{told}{fields}{body}{}", String::from_utf8_lossy(&seen.body))
}

/// This edge's member of Cache-Status: what it says besides `ttl`, and that.
fn own_member(response: &Response) -> (String, Option<i64>) {
    let field = response.headers.get_all("cache-status").iter().next_back();
    let member = field.map_or("", |value| value.to_str().expect("text"));
    let (mut says, mut ttl) = (Vec::new(), None);
    for part in member.split("; ").filter(|part| !["", "spokecast"].contains(part)) {
        match part.strip_prefix("ttl=") {
            Some(seconds) => ttl = seconds.parse().ok(),
            None => says.push(part),
        }
    }
    (says.join("; "), ttl)
}

fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &U,
) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}
