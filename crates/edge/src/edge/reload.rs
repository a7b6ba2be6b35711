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

use super::doors::{ADMIN, AdminDoor, VIEWERS, ViewerDoor};
use super::{Edge, StartError};
use crate::changes::Changes;
use crate::config::{Authority, Config};
use crate::core::{Core, limits};
use crate::serve::{self, Door, ListenError};

/// What will be listened on.
struct Doors {
    /// One per address of the configuration, in its order.
    viewers: Vec<Viewers>,
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
        let changes = Changes::between(&before.config, &core.config);
        self.live.publish(Arc::clone(&core));
        core.begin_counting();
        if let Some(reports) = &before.reports {
            reports.close(core.reports.as_deref());
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
        let doors = self.open_new(&core.config)?;
        Ok((Arc::new(core), doors))
    }

    /// Opens what is wanted and not there.
    fn open_new(&self, config: &Config) -> Result<Doors, ListenError> {
        let there: Vec<_> = self.viewers.iter().map(|viewers| viewers.door.wanted).collect();
        let stay = staying(&there, &config.viewers.listen);
        let admin_moves = self.admin.door.wanted != config.admin.listen;
        let goes = |index: &usize| !stay.contains(&Some(*index));
        let viewers_going = (0..there.len()).filter(goes).map(|index| &self.viewers[index].door);
        let going: Vec<&Door> = viewers_going.chain(admin_moves.then_some(&self.admin.door)).collect();
        let viewers = config.viewers.listen.iter().zip(&stay).map(|(address, stays)| {
            if let Some(index) = stays {
                return Ok(Viewers::Stays(*index));
            }
            serve::listen(VIEWERS, *address, &going).map(|(listener, door)| Viewers::New(listener, door))
        });
        Ok(Doors {
            viewers: viewers.collect::<Result<_, _>>()?,
            admin: admin_moves.then(|| serve::listen(ADMIN, config.admin.listen, &going)).transpose()?,
        })
    }

    /// Accepts from the new ones, and closes those that are not wanted any more.
    async fn exchange(&mut self, doors: Doors) {
        let mut old: Vec<_> = self.viewers.drain(..).map(Some).collect();
        for viewers in doors.viewers {
            match viewers {
                Viewers::Stays(index) => self.viewers.extend(old[index].take()),
                Viewers::New(listener, door) => {
                    self.viewers.push(ViewerDoor::open(listener, door, &self.server));
                }
            }
        }
        if let Some((listener, door)) = doors.admin {
            std::mem::replace(&mut self.admin, AdminDoor::open(listener, door, &self.live)).leave();
        }
        for door in old.into_iter().flatten() {
            door.leave(&self.server).await;
        }
        self.addresses = self.viewers.iter().map(ViewerDoor::address).collect();
    }
}

/// For each address that is wanted, which of those that are there it is. None stands for two.
fn staying(there: &[SocketAddr], wanted: &[SocketAddr]) -> Vec<Option<usize>> {
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
        assert_eq!(staying(&[a, b], &[b, a]), [Some(1), Some(0)]);
        assert_eq!(staying(&[a], &[a, b]), [Some(0), None]);
        assert_eq!(staying(&[any, any], &[any, any, any]), [Some(0), Some(1), None]);
        assert_eq!(staying(&[], &[a]), [None]);
    }
}
