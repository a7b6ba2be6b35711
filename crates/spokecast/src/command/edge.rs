//! `spokecast edge`.

use std::path::PathBuf;

use edge::config::{Certificate, Config, Faults, Origin};
use edge::{Clock, Edge, StartError};

use super::reload::{Reason, ReloadSignal, digest};
use super::runtime;
use super::stop::StopSignal;
use crate::arguments::EdgeArguments;
use crate::descriptors::{self, Shortage};
use crate::logging::{self, Logging};

pub(super) fn run(arguments: &EdgeArguments) -> anyhow::Result<()> {
    // Before it is read as a configuration: a change in between is then seen as one.
    let seen = arguments.config.as_deref().map(|file| (file, digest(file)));
    let mut config = configuration(arguments)?;
    let logging = logging::start(&config.log);
    let shortage = descriptors::provide(&mut config);
    runtime()?.block_on(async {
        let origins: Vec<String> =
            config.origin.iter().map(|origin: &Origin| origin.url.to_string()).collect();
        let stop = StopSignal::catch()?;
        let mut reload = ReloadSignal::catch(seen)?;
        reload.follow(&config.followed_files());
        let serves_nobody = serves_nobody(&config);
        let edge = Edge::start(config, Clock::system())?;
        let (viewers, over_tls) = (edge.viewers(), edge.viewers_over_tls());
        tracing::info!(?viewers, viewers_over_tls = ?over_tls, admin = %edge.admin(), ?origins, "listening");
        shortage.into_iter().for_each(Shortage::warn);
        if serves_nobody {
            tracing::warn!("{SERVES_NOBODY}");
        }
        let mut running = Running { edge, logging, arguments };
        let mut stop = std::pin::pin!(stop.came());
        loop {
            tokio::select! {
                () = &mut stop => break,
                reason = reload.came() => {
                    if let Some(files) = running.reload(reason).await {
                        reload.follow(&files);
                    }
                }
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
    /// Uses the configuration that is there now; one with a fault is refused, and said why. The files that it names.
    async fn reload(&mut self, reason: Reason) -> Option<Vec<PathBuf>> {
        let reloaded = self.try_reload(reason).await;
        if let Err(error) = &reloaded {
            if let Some(faults) = error.downcast_ref::<Faults>() {
                for fault in faults.as_slice() {
                    let (file, message) = (fault.file.as_deref(), &fault.message);
                    tracing::error!(file, line = fault.line, column = fault.column, fault = %message, "fault");
                }
            }
            let map_faults = error.downcast_ref::<StartError>().and_then(StartError::map_faults);
            for fault in map_faults.iter().flat_map(|(faults, _)| *faults) {
                tracing::error!(%fault, "fault");
            }
            let error = match map_faults {
                Some((_, total)) => format!("the map of offices has faults: {total}"),
                None => error.to_string(),
            };
            let because = reason.as_str();
            tracing::error!(error, because, "the configuration is refused; the one before holds");
        }
        reloaded.ok()
    }

    async fn try_reload(&mut self, reason: Reason) -> anyhow::Result<Vec<PathBuf>> {
        let mut config = configuration(self.arguments).inspect_err(|_| self.edge.refused_reload())?;
        let (log, files) = (config.log.clone(), config.followed_files());
        let serves_nobody = serves_nobody(&config);
        let shortage = descriptors::provide(&mut config);
        let changes = self.edge.reload(config).await?;
        self.logging.follow(&log);
        shortage.into_iter().for_each(Shortage::warn);
        let (because, admin) = (reason.as_str(), self.edge.admin());
        let (viewers, viewers_over_tls) = (self.edge.viewers(), self.edge.viewers_over_tls());
        tracing::info!(%changes, because, ?viewers, ?viewers_over_tls, %admin, "the configuration is reloaded");
        if serves_nobody {
            tracing::warn!("{SERVES_NOBODY}");
        }
        Ok(files)
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
    if !arguments.tls_listen.is_empty() {
        config.tls.listen.clone_from(&arguments.tls_listen);
    }
    if let (Some(file), Some(key_file)) = (arguments.certificate.clone(), arguments.key.clone()) {
        config.tls.certificate = vec![Certificate { file, key_file }];
    }
    if let Some(admin) = arguments.admin {
        config.admin.listen = admin;
    }
    if let Some(memory) = arguments.memory {
        config.cache.memory = memory;
    }
    config.admission.open |= arguments.open;
    config.admission.networks.extend(&arguments.allow);
    config.check()?;
    Ok(config)
}

/// What is said where somebody listens on a network and serves nobody there.
const SERVES_NOBODY: &str =
    "only this machine is served: name the viewers' networks (--allow, [admission]), or --open";

fn serves_nobody(config: &Config) -> bool {
    let mut listens = config.viewers.listen.iter().chain(&config.tls.listen);
    let listens_wider = listens.any(|address| !address.ip().is_loopback());
    listens_wider && !config.admission.open && !config.admission.has_rule()
}
