//! The SQLite file: reports go in once, sums come out.
//!
//! One connection writes, and every write is one immediate transaction, so that a question never stands between a report
//! and its place. The journal is a write-ahead log whose commits wait for the disk (`synchronous = FULL`): what is
//! answered survives a loss of power. Others may read the file meanwhile, and write to it: they wait for each other.

mod error;
mod question;
mod schema;
mod sums;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, SqliteConnection};
use telemetry::report::{LARGEST, Report, Segments};

use crate::digest::Digest;
use crate::key::Key;
use crate::private_file;

pub use error::{OpenError, StoreError};
pub use question::{Count, Cursor, NotACursor, NotAMoment, Page, Question, moment};

/// What stands for the number of a segment where a cell counts the entry.
const WHOLE: u64 = LARGEST + 1;

/// The journal is cut back to so many bytes when it was longer.
const JOURNAL_BYTES: &str = "67108864";

/// Connections that answer questions.
const READERS: u32 = 2;

/// How long one waits for a connection, besides what it waits for another process itself.
const TURN: Duration = Duration::from_secs(10);

/// Reports are forgotten so many at a time, so that new ones get their turn in between.
const FORGOTTEN_AT_ONCE: i64 = 64;

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is on the disk now.
    New,
    /// It was there, and nothing changed.
    Known,
    /// Another report is there under its key, and nothing changed.
    Conflict,
}

/// The file, to read and to write.
#[derive(Debug)]
pub struct Store {
    writer: SqlitePool,
    reader: Reader,
}

/// The file, to read.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: SqlitePool,
}

impl Store {
    /// Opens the file, or makes it, for its owner alone.
    ///
    /// # Errors
    /// It is another's, no database of ours, or made by a newer version.
    pub async fn open(path: &Path, busy: Duration) -> Result<Self, OpenError> {
        private_file::provide(path)?;
        let fault = |error| OpenError::Database(path.into(), error);
        // Judged first: the journal's mode stays in the file, and that of another program is left as it is.
        let plain = pool(1, busy).connect_with(options(path, busy)).await.map_err(fault)?;
        schema::provide(&plain, path).await?;
        plain.close().await;
        let options = options(path, busy)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("journal_size_limit", JOURNAL_BYTES);
        let writer = pool(1, busy).connect_with(options).await.map_err(fault)?;
        Ok(Self { writer, reader: Reader::open(path, busy).await? })
    }

    /// Stores a report under its key, which came on this `day`; on the disk when this returns.
    ///
    /// # Errors
    /// Another process writes for too long, the disk is full, or it fails: nothing is stored, and another try may do.
    pub async fn store(&self, key: Key, report: &Report, day: i64) -> Result<Stored, StoreError> {
        let mut connection = self.writer.acquire().await?;
        let stored = write(&mut connection, key, report, day).await;
        if stored.is_err() {
            // Of some faults SQLite ends the transaction itself, which the connection does not get to know: it would
            // begin no other. The next report has a new one.
            let _either_way = connection.close().await;
        }
        stored
    }

    /// Forgets reports that came before this day; how many.
    ///
    /// # Errors
    /// As for [`Self::store`]. What was forgotten until then is.
    pub async fn forget_before(&self, day: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let deleted =
                sqlx::query("DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE day < ? LIMIT ?)")
                    .bind(day)
                    .bind(FORGOTTEN_AT_ONCE)
                    .execute(&self.writer)
                    .await?;
            match deleted.rows_affected() {
                0 => return Ok(forgotten),
                count => forgotten += count,
            }
        }
    }

    /// Answers questions.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Ends all connections; the journal goes into the file.
    pub async fn close(&self) {
        self.reader.pool.close().await;
        self.writer.close().await;
    }
}

impl Reader {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// It is not, or is no database of ours.
    pub async fn open(path: &Path, busy: Duration) -> Result<Self, OpenError> {
        private_file::inspect(path)?;
        let opened = pool(READERS, busy).connect_with(options(path, busy).read_only(true)).await;
        let pool = opened.map_err(|error| OpenError::Database(path.into(), error))?;
        schema::check(&pool, path).await?;
        Ok(Self { pool })
    }

    /// One page of the answer to a question. With a bound on its work, in 100 000 steps, one that costs more fails.
    ///
    /// # Errors
    /// [`StoreError::TooMuch`]; or the file cannot be read.
    pub async fn sums(&self, question: &Question, steps: Option<u32>) -> Result<Page, StoreError> {
        sums::page(&self.pool, question, steps).await
    }
}

/// One transaction: the report, its cells, or nothing.
async fn write(
    connection: &mut SqliteConnection,
    key: Key,
    report: &Report,
    day: i64,
) -> Result<Stored, StoreError> {
    let digest = Digest::of(&report.encode());
    let mut change = connection.begin_with("BEGIN IMMEDIATE").await?;
    let there: Option<(Vec<u8>,)> = sqlx::query_as("SELECT digest FROM reports WHERE key = ?")
        .bind(&key.as_bytes()[..])
        .fetch_optional(&mut *change)
        .await?;
    if let Some((there,)) = there {
        change.rollback().await?;
        return Ok(if there == digest.as_bytes() { Stored::Known } else { Stored::Conflict });
    }
    let added =
        sqlx::query("INSERT INTO reports (key, digest, site, bucket, width, day) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&key.as_bytes()[..])
            .bind(&digest.as_bytes()[..])
            .bind(report.site.as_str())
            .bind(number(report.bucket.unix_seconds()))
            .bind(report.width.seconds())
            .bind(day)
            .execute(&mut *change)
            .await?;
    sqlx::query(
        "INSERT INTO cells (report, entry, first, last, count)
         SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)",
    )
    .bind(added.last_insert_rowid())
    .bind(cells(report))
    .execute(&mut *change)
    .await?;
    change.commit().await?;
    Ok(Stored::New)
}

fn options(path: &Path, busy: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(busy)
}

fn pool(connections: u32, busy: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(busy + TURN)
}

/// The cells as a list of lists, which SQLite reads as a table. Nothing in an entry needs an escape.
fn cells(report: &Report) -> String {
    let mut text = String::from("[");
    for (index, cell) in report.cells.iter().enumerate() {
        let (first, last) = ends(cell.segments);
        let comma = if index == 0 { "" } else { "," };
        // Writing into a text cannot fail.
        let _infallible = write!(text, r#"{comma}["{}",{first},{last},{}]"#, cell.entry, cell.count);
    }
    text.push(']');
    text
}

/// How segments stand in the table.
fn ends(segments: Segments) -> (u64, u64) {
    match segments {
        Segments::One(number) => (number, number),
        Segments::Range { first, last } => (first, last),
        Segments::Entry => (WHOLE, WHOLE),
    }
}

/// A number of a report, of which each is far below the largest of SQLite's.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
