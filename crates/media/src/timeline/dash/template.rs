//! Templates of URLs (ISO/IEC 23009-1, section 5.3.9.4.4).

use std::fmt::Write;

use super::super::ANY;

/// The longest template, and the longest text that comes of one, in bytes.
pub(super) const MAX_LENGTH: usize = 16 * 1024;

/// The most digits that a number is padded to.
const MAX_WIDTH: usize = 20;

/// A template with all identifiers filled in but the one that tells the segment, which [`ANY`] stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Media {
    pub(super) text: String,
    /// How many digits the number has at least.
    pub(super) width: usize,
    /// Whether it is `$Time$`, and not `$Number$`.
    pub(super) is_time: bool,
}

/// Fills in a template. Nothing comes of one without `$Number$` or `$Time$`, with two of them, or with an identifier
/// that is none.
pub(super) fn expand(template: &str, id: &str, bandwidth: u64) -> Option<Media> {
    let mut text = String::new();
    let mut found: Option<(usize, bool)> = None;
    let mut rest = template;
    if template.len() > MAX_LENGTH {
        return None;
    }
    while let Some((before, behind)) = rest.split_once('$') {
        text.push_str(before);
        let (identifier, behind) = behind.split_once('$')?;
        rest = behind;
        let (name, width) = match identifier.split_once('%') {
            Some((name, format)) => (name, width(format)?),
            None => (identifier, 1),
        };
        match name {
            "" if identifier.is_empty() => text.push('$'),
            "RepresentationID" if name == identifier => text.push_str(id),
            "Bandwidth" => write!(text, "{bandwidth:0width$}").ok()?,
            "Number" | "Time" if found.is_none() => {
                found = Some((width, name == "Time"));
                text.push_str(ANY);
            }
            _ => return None,
        }
        if text.len() > MAX_LENGTH {
            return None;
        }
    }
    text.push_str(rest);
    let (width, is_time) = found.filter(|_| text.len() <= MAX_LENGTH)?;
    Some(Media { text, width, is_time })
}

/// The width in `0<width>d`.
fn width(format: &str) -> Option<usize> {
    let digits = format.strip_prefix('0')?.strip_suffix('d')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|width| is_number && *width <= MAX_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_filled_in() {
        for (template, text, width, is_time) in [
            ("$Number$.m4s", "#.m4s", 1, false),
            ("$RepresentationID$/$Number%05d$.m4s", "a1/#.m4s", 5, false),
            ("v$Bandwidth%08d$-$Bandwidth$/t$Time$", "v00096000-96000/t#", 1, true),
            ("$$$Time$$$.m4s?x=1", "$#$.m4s?x=1", 1, true),
        ] {
            let text = text.replace('#', ANY);
            assert_eq!(expand(template, "a1", 96_000), Some(Media { text, width, is_time }), "{template}");
        }
    }

    #[test]
    fn what_tells_no_segment_is_left_alone() {
        for template in [
            "",
            "a.m4s",
            "$RepresentationID$.m4s",
            "$Number$-$Number$.m4s",
            "$Number$-$Time$.m4s",
            "$Number$-$SubNumber$.m4s",
            "$Number%5d$.m4s",
            "$Number%021d$.m4s",
            "$Number%0d$.m4s",
            "$Number%0+5d$.m4s",
            "$RepresentationID%05d$$Number$",
            "$number$.m4s",
            "$Number",
            "$Number$-$",
        ] {
            assert_eq!(expand(template, "a1", 96_000), None, "{template}");
        }
        let long = "a".repeat(MAX_LENGTH);
        assert_eq!(expand("$RepresentationID$$Number$", &long, 1), None);
        assert_eq!(expand(&format!("{long}$Number$"), "a", 1), None);
    }
}
