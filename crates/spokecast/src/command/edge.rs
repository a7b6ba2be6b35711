//! `spokecast edge`.

use edge::config::{Config, Faults, Origin};
use edge::{Clock, Edge};

use super::reload::{Reason, ReloadSignal, content};
use super::runtime;
use super::stop::StopSignal;
use crate::arguments::EdgeArguments;
use crate::descriptors::{self, Shortage};
use crate::logging::{self, Logging};

pub(super) fn run(arguments: &EdgeArguments) -> anyhow::Result<()> {
    // Before it is read as a configuration: a change in between is then seen as one.
    let seen = arguments.config.as_deref().map(|file| (file, content(file)));
    let mut config = configuration(arguments)?;
    let logging = logging::start(&config.log);
    let shortage = descriptors::provide(&mut config);
    runtime()?.block_on(async {
        let origins: Vec<String> =
            config.origin.iter().map(|origin: &Origin| origin.url.to_string()).collect();
        let stop = StopSignal::catch()?;
        let mut reload = ReloadSignal::catch(seen)?;
        let edge = Edge::start(config, Clock::system())?;
        tracing::info!(viewers = ?edge.viewers(), admin = %edge.admin(), ?origins, "listening");
        shortage.into_iter().for_each(Shortage::warn);
        let mut running = Running { edge, logging, arguments };
        let mut stop = std::pin::pin!(stop.came());
        loop {
            tokio::select! {
                () = &mut stop => break,
                reason = reload.came() => running.reload(reason).await,
            }
        }
        let drained = running.edge.drain().await;
        if drained.cut > 0 {
            tracing::warn!(connections = drained.cut, "cut off: drain.timeout was over");
        }
        tracing::info!("ended");
        Ok(())
    })
}

/// What a configuration can change.
struct Running<'a> {
    edge: Edge,
    logging: Logging,
    arguments: &'a EdgeArguments,
}

impl Running<'_> {
    /// Uses the configuration that is there now; one with a fault is refused, and said why.
    async fn reload(&mut self, reason: Reason) {
        if let Err(error) = self.try_reload(reason).await {
            if let Some(faults) = error.downcast_ref::<Faults>() {
                for fault in faults.as_slice() {
                    let (file, message) = (fault.file.as_deref(), &fault.message);
                    tracing::error!(file, line = fault.line, column = fault.column, fault = %message, "fault");
                }
            }
            let because = reason.as_str();
            tracing::error!(%error, because, "the configuration is refused; the one before holds");
        }
    }

    async fn try_reload(&mut self, reason: Reason) -> anyhow::Result<()> {
        let mut config = configuration(self.arguments).inspect_err(|_| self.edge.refused_reload())?;
        let log = config.log.clone();
        let shortage = descriptors::provide(&mut config);
        let changes = self.edge.reload(config).await?;
        self.logging.follow(&log);
        shortage.into_iter().for_each(Shortage::warn);
        let (viewers, admin) = (self.edge.viewers(), self.edge.admin());
        tracing::info!(%changes, because = reason.as_str(), ?viewers, %admin, "the configuration is reloaded");
        Ok(())
    }
}

/// The file, and over it what the command line says.
fn configuration(arguments: &EdgeArguments) -> anyhow::Result<Config> {
    let mut config = match (&arguments.config, &arguments.origin) {
        (Some(file), _) => Config::load(file)?,
        (None, Some(origin)) => Config::for_origin(origin.clone()),
        (None, None) => anyhow::bail!("name an --origin or a --config file"),
    };
    if !arguments.listen.is_empty() {
        config.viewers.listen.clone_from(&arguments.listen);
    }
    if let Some(admin) = arguments.admin {
        config.admin.listen = admin;
    }
    if let Some(memory) = arguments.memory {
        config.cache.memory = memory;
    }
    config.check()?;
    Ok(config)
}
