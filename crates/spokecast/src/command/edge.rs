//! `spokecast edge`.

use edge::config::{Config, Origin};
use edge::{Clock, Edge};

use super::runtime;
use super::stop::StopSignal;
use crate::arguments::EdgeArguments;
use crate::descriptors::{self, Shortage};
use crate::logging;

pub(super) fn run(arguments: EdgeArguments) -> anyhow::Result<()> {
    let mut config = configuration(arguments)?;
    logging::start(&config.log);
    let shortage = descriptors::provide(&mut config);
    runtime()?.block_on(async {
        let origins: Vec<String> =
            config.origin.iter().map(|origin: &Origin| origin.url.to_string()).collect();
        let stop = StopSignal::catch()?;
        let edge = Edge::start(config, Clock::system())?;
        tracing::info!(viewers = ?edge.viewers(), admin = %edge.admin(), ?origins, "listening");
        shortage.into_iter().for_each(Shortage::warn);
        stop.came().await;
        let drained = edge.drain().await;
        if drained.cut > 0 {
            tracing::warn!(connections = drained.cut, "cut off: drain.timeout was over");
        }
        tracing::info!("ended");
        Ok(())
    })
}

fn configuration(arguments: EdgeArguments) -> anyhow::Result<Config> {
    let mut config = match (arguments.config, arguments.origin) {
        (Some(file), _) => Config::load(&file)?,
        (None, Some(origin)) => Config::for_origin(origin),
        (None, None) => anyhow::bail!("name an --origin or a --config file"),
    };
    if !arguments.listen.is_empty() {
        config.viewers.listen = arguments.listen;
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
