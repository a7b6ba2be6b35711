//! Colours on a terminal, and none anywhere else.

use std::fmt::Display;
use std::io::{self, IsTerminal};

use crate::arguments::ColorChoice;

/// Whether output is coloured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    /// For standard output. `NO_COLOR` (no-color.org) holds unless colours are asked for.
    pub(crate) fn of(choice: ColorChoice) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !is_set("NO_COLOR") && !is_dumb() && io::stdout().is_terminal(),
        })
    }

    /// What is as it should be.
    pub(crate) fn good(self, text: impl Display) -> String {
        self.with("32", text)
    }

    /// What is wrong.
    pub(crate) fn bad(self, text: impl Display) -> String {
        self.with("31", text)
    }

    /// What somebody should look at.
    pub(crate) fn doubtful(self, text: impl Display) -> String {
        self.with("33", text)
    }

    /// What names a value.
    pub(crate) fn label(self, text: impl Display) -> String {
        self.with("2", text)
    }

    /// What matters most.
    pub(crate) fn strong(self, text: impl Display) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: impl Display) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

#[test]
fn colours_are_there_when_asked_for() {
    assert_eq!(Paint::of(ColorChoice::Always).good("a"), "\x1b[32ma\x1b[0m");
    assert_eq!(Paint::of(ColorChoice::Never).bad("a"), "a");
}
