//! Another configuration for an edge that runs.
//!
//! Everything that can fail comes first and changes nothing: the configuration's own check, the origins, the new
//! addresses. What follows cannot fail. Requests and fills under way go on with the configuration that they began
//! with; connections stay, and their next request is answered by the new one.

use std::net::SocketAddr;
use std::sync::Arc;

use media::url::{Kind, Rules};
use segment_cache::Cache;
use tokio::net::TcpListener;

use super::doors::{self, ADMIN, AdminDoor, OverTls, QuicChange, VIEWERS, ViewerDoor};
use super::{Edge, StartError};
use crate::changes::Changes;
use crate::config::{Authority, Config};
use crate::core::{Core, limits};
use crate::serve::{self, Door, Entrance, ListenError};
use crate::tls::Tls;

/// What will be listened on.
struct Doors {
    /// One per address of the configuration, in its order.
    viewers: Vec<Viewers>,
    /// The same for TLS.
    over_tls: Vec<ViewersOverTls>,
    /// `None` when the one that is there stays.
    admin: Option<(TcpListener, Door)>,
}

/// One address for viewers.
enum Viewers {
    /// Which of those that are there.
    Stays(usize),
    /// Open already, but nobody accepts from it yet.
    New(TcpListener, Door),
}

/// One address for viewers over TLS.
enum ViewersOverTls {
    /// Which of those that are there, and what becomes of it over QUIC.
    Stays(usize, QuicChange),
    /// Open already, but nobody accepts from it yet.
    New(Box<OverTls>),
}

impl Edge {
    /// Uses another configuration from now on, without dropping a connection or a transfer. Stored objects stay,
    /// but manifests go when they were written for other names of origins. Objects keep the lifetime that they
    /// were stored with, connections the limits that they came under.
    ///
    /// The future has to be awaited to its end: halfway, some parts would have changed and others not.
    ///
    /// # Errors
    /// The configuration cannot be used, or an address is taken. Then nothing has changed.
    pub async fn reload(&mut self, config: Config) -> Result<Changes, StartError> {
        let before = self.live.core();
        let (core, doors) = self.prepare(&before, config).inspect_err(|_| self.refused_reload())?;
        let mut changes = Changes::between(&before.config, &core.config);
        if shown(&before) != shown(&core) {
            changes.add_certificates();
        }
        core.show_certificates();
        self.live.publish(Arc::clone(&core));
        core.begin_counting();
        if let Some(reports) = &before.reports {
            reports.close(core.reports.as_deref());
        }
        if let Some(acme) = &before.acme {
            acme.close(core.acme.as_deref());
        }
        self.exchange(doors).await;
        resize(&before, &core).await;
        if names(&before.config) != names(&core.config) {
            forget_manifests(&core.cache, &before.rules);
        }
        core.begin();
        core.metrics.count_reload(true);
        Ok(changes)
    }

    /// Counts a configuration that was refused before it came here: a file that cannot be read, or is faulty.
    pub fn refused_reload(&self) {
        self.live.core().metrics.count_reload(false);
    }

    /// Everything that can fail.
    fn prepare(&self, before: &Core, config: Config) -> Result<(Arc<Core>, Doors), StartError> {
        let core = before.succeeded_by(config)?;
        let doors = self.open_new(&core)?;
        Ok((Arc::new(core), doors))
    }

    /// Opens what is wanted and not there.
    fn open_new(&self, core: &Core) -> Result<Doors, ListenError> {
        let config = &core.config;
        let viewers = staying(&self.viewers, &config.viewers.listen);
        let over_tls = staying(&self.over_tls, &config.tls.listen);
        let admin_moves = self.admin.door.wanted != config.admin.listen;
        let going: Vec<&Door> = going(&self.viewers, &viewers)
            .chain(going(&self.over_tls, &over_tls))
            .chain(admin_moves.then_some(&self.admin.door))
            .collect();
        Ok(Doors {
            viewers: open(VIEWERS, &config.viewers.listen, &viewers, &going)?,
            over_tls: self.open_over_tls(core, &over_tls, &going)?,
            admin: admin_moves.then(|| serve::listen(ADMIN, config.admin.listen, &going)).transpose()?,
        })
    }

    /// One for each address over TLS that is wanted: what stays, or a new one.
    fn open_over_tls(
        &self,
        core: &Core,
        stay: &[Option<usize>],
        going: &[&Door],
    ) -> Result<Vec<ViewersOverTls>, ListenError> {
        let is_ours =
            |port| self.over_tls.iter().any(|door| door.quic.is_some() && door.address().port() == port);
        let each = core.config.tls.listen.iter().zip(stay).map(|(address, stays)| {
            let Some(index) = *stays else {
                let opened = doors::listen_over_tls(core, *address, going, is_ours(address.port()))?;
                return Ok(ViewersOverTls::New(Box::new(opened)));
            };
            let door = &self.over_tls[index];
            let change = match (&door.quic, core.config.tls.http3) {
                (Some(_), false) => QuicChange::Ends,
                (None, true) => serve::listen_quic(doors::TLS, door.address(), core, false)?
                    .map_or(QuicChange::Stays, |quic| QuicChange::Begins(Box::new(quic))),
                _ => QuicChange::Stays,
            };
            Ok(ViewersOverTls::Stays(index, change))
        });
        each.collect()
    }

    /// Accepts from the new ones, and closes those that are not wanted any more.
    async fn exchange(&mut self, doors: Doors) {
        let server = &self.server;
        let mut leaving = exchange(&mut self.viewers, doors.viewers, |viewers, old| match viewers {
            Viewers::Stays(index) => old[index].take(),
            Viewers::New(listener, door) => Some(ViewerDoor::open(listener, door, server, Entrance::Clear)),
        });
        leaving.extend(exchange(&mut self.over_tls, doors.over_tls, |viewers, old| match viewers {
            ViewersOverTls::Stays(index, change) => {
                let mut door = old[index].take()?;
                door.change_quic(change, server);
                Some(door)
            }
            ViewersOverTls::New(over_tls) => Some(ViewerDoor::open_over_tls(*over_tls, server)),
        }));
        if let Some((listener, door)) = doors.admin {
            std::mem::replace(&mut self.admin, AdminDoor::open(listener, door, &self.live)).leave();
        }
        for door in leaving {
            door.leave(&self.server).await;
        }
        self.addresses = self.viewers.iter().map(ViewerDoor::address).collect();
        self.tls_addresses = self.over_tls.iter().map(ViewerDoor::address).collect();
    }
}

/// Those of `there` that do not stay.
fn going<'d>(there: &'d [ViewerDoor], stay: &'d [Option<usize>]) -> impl Iterator<Item = &'d Door> {
    let goes = |(index, _): &(usize, _)| !stay.contains(&Some(*index));
    there.iter().enumerate().filter(goes).map(|(_, viewers)| &viewers.door)
}

/// One for each address that is `wanted` under this key: what stays, or a new one.
fn open(
    key: &'static str,
    wanted: &[SocketAddr],
    stay: &[Option<usize>],
    going: &[&Door],
) -> Result<Vec<Viewers>, ListenError> {
    let each = wanted.iter().zip(stay).map(|(address, stays)| {
        if let Some(index) = stays {
            return Ok(Viewers::Stays(*index));
        }
        serve::listen(key, *address, going).map(|(listener, door)| Viewers::New(listener, door))
    });
    each.collect()
}

/// Puts what is `wanted` in the place of what is there, and gives what leaves.
fn exchange<W>(
    there: &mut Vec<ViewerDoor>,
    wanted: Vec<W>,
    door: impl Fn(W, &mut [Option<ViewerDoor>]) -> Option<ViewerDoor>,
) -> Vec<ViewerDoor> {
    let mut old: Vec<_> = there.drain(..).map(Some).collect();
    there.extend(wanted.into_iter().filter_map(|wanted| door(wanted, &mut old)));
    old.into_iter().flatten().collect()
}

/// For each address that is wanted, which of those that are there it is. None stands for two.
fn staying(there: &[ViewerDoor], wanted: &[SocketAddr]) -> Vec<Option<usize>> {
    let there: Vec<_> = there.iter().map(|viewers| viewers.door.wanted).collect();
    each_once(&there, wanted)
}

/// Which of those that are there each one that is wanted is.
fn each_once(there: &[SocketAddr], wanted: &[SocketAddr]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = Vec::with_capacity(wanted.len());
    for address in wanted {
        let index =
            (0..there.len()).find(|index| there[*index] == *address && !found.contains(&Some(*index)));
        found.push(index);
    }
    found
}

/// Objects are carried from one memory to the other on a thread of its own: it may be a million.
async fn resize(before: &Core, core: &Core) {
    let limits = limits(&core.config.cache);
    if limits == self::limits(&before.config.cache) {
        return;
    }
    let cache = core.cache.clone();
    if let Err(error) = tokio::task::spawn_blocking(move || cache.resize(limits)).await {
        tracing::error!(%error, "the memory of the cache could not be changed");
    }
}

/// The certificates in files.
fn shown(core: &Core) -> Vec<&str> {
    let files = core.tls.as_deref().map_or(&[][..], Tls::files);
    files.iter().map(|identity| identity.facts.fingerprint.as_str()).collect()
}

/// What decides where the URLs in a manifest lead.
fn names(config: &Config) -> (Vec<[&[Authority]; 4]>, &[String]) {
    let origins = config.origin.iter().map(|origin| {
        let itself = std::slice::from_ref(origin.url.authority());
        [itself, &origin.hosts[..], &origin.aliases, &origin.relay_hosts]
    });
    (origins.collect(), &config.relay.apps)
}

/// Forgets stored manifests, and those on their way.
fn forget_manifests(cache: &Cache, rules: &Rules) {
    let forgotten = cache.purge_where(
        |_, object| Kind::parse(object.head().label.kind).is_some_and(Kind::is_manifest),
        |key| rules.recognise(key.target()).kind.is_manifest(),
    );
    tracing::debug!(forgotten, "manifests were written for other names of origins");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stays_keeps_its_socket() {
        let [a, b, any] = ["10.0.0.1:80", "10.0.0.2:80", "127.0.0.1:0"].map(|text| text.parse().unwrap());
        assert_eq!(each_once(&[a, b], &[b, a]), [Some(1), Some(0)]);
        assert_eq!(each_once(&[a], &[a, b]), [Some(0), None]);
        assert_eq!(each_once(&[any, any], &[any, any, any]), [Some(0), Some(1), None]);
        assert_eq!(each_once(&[], &[a]), [None]);
    }
}
