//! From requests to windows: what the edge calls for each answer, and what happens to it off the segment path.
//!
//! [`Recorder::record`] takes no lock, waits for nobody and allocates nothing: it makes the viewer's mark with the key of the
//! running window and puts both into a queue. When the queue is full the event is dropped and counted. Somebody calls
//! [`Recorder::drain`] often enough, and [`Recorder::turn`] when time has passed.
//!
//! # Invariants
//! - An event counts in the window whose key its mark was made with, also when it is drained after that window's end: a
//!   window is closed only when nobody holds its key any more ([`Recorder::turn`]). So no viewer counts twice in one.
//! - Windows follow monotonic time. The wall clock names them when they begin; when it jumps, the one that runs keeps its
//!   name and its length, and no event is lost or counted twice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use crossbeam_queue::ArrayQueue;

use crate::bucket::{Bucket, Width};
use crate::event::Event;
use crate::history::History;
use crate::report::LARGEST;
use crate::table::{Bounds, Refused, Table};
use crate::threshold;
use crate::viewers::{Mark, NoRandomness, Viewer, ViewerKey};
use crate::window::Settled;

/// Events that may wait to be counted.
const QUEUE: usize = 32_768;

/// Counts what is asked for.
pub struct Recorder {
    queue: ArrayQueue<Recorded>,
    running: ArcSwap<Running>,
    dropped: AtomicU64,
    unrecognised: AtomicU64,
    books: Mutex<Books>,
}

/// How it counts. Another threshold or width holds from the next window on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Viewers that have to stand behind each number that leaves; at least 2.
    pub threshold: usize,
    /// How long a window is.
    pub width: Width,
    /// Segments that are told apart in one window.
    pub max_cells: usize,
    /// What is remembered of past windows.
    pub keep: Keep,
}

/// What is remembered of past windows, for a while and in memory alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every count.
    Everything,
    /// What may leave.
    Published,
    /// Nothing.
    Nothing,
}

/// The time, as its one reader tells it.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Time that only moves on.
    pub monotonic: Instant,
    /// Time by which windows are called.
    pub wall: SystemTime,
}

/// What was counted since the start, whatever became of the windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events that were counted.
    pub recorded: u64,
    /// Events that found the queue full.
    pub dropped: u64,
    /// Requests for media of no entry that can be reported.
    pub unrecognised: u64,
    /// Events that found too many entries.
    pub no_room: u64,
    /// Events that count for their entry alone, because there are too many segments.
    pub beyond_max_cells: u64,
}

/// What makes marks now.
struct Running {
    key: ViewerKey,
    /// Counts windows; it would begin anew after thousands of years of them.
    turn: u32,
}

/// An event in the queue. It is kept small: the queue is gone through from end to end again and again, and what of it
/// has left the processor's caches has to be fetched.
struct Recorded {
    entry: Arc<str>,
    /// The segment's; [`UNKNOWN`] where none is known.
    number: u64,
    mark: Option<Mark>,
    turn: u32,
}

/// No segment that is told apart has this number: it is above [`LARGEST`].
const UNKNOWN: u64 = u64::MAX;
const _: () = assert!(LARGEST < UNKNOWN && size_of::<Recorded>() == 32);

struct Books {
    settings: Settings,
    window: Window,
    /// The window before, while somebody still has its key.
    closing: Option<(Window, Arc<Running>)>,
    history: History,
    totals: Totals,
}

struct Window {
    bucket: Bucket,
    width: Width,
    threshold: usize,
    turn: u32,
    ends: Instant,
    table: Table,
}

/// A window that is over: nobody can be counted in it any more, and its key is gone.
pub struct Closed {
    bucket: Bucket,
    width: Width,
    threshold: usize,
    table: Table,
}

/// What is known of the windows.
#[derive(Clone, Debug)]
pub struct View {
    /// Newest first; the first is the one that runs.
    pub windows: Vec<Arc<Settled>>,
    /// Since the start.
    pub totals: Totals,
}

impl Recorder {
    /// Begins with the window of this moment.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn new(settings: Settings, now: Now) -> Result<Self, NoRandomness> {
        let running = Running { key: ViewerKey::random()?, turn: 0 };
        let window = Window::begin(&settings, now, 0, 0);
        Ok(Self {
            queue: ArrayQueue::new(QUEUE),
            running: ArcSwap::from_pointee(running),
            dropped: AtomicU64::new(0),
            unrecognised: AtomicU64::new(0),
            books: Mutex::new(Books {
                settings,
                window,
                closing: None,
                history: History::default(),
                totals: Totals::default(),
            }),
        })
    }

    /// Records what was asked for, and by whom if that is known. Never waits.
    pub fn record(&self, event: Event, viewer: Option<Viewer<'_>>) {
        // Held until the event is in the queue: by this a window knows that nobody can come any more.
        let running = self.running.load();
        let mark = viewer.map(|viewer| running.key.mark(viewer));
        if self.queue.push(Recorded::new(event, mark, running.turn)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records that media was asked for of which no rule says which entry it is.
    pub fn record_unrecognised(&self) {
        self.unrecognised.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what waits in the queue.
    pub fn drain(&self) {
        self.drain_into(&mut self.books());
    }

    /// Begins another window when this one's time is over, and gives the one before when nobody can be counted in it any
    /// more: mostly at once, else at one of the next calls.
    pub fn turn(&self, now: Now) -> Option<Closed> {
        let mut books = self.books();
        if books.closing.is_none() && now.monotonic >= books.window.ends {
            let turn = books.window.turn.wrapping_add(1);
            // Without random numbers the window that runs goes on: nobody is counted without a key.
            let key = ViewerKey::random().ok()?;
            let likely = books.window.table.len();
            let next = Window::begin(&books.settings, now, turn, likely);
            let before = self.running.swap(Arc::new(Running { key, turn }));
            let window = std::mem::replace(&mut books.window, next);
            books.closing = Some((window, before));
        }
        let (_, running) = books.closing.as_mut()?;
        // Alone with the key, and so behind whatever those who had it put into the queue.
        Arc::get_mut(running)?;
        self.drain_into(&mut books);
        let (window, _key_goes) = books.closing.take()?;
        let Window { bucket, width, threshold, table, .. } = window;
        Some(Closed { bucket, width, threshold, table })
    }

    /// The window that runs is over at the next [`Self::turn`], whatever its time.
    pub fn end_window(&self, now: Now) {
        self.books().window.ends = now.monotonic;
    }

    /// Remembers a window that is over, as far as the settings say.
    pub fn remember(&self, window: Settled) {
        let mut books = self.books();
        let keep = books.settings.keep;
        books.history.add(window, keep);
    }

    /// Counts in another way from now on.
    pub fn reconfigure(&self, settings: Settings) {
        let mut books = self.books();
        books.history.restrict(settings.keep);
        books.settings = settings;
    }

    /// Nothing is counted any more for now: the window that runs is over at the next [`Self::turn`], and nothing is
    /// remembered.
    pub fn stop(&self, now: Now) {
        let mut books = self.books();
        books.settings.keep = Keep::Nothing;
        books.history.restrict(Keep::Nothing);
        books.window.ends = now.monotonic;
    }

    /// The windows, with what is waiting counted in.
    pub fn view(&self) -> View {
        let (running, past, totals) = {
            let mut books = self.books();
            self.drain_into(&mut books);
            let Window { bucket, width, threshold, ref table, .. } = books.window;
            let running = Closed { bucket, width, threshold, table: table.clone() };
            (running, books.history.newest_first().collect::<Vec<_>>(), self.totals_of(&books))
        };
        // The threshold is applied to a copy: nobody who counts waits for it.
        let running = Settled { is_running: true, ..running.settle() };
        View { windows: std::iter::once(Arc::new(running)).chain(past).collect(), totals }
    }

    /// What was counted since the start.
    pub fn totals(&self) -> Totals {
        let mut books = self.books();
        self.drain_into(&mut books);
        self.totals_of(&books)
    }

    /// How many segments and entries the window that runs tells apart.
    pub fn cells(&self) -> usize {
        self.books().window.table.len()
    }

    fn totals_of(&self, books: &Books) -> Totals {
        let [dropped, unrecognised] =
            [&self.dropped, &self.unrecognised].map(|count| count.load(Ordering::Relaxed));
        Totals { dropped, unrecognised: books.totals.unrecognised + unrecognised, ..books.totals }
    }

    fn drain_into(&self, books: &mut Books) {
        // No more than were there when it began: others go on recording.
        for _ in 0..QUEUE {
            let Some(recorded) = self.queue.pop() else { break };
            books.count(recorded);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Whoever panicked under the lock has left counts, and counts are always whole.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorded {
    fn new(event: Event, mark: Option<Mark>, turn: u32) -> Self {
        let (entry, number) = match event {
            Event::Segment { entry, number } => (entry, number),
            Event::Media { entry } => (entry, UNKNOWN),
        };
        Self { entry, number, mark, turn }
    }

    fn event(self) -> Event {
        let Self { entry, number, .. } = self;
        if number == UNKNOWN { Event::Media { entry } } else { Event::Segment { entry, number } }
    }
}

impl Books {
    fn count(&mut self, recorded: Recorded) {
        let closing = self.closing.as_mut().map(|(window, _)| window);
        let window = closing.filter(|window| window.turn == recorded.turn).unwrap_or(&mut self.window);
        let beyond = window.table.beyond();
        let mark = recorded.mark;
        match window.table.count(recorded.event(), mark) {
            Ok(()) => self.totals.recorded += 1,
            Err(Refused::NoEntry) => self.totals.unrecognised += 1,
            Err(Refused::NoRoom) => self.totals.no_room += 1,
        }
        self.totals.beyond_max_cells += window.table.beyond() - beyond;
    }
}

impl Window {
    fn begin(settings: &Settings, now: Now, turn: u32, likely: usize) -> Self {
        let Settings { threshold, width, max_cells, .. } = *settings;
        let whole = width.duration();
        // The clocks may disagree by a little: what begins just before its time is no short window of the time before.
        let bucket = Bucket::of(now.wall.checked_add(whole / 20).unwrap_or(now.wall), width);
        let end = bucket.begin() + whole;
        let left = end.duration_since(now.wall).unwrap_or(whole);
        // A wall clock out of all bounds must not make a window that never ends.
        let ends = now.monotonic + left.clamp(Duration::from_secs(1), whole + whole / 20);
        let bounds = Bounds { cells: max_cells, entries: max_cells.div_ceil(10) };
        // As many as last time, and a few more.
        let table = Table::new(bounds, threshold, likely + likely / 8);
        Self { bucket, width, threshold, turn, ends, table }
    }
}

impl Closed {
    /// Applies the threshold. It takes a moment when there are many segments.
    pub fn settle(self) -> Settled {
        let counts = threshold::apply(&self.table, self.threshold).collect();
        Settled::of(self.bucket, self.width, false, counts)
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("waiting", &self.queue.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Closed").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
