//! What is said about certificates that end: in the log once, and by `/readyz` as long as it holds.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;

use super::facts::Facts;
use crate::config;
use crate::core::Core;
use crate::live::Live;

/// Wall-clock time may be set meanwhile: nobody waits longer than this without another look.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// A certificate that lives for a day is renewed when hours are left: nobody is to be warned of each before that.
const LEAST_PART_OF_LIFE: u32 = 6;

/// Where a certificate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    NotYet,
    Good,
    EndsSoon,
    Over,
}

/// Why the edge is not ready, as far as its certificates are; `None` where it serves nobody over TLS.
pub(crate) fn complaint(core: &Core) -> Option<String> {
    let tls = &core.config.tls;
    if tls.listen.is_empty() {
        return None;
    }
    let shown = core.certificates().all();
    if shown.is_empty() {
        return Some("there is no certificate yet (tls.acme)".into());
    }
    let now = core.clock.wall();
    let worst = shown.iter().map(|identity| &identity.facts).max_by_key(|facts| {
        // What is over comes before what will be.
        let stage = Stage::of(facts, tls, now);
        (stage != Stage::Good, stage == Stage::Over, stage == Stage::NotYet)
    })?;
    let stage = Stage::of(worst, tls, now);
    (stage != Stage::Good).then(|| Said { facts: worst, stage }.to_string())
}

/// Says it in the log when a certificate comes to another stage of its life, until the task is aborted.
pub(crate) async fn look_after(live: Arc<Live>) {
    let certificates = Arc::clone(live.core().certificates());
    let (mut shown, mut configurations) = (certificates.changes(), live.changes());
    let mut said = HashSet::new();
    loop {
        let core = live.core();
        let clock = core.clock.clone();
        let wait = look(&core, &mut said);
        drop(core);
        tokio::select! {
            // Neither sender goes before this task.
            _ = shown.changed() => {}
            _ = configurations.changed() => {}
            () = clock.reaches(clock.now() + wait) => {}
        }
    }
}

/// Says what is new, and how long nothing else will be.
fn look(core: &Core, said: &mut HashSet<(String, Stage)>) -> Duration {
    let now = core.clock.wall();
    let mut holds = HashSet::new();
    let mut wait = LONGEST_WAIT;
    for identity in core.certificates().all() {
        let (facts, tls) = (&identity.facts, &core.config.tls);
        let stage = Stage::of(facts, tls, now);
        let key = (facts.fingerprint.clone(), stage);
        if stage != Stage::Good && !said.contains(&key) {
            tracing::warn!("{}", Said { facts, stage });
        }
        holds.insert(key);
        let next = [facts.not_before, warned_from(facts, tls), facts.not_after].into_iter();
        // A second later, for all of them are rounded to one.
        let ahead = next.filter_map(|moment| moment.duration_since(now).ok()).min();
        wait = wait.min(ahead.unwrap_or(wait) + Duration::from_secs(1));
    }
    *said = holds;
    wait
}

impl Stage {
    fn of(facts: &Facts, tls: &config::Tls, now: SystemTime) -> Self {
        if now < facts.not_before {
            Self::NotYet
        } else if now > facts.not_after {
            Self::Over
        } else if now >= warned_from(facts, tls) {
            Self::EndsSoon
        } else {
            Self::Good
        }
    }
}

/// Since when it ends soon.
fn warned_from(facts: &Facts, tls: &config::Tls) -> SystemTime {
    let life = facts.not_after.duration_since(facts.not_before).unwrap_or_default();
    facts.not_after - tls.warn_before.get().min(life / LEAST_PART_OF_LIFE)
}

/// The sentence about one certificate. Its name is the operator's own.
struct Said<'f> {
    facts: &'f Facts,
    stage: Stage,
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, moment) = match self.stage {
            Stage::NotYet => ("does not hold before", self.facts.not_before),
            Stage::Good => ("holds until", self.facts.not_after),
            Stage::EndsSoon => ("ends at", self.facts.not_after),
            Stage::Over => ("has ended at", self.facts.not_after),
        };
        write!(f, "the certificate for `{}` {word} {}", self.facts.name(), format_rfc3339_seconds(moment))
    }
}
