//! Sums, by SQLite.
//!
//! A sum of the largest counts is larger than SQLite's largest number, and one that is exact is wanted: the upper and lower
//! halves of the counts are added up apart.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqlitePool};

use super::error::StoreError;
use super::number;
use super::question::{Count, Cursor, Page, Question, segments};

/// How many steps of SQLite's machine lie between two looks at the bound.
const BETWEEN: i32 = 100_000;

/// SQLite's code for what the bound ended.
const INTERRUPTED: &str = "9";

pub(super) async fn page(
    pool: &SqlitePool,
    question: &Question,
    steps: Option<u32>,
) -> Result<Page, StoreError> {
    let mut connection = pool.acquire().await?;
    let mut left = steps.unwrap_or(u32::MAX);
    // In the place of the last question's, if that was left before its end.
    connection.lock_handle().await?.set_progress_handler(BETWEEN, move || {
        left = left.saturating_sub(u32::from(steps.is_some()));
        left > 0
    });
    let limit = question.limit.clamp(1, Question::MOST) as usize;
    let rows =
        query(question, limit).build().fetch_all(&mut *connection).await.map_err(|error| match error {
            sqlx::Error::Database(error) if error.code().as_deref() == Some(INTERRUPTED) => {
                StoreError::TooMuch
            }
            error => StoreError::Database(error),
        })?;
    let mut counts = rows.iter().map(|row| count(row, question.segments)).collect::<Result<Vec<_>, _>>()?;
    let is_more = counts.len() > limit;
    counts.truncate(limit);
    let last = counts.last().filter(|_| is_more);
    let next = last.map(|last| Cursor { entry: last.entry.clone(), segments: last.segments });
    Ok(Page { counts, next })
}

/// Windows first, then the cells of each: both are found by their index.
fn query(question: &Question, limit: usize) -> QueryBuilder<Sqlite> {
    let grouped = if question.segments { "entry, first, last" } else { "entry" };
    let mut query = QueryBuilder::new("SELECT ");
    query.push(grouped);
    query.push(
        ", SUM(count >> 32) AS upper, SUM(count & 4294967295) AS lower
         FROM reports CROSS JOIN cells ON cells.report = reports.id WHERE bucket >= ",
    );
    query.push_bind(question.from.map_or(0, |from| number(from.unix_seconds())));
    query.push(" AND bucket < ").push_bind(question.to.map_or(i64::MAX, |to| number(to.unix_seconds())));
    if let Some(site) = &question.site {
        query.push(" AND site = ").push_bind(site.as_str().to_owned());
    }
    if let Some(entry) = &question.entry {
        query.push(" AND entry = ").push_bind(entry.as_str().to_owned());
    }
    if let Some(after) = &question.after {
        let (entry, first, last) = after.place();
        query.push(" AND (entry, first, last) > (").push_bind(entry.to_owned());
        query.push(", ").push_bind(number(first)).push(", ").push_bind(number(last)).push(")");
    }
    query.push(" GROUP BY ").push(grouped).push(" ORDER BY ").push(grouped);
    query.push(" LIMIT ").push_bind(number(limit as u64 + 1));
    query
}

fn count(row: &SqliteRow, told_apart: bool) -> Result<Count, sqlx::Error> {
    let number = |name: &str| {
        let number: i64 = row.try_get(name)?;
        u64::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let entry: String = row.try_get("entry")?;
    let entry =
        entry.parse().map_err(|error: telemetry::entry::NotAnEntry| sqlx::Error::Decode(error.into()))?;
    let segments = if told_apart { Some(segments(number("first")?, number("last")?)) } else { None };
    let count = (u128::from(number("upper")?) << 32) + u128::from(number("lower")?);
    Ok(Count { entry, segments, count })
}
