//! Connections that ask again and again over HTTP/3, one request at a time on each, all on one thread.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use bytes::Bytes;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use super::{Answer, Connection, configuration, request};
use crate::clock;
use crate::load::Outcome;

/// How long to wait for handshakes, and for a single answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Open connections. They are closed when it is dropped.
pub(crate) struct Load {
    runtime: Runtime,
    connections: Vec<Rc<Connection>>,
}

/// What the tasks of a run have seen together.
#[derive(Default)]
struct Seen {
    outcome: Outcome,
    fault: Option<Error>,
}

impl Load {
    /// Opens so many connections to a server with this certificate.
    pub(crate) fn open(server: SocketAddr, certificate: &Path, connections: usize) -> Result<Self> {
        let runtime = runtime()?;
        let configuration = configuration(certificate)?;
        let open = async {
            let mut open = Vec::with_capacity(connections);
            for _ in 0..connections {
                open.push(Rc::new(Connection::open(server, configuration.clone()).await?));
            }
            Ok::<_, Error>(open)
        };
        let connections = runtime.block_on(async { tokio::time::timeout(PATIENCE, open).await });
        Ok(Self { connections: connections.context("handshakes take too long")??, runtime })
    }

    /// Asks for `path` on all of them for so long. What is under way at the end is left unfinished.
    pub(crate) fn run(&self, path: &str, time: Duration) -> Result<Outcome> {
        let request = request(path)?;
        let seen = Rc::new(RefCell::new(Seen::default()));
        let tasks = LocalSet::new();
        let began = clock::now();
        self.runtime.block_on(tasks.run_until(async {
            for connection in &self.connections {
                let again = ask_again(Rc::clone(connection), request.clone(), Rc::clone(&seen));
                tokio::task::spawn_local(again);
            }
            tokio::time::sleep(time).await;
        }));
        let took = clock::now() - began;
        drop(tasks);
        let Seen { mut outcome, fault } = seen.take();
        if let Some(fault) = fault.filter(|_| outcome.answers == 0) {
            return Err(fault);
        }
        // A large one may not be whole yet.
        let is_answered = outcome.answers > 0 || outcome.errors == 0 && outcome.bytes > 0;
        ensure!(is_answered, "no answer was 200");
        outcome.took = took;
        Ok(outcome)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.runtime.block_on(async {
            let close = async {
                for connection in &self.connections {
                    connection.close().await;
                }
            };
            // A server that is gone needs no farewell.
            let _ = tokio::time::timeout(Duration::from_secs(1), close).await;
        });
    }
}

/// Until the task is dropped, or the connection is closed.
async fn ask_again(connection: Rc<Connection>, request: Bytes, seen: Rc<RefCell<Seen>>) {
    while !connection.is_closed() {
        let asked = clock::now();
        let answer = connection.ask(&request, |bytes| seen.borrow_mut().outcome.bytes += bytes).await;
        let seen = &mut *seen.borrow_mut();
        match answer {
            Ok(Answer { is_ok: true, .. }) => {
                let done = clock::now() - asked;
                seen.outcome.answered(done, done);
            }
            Ok(_) => seen.outcome.errors += 1,
            Err(error) => {
                seen.outcome.errors += 1;
                seen.fault.get_or_insert(error);
            }
        }
    }
}

/// One connection that waits for each answer.
pub(crate) struct Alone {
    runtime: Runtime,
    connection: Connection,
}

impl Alone {
    pub(crate) fn open(server: SocketAddr, certificate: &Path) -> Result<Self> {
        // On a thread of its own, so that answers are acknowledged while nobody asks.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let configuration = configuration(certificate)?;
        let open = Connection::open(server, configuration);
        let connection = runtime.block_on(async { tokio::time::timeout(PATIENCE, open).await });
        Ok(Self { connection: connection.context("the handshake takes too long")??, runtime })
    }

    /// Asks for `path` once.
    pub(crate) fn ask(&mut self, path: &str) -> Result<Answer> {
        let request = request(path)?;
        let ask = self.connection.ask(&request, |_| ());
        let answer = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, ask).await });
        answer.context("the answer takes too long")?
    }
}

/// The load as a command, to be used against any server: prints one JSON object.
#[expect(clippy::print_stdout, reason = "a command line tool speaks to its user")]
pub(crate) fn by_hand(
    server: SocketAddr,
    path: &str,
    certificate: &Path,
    connections: usize,
    time: Duration,
) -> Result<()> {
    crate::process::pin_clients()?;
    let outcome = Load::open(server, certificate, connections)?.run(path, time)?;
    let report = json!({
        "answers": outcome.answers,
        "errors": outcome.errors,
        "bytes": outcome.bytes,
        "seconds": outcome.took.as_secs_f64(),
        "p50 ms": outcome.last_byte(50),
        "p99 ms": outcome.last_byte(99),
    });
    println!("{report}");
    Ok(())
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

#[cfg(test)]
mod tests;
