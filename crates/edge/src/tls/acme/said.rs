//! What others say, made fit for a line of the log: an authority's problem, a hook's output.

/// More of it helps nobody, and whoever says it chooses how much there is.
const LONGEST: usize = 500;

/// `text` in one line of at most [`LONGEST`] characters, without any that moves a terminal's cursor or turns its
/// direction of writing.
pub(super) fn said(text: &str) -> String {
    let fit = |letter: char| if is_plain(letter) { letter } else { ' ' };
    let mut words = String::new();
    // Runs of spaces count once; what is beyond the bound is not looked at.
    for word in text.split(|letter| !is_plain(letter) || letter == ' ').filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().map(fit));
        if words.len() > 4 * LONGEST {
            break;
        }
    }
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            words.truncate(end);
            words.push('…');
            words
        }
        None => words,
    }
}

fn is_plain(letter: char) -> bool {
    let is_format = matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !letter.is_control() && !is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_one_plain_line() {
        assert_eq!(said(" No such\r\n\thost \u{1b}[31mred\u{202e} x\u{0}"), "No such host [31mred x");
        assert_eq!(said(""), "");
        assert_eq!(said("für café"), "für café");
    }

    #[test]
    fn what_is_said_has_a_bound() {
        let long = said(&"ä".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
        let long = said(&"a ".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert_eq!(said(&"a".repeat(LONGEST)), "a".repeat(LONGEST));
    }
}
