//! The facts about an MPD that caching needs.

use std::time::Duration;

use quick_xml::escape::unescape;
use quick_xml::events::Event;

use super::DashError;
use super::document::Document;
use super::duration::duration;

/// What an MPD says about itself.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Survey {
    /// Whether the MPD may change (`@type="dynamic"`, ISO/IEC 23009-1, section 5.3.1.2).
    pub dynamic: bool,
    /// How soon it may (`@minimumUpdatePeriod`). A dynamic MPD without it does not change any more.
    pub minimum_update_period: Option<Duration>,
}

/// Reads the outermost tag of an MPD; what follows is not looked at.
///
/// A duration that is none counts as missing.
///
/// # Errors
/// When the text is not an MPD up to there; see [`DashError`].
pub fn survey(mpd: &[u8]) -> Result<Survey, DashError> {
    let mut document = Document::new(mpd)?;
    let mut survey = Survey::default();
    while let Some(step) = document.step()? {
        if let Event::Start(tag) | Event::Empty(tag) = &step.event {
            document.attributes(tag, &step.place, |attribute, _| {
                let Ok(value) = unescape(&attribute.value) else { return Ok(()) };
                match attribute.key.into_inner() {
                    "type" => survey.dynamic = value.trim_ascii() == "dynamic",
                    "minimumUpdatePeriod" => survey.minimum_update_period = duration(&value),
                    _ => {}
                }
                Ok(())
            })?;
            break;
        }
    }
    Ok(survey)
}
