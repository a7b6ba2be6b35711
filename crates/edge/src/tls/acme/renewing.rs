//! The task that gets a certificate and renews it, as the configuration of the moment says.
//!
//! Times are those of the wall clock, which may be set meanwhile: they are looked at again every hour.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::answers::Answers;
use super::certificate::Acquired;
use super::order::{self, Failure};
use super::store::{self, Tries};
use super::{Acme, pace};
use crate::clock::Clock;
use crate::core::Core;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::tls::Certificates;
use crate::tls::facts::hexadecimal;

/// The clock is looked at again after this time: it may have been set.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// The task. It ends when this is dropped, and the folder is free.
#[derive(Debug)]
pub(crate) struct Renewing {
    task: JoinHandle<()>,
    end: Option<oneshot::Sender<()>>,
    live: Arc<Live>,
}

/// Where the task is in its course.
#[derive(Debug)]
struct Course {
    clock: Clock,
    certificates: Arc<Certificates>,
    metrics: Arc<Metrics>,
    /// What it gets.
    acme: Option<Arc<Acme>>,
    /// What it has got.
    acquired: Option<Arc<Acquired>>,
    tries: Tries,
    /// No sooner than this the next try begins.
    not_before: SystemTime,
    /// Chooses how long after the certificate is due it is renewed.
    spread: u64,
}

impl Renewing {
    /// Gets and renews from now on, as the configuration of the moment says.
    pub(crate) fn begin(live: &Arc<Live>) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(run(Arc::clone(live), ended));
        Self { task, end: Some(end), live: Arc::clone(live) }
    }

    /// Ends what is under way; for as long as `patience` lasts, what is shown to the authority is taken back.
    pub(crate) async fn end(mut self, patience: Duration) {
        drop(self.end.take());
        if tokio::time::timeout(patience, &mut self.task).await.is_err() {
            tracing::warn!("no time is left to take back what was shown to the certificate authority");
        }
    }
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(acme) = &self.live.core().acme {
            acme.close(None);
        }
    }
}

async fn run(live: Arc<Live>, mut ended: oneshot::Receiver<()>) {
    let mut changes = live.changes();
    let mut course = Course::new(&live.core());
    loop {
        changes.borrow_and_update();
        let core = live.core();
        course.follow(core.acme.as_ref()).await;
        let tokens = Arc::clone(core.tokens());
        // A configuration that is exchanged goes, whatever is waited for here.
        drop(core);
        let Some(acme) = course.acme.clone() else {
            tokio::select! {
                _ = &mut ended => return,
                _ = changes.changed() => continue,
            }
        };
        if let Some(left) = course.left(&acme) {
            let clock = course.clock.clone();
            tokio::select! {
                biased;
                _ = &mut ended => return,
                _ = changes.changed() => {}
                () = clock.reaches(clock.now() + left.min(LOOK_AGAIN)) => {}
            }
            continue;
        }
        let before = course.tries.clone();
        if let Err(failure) = course.begin_try(&acme).await {
            course.end_try(&acme, Err(failure)).await;
            continue;
        }
        let answers = Answers::new(&acme.config, &tokens, &course.certificates, &course.clock);
        let end = tokio::select! {
            biased;
            _ = &mut ended => End::Edge,
            () = becomes_other(&live, &mut changes, &acme) => End::Other,
            outcome = order::run(&acme, &answers) => End::Outcome(Box::new(outcome)),
        };
        answers.clear().await;
        match end {
            End::Outcome(outcome) => course.end_try(&acme, *outcome).await,
            End::Other => course.forget_try(&acme, before).await,
            End::Edge => return course.forget_try(&acme, before).await,
        }
    }
}

/// How a try ends.
enum End {
    Outcome(Box<Result<Acquired, Failure>>),
    /// Another configuration wants something else.
    Other,
    /// The edge ends.
    Edge,
}

/// Waits until a configuration holds that wants something else.
async fn becomes_other(live: &Live, changes: &mut watch::Receiver<()>, acme: &Acme) {
    loop {
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
        if live.core().acme.as_ref().is_none_or(|now| !acme.is_like(now)) {
            return;
        }
    }
}

impl Course {
    fn new(core: &Core) -> Self {
        Self {
            clock: core.clock.clone(),
            certificates: Arc::clone(core.certificates()),
            metrics: Arc::clone(&core.metrics),
            acme: None,
            acquired: None,
            tries: Tries::default(),
            not_before: UNIX_EPOCH,
            spread: random(),
        }
    }

    /// Goes on with this. What was changed by whoever runs the edge is tried at once, unless the authority itself asked for
    /// patience.
    async fn follow(&mut self, acme: Option<&Arc<Acme>>) {
        if self.acme.as_ref().map(Arc::as_ptr) == acme.map(Arc::as_ptr) {
            return;
        }
        let before = std::mem::replace(&mut self.acme, acme.cloned());
        let Some(acme) = acme else {
            self.acquired = None;
            self.show();
            self.metrics.acme.set_next_try(UNIX_EPOCH);
            return;
        };
        if before.is_some_and(|before| before.is_like(acme)) {
            // What came while the other was made ready is newer than what was found then.
            self.show();
            return;
        }
        // Until another certificate is there, the one before goes on.
        self.acquired = acme.kept.clone().or(self.acquired.take());
        let kept = {
            let acme = Arc::clone(acme);
            tokio::task::spawn_blocking(move || Tries::load(&acme.folder)).await
        };
        self.tries = match kept {
            Ok(Ok(tries)) => tries.unwrap_or_default(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "what is known of earlier tries is left aside");
                Tries::default()
            }
            Err(_) => Tries::default(),
        };
        let is_same = self.tries.of == what(acme);
        let holds = is_same || self.tries.asked && self.tries.directory == acme.directory;
        if !holds {
            self.tries = Tries::default();
        }
        let times = store::moment(self.tries.began).zip(store::moment(self.tries.not_before));
        let now = self.clock.wall();
        self.not_before = times
            .map_or(now, |(began, not_before)| pace::after_start(now, began, not_before, self.tries.asked));
    }

    /// How long it is until the next try; `None` when its time has come.
    fn left(&mut self, acme: &Acme) -> Option<Duration> {
        let now = self.clock.wall();
        let wanted =
            self.acquired.as_ref().filter(|kept| kept.is_what_is_wanted(&acme.directory, &acme.names));
        let due = wanted
            .map_or(UNIX_EPOCH, |kept| pace::due(kept.life(), acme.config.renew_before.get(), self.spread));
        if pace::is_beyond(now, self.not_before) {
            self.not_before = now;
        }
        let next = due.max(self.not_before);
        self.metrics.acme.set_next_try(next.max(now));
        next.duration_since(now).ok().filter(|left| !left.is_zero())
    }

    /// Notes that a try begins, as if it had failed: so it counts though the process should end with it. Nothing is asked
    /// for that could not be kept.
    async fn begin_try(&mut self, acme: &Arc<Acme>) -> Result<(), Failure> {
        let now = self.clock.wall();
        let failures = self.tries.failures.saturating_add(1);
        let tries = Tries {
            directory: acme.directory.clone(),
            of: what(acme),
            failures,
            began: store::seconds(now),
            not_before: store::seconds(now + pace::pause(failures, None, random())),
            asked: false,
        };
        self.keep(acme, tries).await.map_err(|reason| Failure { reason, asked: None })
    }

    /// Does what follows from the outcome: another certificate is shown, or a pause begins.
    async fn end_try(&mut self, acme: &Arc<Acme>, outcome: Result<Acquired, Failure>) {
        let now = self.clock.wall();
        let is_success = outcome.is_ok();
        self.metrics.acme.count(is_success);
        let (pause, failures, asked) = match outcome {
            Ok(acquired) => {
                let (_, ends) = acquired.life();
                tracing::info!(
                    names = acme.names.join(" "),
                    ends = %humantime::format_rfc3339_seconds(ends),
                    "a certificate was got"
                );
                let pause = pace::pause_after_success(acquired.length());
                self.acquired = Some(Arc::new(acquired));
                self.spread = random();
                self.show();
                (pause, 0, false)
            }
            Err(Failure { reason, asked }) => {
                let failures = self.tries.failures.max(1);
                let pause = pace::pause(failures, asked, random());
                let next = humantime::format_rfc3339_seconds(now + pause);
                tracing::warn!(reason, failures, next = %next, "no certificate was got");
                (pause, failures, asked.is_some())
            }
        };
        self.not_before = now + pause;
        let not_before = store::seconds(self.not_before);
        let tries = Tries { failures, not_before, asked, ..self.tries.clone() };
        self.keep_or_tell(acme, tries).await;
    }

    /// What becomes of a try that was broken off is not known: it counts neither way.
    async fn forget_try(&mut self, acme: &Arc<Acme>, before: Tries) {
        self.keep_or_tell(acme, before).await;
    }

    async fn keep_or_tell(&mut self, acme: &Arc<Acme>, tries: Tries) {
        if let Err(error) = self.keep(acme, tries).await {
            tracing::warn!(error, "how the last try ended is not kept");
        }
    }

    /// Keeps this of the tries, here and in the folder.
    async fn keep(&mut self, acme: &Arc<Acme>, tries: Tries) -> Result<(), String> {
        self.tries = tries.clone();
        let acme = Arc::clone(acme);
        let saved = tokio::task::spawn_blocking(move || tries.save(&acme.folder)).await;
        match saved {
            Ok(saved) => saved.map_err(|error| error.to_string()),
            Err(_) => Err("the work broke off".into()),
        }
    }

    /// Shows what was got to viewers.
    fn show(&self) {
        let certified = self.acquired.as_ref().map(|acquired| acquired.certified());
        if let Err(error) = self.certificates.set_acquired(certified) {
            tracing::error!(%error, "the certificate that was got cannot be shown");
        }
    }
}

/// What is tried, in a form in which nobody reads the hook's arguments, which may hold a secret.
fn what(acme: &Acme) -> String {
    let config = &acme.config;
    let said = format!("{} {:?} {:?} {:?}", acme.directory, acme.names, config.challenge, config.hook);
    hexadecimal(digest::digest(&digest::SHA256, said.as_bytes()).as_ref())
}

/// From the library that encrypts. Where the system has no randomness, what is chosen at random is as long as can be.
fn random() -> u64 {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_or(u64::MAX, |()| u64::from_ne_bytes(bytes))
}
