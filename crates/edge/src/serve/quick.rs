//! Plain requests for what is stored and fresh: nearly all that an edge gets, in whichever protocol.
//!
//! Such a request is a GET, perhaps with a range or a condition. It is looked up and answered without a map of fields, a task
//! or a future. Whatever is not plain (another method, a body, a wish, a miss, a range outside of the object) goes the long
//! way untouched; so this file decides nothing that the other way does not decide alike, and never has to say no.

mod hit;
mod plain;
mod prepare;

use std::sync::Arc;

use http::HeaderMap;
use segment_cache::Lookup;
use segment_cache::object::Form;

use super::addresses::Visit;
use crate::asker::{Asker, Peer};
use crate::config::Proxies;
use crate::core::Core;
use crate::live::Live;
use crate::metrics::Protocol;
use crate::page;
use crate::target::Target;
pub(super) use hit::Hit;
pub(super) use plain::{Field, Plain};
#[cfg(test)]
pub(super) use plain::{MATTERS, SELECTS};
pub(super) use prepare::write_age;

/// The quick way of one connection.
#[derive(Debug)]
pub(super) struct Quick {
    live: Arc<Live>,
    peer: Peer,
    /// What [`Self::peer`] is, as the configuration of that number says.
    standing: Option<(u64, Standing)>,
    visit: Option<Arc<Visit>>,
    /// The `Host` that was found valid last.
    host: Box<str>,
    form: Form,
}

/// What whoever has the connection is, whatever its requests say.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// It is served.
    is_admitted: bool,
    /// Its word about who asks is taken.
    is_proxy: bool,
}

impl Quick {
    /// For a connection of `peer` whose answers have this form.
    pub(super) fn new(live: Arc<Live>, peer: Peer, visit: Option<Arc<Visit>>, form: Form) -> Self {
        Self { live, peer, standing: None, visit, host: Box::default(), form }
    }

    /// The same, with answers of this form.
    pub(super) fn with_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The answer to a plain request, where what it asks for is there. `said` gives, where the connection is a trusted
    /// proxy's, the fields in which it says who asks.
    pub(super) fn hit(&mut self, plain: &Plain<'_>, said: impl FnOnce(&Proxies) -> HeaderMap) -> Option<Hit> {
        let core = self.live.core();
        let viewers = &core.config.viewers;
        if plain.target.len() > viewers.max_target.in_memory()
            || plain.length > viewers.max_head.in_memory()
            || core.is_draining()
            || page::may_answer(&core, plain.target)
            || !self.is_valid_host(plain.host)
        {
            return None;
        }
        let standing = self.standing(&core);
        if !standing.is_admitted {
            return None;
        }
        let (path, query) = plain.path_and_query();
        let target = Target::read(path, query, &self.host, &core.origins, &core.config.relay).ok()?;
        let received = core.clock.now();
        let most = viewers.max_requests_per_second_per_address;
        // A request without wishes takes what is fresh.
        let Lookup::Fresh(object) = core.cache.lookup(&target.key(), received) else { return None };
        let hit = Hit::new(core, object, received, &plain.selects, self.form)?;
        if !self.visit.as_ref().is_none_or(|visit| visit.admits(received, most)) {
            return None;
        }
        let asker = if standing.is_proxy {
            let proxies = &hit.core.config.proxies;
            Asker::of(self.peer, proxies, &said(proxies))
        } else {
            Asker { address: self.peer.address(), internal: None }
        };
        hit.record(asker);
        hit.core.metrics.count_protocol(match self.form {
            Form::Http1 => Protocol::Http1,
            Form::Http2 => Protocol::Http2,
            Form::Http3 => Protocol::Http3,
        });
        Some(hit)
    }

    /// What whoever has the connection is. Where they may say who asks, and admission depends on that, their requests are
    /// not plain.
    fn standing(&mut self, core: &Core) -> Standing {
        if let Some((generation, standing)) = self.standing
            && generation == core.generation
        {
            return standing;
        }
        let admission = &core.admission;
        let address = self.peer.address();
        let is_proxy = address.is_some_and(|address| core.config.proxies.trusts(address.ip()));
        let decides = is_proxy && admission.looks_at_requests();
        let asker = Asker { address, internal: None };
        let is_admitted = !decides && admission.admits(self.peer, asker, core.offices.as_ref());
        let standing = Standing { is_admitted, is_proxy };
        self.standing = Some((core.generation, standing));
        standing
    }

    /// Clients name one host again and again. A valid one is [`Self::host`] from now on.
    fn is_valid_host(&mut self, host: &[u8]) -> bool {
        if !host.is_empty() && self.host.as_bytes() == host {
            return true;
        }
        let valid = std::str::from_utf8(host).ok().filter(|host| media::authority::is_valid(host));
        if let Some(host) = valid {
            self.host = host.into();
        }
        valid.is_some()
    }
}
