//! Values of Kaltura's rules for addresses, a rule a line: `munich: 10.1.0.0/16, 10.2.0.1-10.2.0.99`.
//!
//! A value is an address, a network, an address with a dotted mask, or a range. A line without a name belongs to the site
//! that the options name. `#` begins a comment.

use ipnet::IpNet;

use super::Options;
use super::intake::{Intake, Listed};
use crate::cidr::{self, NotANetwork};
use crate::description::Description;
use crate::fault::{Code, Fault, Place};
use crate::network::Kind;

pub(super) fn read(description: &mut Description, text: &str, file: u16, options: &Options) {
    let mut intake = Intake::new(options, file);
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.split('#').next().unwrap_or_default().trim();
        if !text.is_empty() && !read_line(description, &mut intake, text, Place::new(file, line), options) {
            break;
        }
    }
    intake.finish(description);
}

fn read_line(
    description: &mut Description,
    intake: &mut Intake<'_>,
    text: &str,
    place: Place,
    options: &Options,
) -> bool {
    let (name, values) =
        named(text).map_or((options.site.as_deref(), text), |(name, values)| (Some(name), values));
    let Some(name) = name else {
        let message = "the line names no site; write `munich: 10.1.0.0/16`, or say to which site all belong \
                       (`--site`)";
        description.faults.push(Fault::new(Code::Missing, place, "site", message));
        return true;
    };
    let Some(site) = intake.site(description, name, place, "site") else { return true };
    for value in values.split([',', ';']).map(str::trim).filter(|value| !value.is_empty()) {
        match networks(value) {
            Ok(networks) => {
                for network in networks {
                    let kind = Kind::default();
                    let listed = Listed { network, site, realm: None, kind, policy: None, place };
                    if !intake.add(description, &listed) {
                        return false;
                    }
                }
            }
            Err(error) => {
                description.faults.push(Fault::new(Code::Value, place, "value", error.to_string()));
            }
        }
    }
    true
}

/// The name before a colon. The colons of an address have no space after them.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, values) = text.split_once(": ").or_else(|| text.split_once(":\t"))?;
    let name = name.trim();
    (!name.is_empty()).then_some((name, values))
}

fn networks(value: &str) -> Result<Vec<IpNet>, NotANetwork> {
    match value.split_once('-') {
        Some((first, last)) => cidr::of_range(first.trim(), last.trim()),
        None => cidr::parse_with_mask(value).map(|network| vec![network]),
    }
}
