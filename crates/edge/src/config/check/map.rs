//! That what is said about offices fits together.

use std::time::Duration;

use super::{Config, KeyFault};

pub(super) fn faults(config: &Config, faults: &mut Vec<KeyFault>) {
    let mut fault = |part, key, message: &str| faults.push(KeyFault::new([part, key], message.into()));
    let has_map = !config.map.files.is_empty();
    for (key, value) in [("realm", &config.map.realm), ("site", &config.map.site)] {
        if value.is_some() && !has_map {
            fault("map", key, "means nothing without map.files");
        }
    }
    if config.admission.own_site && config.map.site.is_none() {
        fault("admission", "own-site", "needs map.site to say which site that is");
    }
    if config.admission.open && config.admission.has_rule() {
        fault("admission", "open", "contradicts the rules beside it: everybody is served, or those alone");
    }
    if !config.locator.portals.is_empty() {
        if !has_map {
            fault("locator", "portals", "needs map.files: without a map nobody can be located");
        }
        if config.locator.key_file.is_none() {
            fault("locator", "portals", "needs locator.key-file; `spokecast key new FILE` makes one");
        }
    }
    if config.redirect.enabled && !has_map {
        fault("redirect", "enabled", "needs map.files: without a map nobody can be sent anywhere");
    }
    if config.redirect.check_every.get() < Duration::from_millis(100) {
        fault("redirect", "check-every", "must be at least 100ms");
    }
    if config.redirect.stable_for.get() < Duration::from_secs(1) {
        fault("redirect", "stable-for", "must be at least 1s");
    }
}
