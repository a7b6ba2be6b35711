//! `spokecast collect serve`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use collector::{Clock, Collector, Limits, Options, TlsFiles, Token};
use edge::config::Log;

use crate::arguments::ServeArguments;
use crate::command::runtime;
use crate::command::stop::StopSignal;
use crate::logging;

pub(super) fn run(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let options = options(arguments)?;
    let _logging = logging::start(&Log::default());
    runtime()?.block_on(async {
        let stop = StopSignal::catch()?;
        let (has_tls, has_token) = (options.tls.is_some(), options.token.is_some());
        let collector = Collector::start(options, Arc::new(System(edge::Clock::system()))).await?;
        let address = collector.address();
        tracing::info!(%address, tls = has_tls, token = has_token, "listening");
        stop.came().await;
        collector.drain().await;
        tracing::info!("ended");
        Ok(ExitCode::SUCCESS)
    })
}

fn options(arguments: &ServeArguments) -> anyhow::Result<Options> {
    let ServeArguments { database, listen, certificate, key, token_file, retention } = arguments.clone();
    // One is never there without the other.
    let tls = certificate.zip(key).map(|(certificate, key)| TlsFiles { certificate, key });
    let token = token_file.map(|file| Token::load(&file)).transpose()?;
    Ok(Options { database, listen, tls, token, retention: retention.get(), limits: Limits::default() })
}

/// The one clock, for the collector.
#[derive(Debug)]
struct System(edge::Clock);

impl Clock for System {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }
}
