//! The form of the file, and the way there from older ones.
//!
//! SQLite keeps two numbers for programs: whose file it is, and in which form. Each step from one form to the next is a
//! file of `migrations/`, done in one transaction with the number, so that two processes that open a new file at the same
//! moment do each step once.

use std::path::Path;

use sqlx::SqlitePool;

use super::error::OpenError;

/// Whose file it is: `Scol`.
const APPLICATION: i64 = 0x5363_6f6c;

/// The steps; the first makes an empty file into form 1.
const STEPS: [&str; 1] = [include_str!("../../migrations/0001_reports.sql")];

/// Makes the file what it has to be.
pub(super) async fn provide(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let fault = |error| OpenError::Database(path.into(), error);
    let mut change = pool.begin_with("BEGIN IMMEDIATE").await.map_err(fault)?;
    let (application, form) = numbers(&mut change).await.map_err(fault)?;
    let is_empty = sqlx::query("SELECT 1 FROM sqlite_schema").fetch_optional(&mut *change).await;
    let is_new = application == 0 && form == 0 && is_empty.map_err(fault)?.is_none();
    let done = if is_new { 0 } else { known(application, form, path)? };
    if done == STEPS.len() {
        return Ok(());
    }
    for step in &STEPS[done..] {
        sqlx::raw_sql(*step).execute(&mut *change).await.map_err(fault)?;
    }
    // The numbers of constants: nothing that a caller says.
    let numbers = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", STEPS.len());
    sqlx::raw_sql(sqlx::AssertSqlSafe(numbers)).execute(&mut *change).await.map_err(fault)?;
    change.commit().await.map_err(fault)
}

/// Whether the file is what it has to be.
pub(super) async fn check(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let fault = |error| OpenError::Database(path.into(), error);
    let mut connection = pool.acquire().await.map_err(fault)?;
    let (application, form) = numbers(&mut connection).await.map_err(fault)?;
    if known(application, form, path)? == STEPS.len() { Ok(()) } else { Err(OpenError::Foreign(path.into())) }
}

async fn numbers(connection: &mut sqlx::SqliteConnection) -> sqlx::Result<(i64, i64)> {
    let (application,) = sqlx::query_as("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let (form,) = sqlx::query_as("PRAGMA user_version").fetch_one(connection).await?;
    Ok((application, form))
}

/// How many steps a file of ours has behind it.
fn known(application: i64, form: i64, path: &Path) -> Result<usize, OpenError> {
    match usize::try_from(form) {
        Ok(form @ 1..) if application == APPLICATION && form <= STEPS.len() => Ok(form),
        Ok(_) if application == APPLICATION => Err(OpenError::Newer(path.into(), form)),
        _ => Err(OpenError::Foreign(path.into())),
    }
}
