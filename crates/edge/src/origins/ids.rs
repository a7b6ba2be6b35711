//! Which number names which origin in cache keys, for as long as the edge runs.
//!
//! A number belongs to a URL, not to a place in the file: what is cached from one URL is never taken for
//! another's, however the configuration changes, and is found again when a URL comes back. So no number is
//! given twice, and there is an end to them.

use std::collections::HashMap;

use segment_cache::OriginId;

use crate::config::{self, OriginUrl};

/// Every number that was given so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct OriginIds {
    /// By URL, and how many origins with the same URL stand before it in the file.
    given: HashMap<(OriginUrl, usize), OriginId>,
}

/// Every number is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this edge has had {MOST} origins since it started, and can tell no more apart: start it anew")]
pub struct OutOfOriginIds;

/// How many numbers there are.
const MOST: usize = 1 << u16::BITS;

impl OriginIds {
    /// The numbers of these origins, in their order: old ones where the URL has one, else new ones.
    ///
    /// # Errors
    /// There are no more; then nothing is given.
    pub(super) fn give(&mut self, origins: &[config::Origin]) -> Result<Vec<OriginId>, OutOfOriginIds> {
        let mut given = self.given.clone();
        let mut ids = Vec::with_capacity(origins.len());
        for (index, origin) in origins.iter().enumerate() {
            let twins = origins[..index].iter().filter(|before| before.url == origin.url).count();
            let next = u16::try_from(given.len()).map(OriginId);
            let id = match given.get(&(origin.url.clone(), twins)) {
                Some(id) => *id,
                None => next.map_err(|_| OutOfOriginIds)?,
            };
            given.insert((origin.url.clone(), twins), id);
            ids.push(id);
        }
        self.given = given;
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(urls: &[&str]) -> Vec<config::Origin> {
        urls.iter().map(|url| config::Origin::new(url.parse().unwrap())).collect()
    }

    #[test]
    fn a_url_keeps_its_number_and_no_number_is_given_twice() {
        let mut ids = OriginIds::default();
        let mut give = |urls: &[&str]| ids.give(&origins(urls)).unwrap();
        let [a, b, c, d] = [0, 1, 2, 3].map(OriginId);
        assert_eq!(give(&["http://a", "http://b"]), [a, b]);
        assert_eq!(give(&["http://b", "http://c"]), [b, c]);
        assert_eq!(give(&["https://b", "http://a"]), [d, a], "another scheme is another origin");
    }

    #[test]
    fn two_origins_with_one_url_are_two() {
        let mut ids = OriginIds::default();
        assert_eq!(ids.give(&origins(&["http://a", "http://a"])).unwrap(), [OriginId(0), OriginId(1)]);
        assert_eq!(ids.give(&origins(&["http://a"])).unwrap(), [OriginId(0)]);
    }

    #[test]
    fn the_last_number_is_given_and_then_nothing() {
        let mut ids = OriginIds::default();
        let many: Vec<String> = (0..MOST - 1).map(|index| format!("http://o{index}.example")).collect();
        for chunk in many.chunks(1000) {
            ids.give(&origins(&chunk.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
        }
        assert_eq!(ids.give(&origins(&["http://last", "http://more"])), Err(OutOfOriginIds));
        assert_eq!(ids.give(&origins(&["http://last"])).unwrap(), [OriginId(u16::MAX)]);
        assert_eq!(ids.give(&origins(&["http://o7.example", "http://more"])), Err(OutOfOriginIds));
    }
}
