//! What one side knows and the other has no place for: counted by kind, so that a large file makes few warnings.

use std::collections::BTreeMap;

use crate::fault::{Code, Fault, Faults, Place};

/// What was left out: how often, and where first.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(BTreeMap<&'static str, (usize, Place)>);

impl LeftOut {
    /// Something at `place` is left out.
    pub(crate) fn note(&mut self, what: &'static str, place: Place) {
        self.0.entry(what).or_insert((0, place)).0 += 1;
    }

    /// One warning for each kind.
    pub(crate) fn tell(self, warnings: &mut Faults) {
        for (what, (count, first)) in self.0 {
            let message = match count {
                1 => format!("left out: {what}"),
                _ => format!("left out, {count} times from here on: {what}"),
            };
            warnings.push(Fault::new(Code::Doubtful, first, "", message));
        }
    }
}
