//! What is wrong with a description of networks, and where.
//!
//! A file may have a million faults: those that are kept are bounded, the rest is counted.

use std::fmt;

/// So many faults are kept; more are counted.
pub const MOST_KEPT: usize = 100;

/// Where a row stands: 8 bytes, for there may be a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of [`Description::files`](crate::Description::files).
    pub file: u16,
    /// The line from 1, or 0 where the format has none.
    pub line: u32,
}

impl Place {
    /// Line `line` of file `file`.
    pub fn new(file: u16, line: u32) -> Self {
        Self { file, line }
    }
}

/// What is wrong, in a word that scripts can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The file is no file of its format.
    Unreadable,
    /// A value is none of its column.
    Value,
    /// A value that is needed is not there.
    Missing,
    /// A network whose address has bits beyond its length.
    HostBits,
    /// The same said twice.
    Duplicate,
    /// Two rows contradict each other.
    Conflict,
    /// A row that can never match, since longer prefixes cover all of it.
    Unreachable,
    /// A name that nothing bears.
    UnknownSite,
    /// A site that nobody can serve.
    Unserved,
    /// Hubs whose hubs lead back to themselves.
    HubLoop,
    /// More than a map may hold.
    TooMuch,
    /// Allowed, but perhaps not meant.
    Doubtful,
}

impl Code {
    /// As it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Value => "value",
            Self::Missing => "missing",
            Self::HostBits => "host-bits",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Unreachable => "unreachable",
            Self::UnknownSite => "unknown-site",
            Self::Unserved => "unserved",
            Self::HubLoop => "hub-loop",
            Self::TooMuch => "too-much",
            Self::Doubtful => "doubtful",
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub code: Code,
    /// The row.
    pub at: Place,
    /// The column or key, as the file's format calls it; empty for the row as a whole.
    pub column: &'static str,
    /// The other row, of a conflict.
    pub other: Option<Place>,
    /// In words, without the place.
    pub message: String,
}

impl Fault {
    /// A fault in `column` of the row at `at`.
    pub fn new(code: Code, at: Place, column: &'static str, message: impl Into<String>) -> Self {
        Self { code, at, column, other: None, message: message.into() }
    }

    /// The same, with the other row that it is about.
    #[must_use]
    pub fn with_other(mut self, other: Place) -> Self {
        self.other = Some(other);
        self
    }

    /// In words with the place: `sites.csv:12: internal: …`. `files` are the names of the description's files.
    pub fn display<'a>(&'a self, files: &'a [String]) -> impl fmt::Display + 'a {
        Displayed { fault: self, files }
    }
}

struct Displayed<'a> {
    fault: &'a Fault,
    files: &'a [String],
}

impl fmt::Display for Displayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { at, column, other, message, .. } = self.fault;
        write_place(f, self.files, *at)?;
        if !column.is_empty() {
            write!(f, "{column}: ")?;
        }
        f.write_str(message)?;
        if let Some(other) = other {
            f.write_str(" (the other is ")?;
            match self.files.get(usize::from(other.file)) {
                Some(file) if other.file != at.file => write!(f, "{file}:{})", other.line)?,
                _ => write!(f, "line {})", other.line)?,
            }
        }
        Ok(())
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, files: &[String], place: Place) -> fmt::Result {
    let file = files.get(usize::from(place.file)).map_or("", String::as_str);
    match (file, place.line) {
        ("", 0) => Ok(()),
        (file, 0) => write!(f, "{file}: "),
        (file, line) => write!(f, "{file}:{line}: "),
    }
}

/// Faults, those that were found first kept and all counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    kept: Vec<Fault>,
    total: usize,
}

impl Faults {
    /// Adds one.
    pub fn push(&mut self, fault: Fault) {
        self.total += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(fault);
        }
    }

    /// Adds those of another.
    pub fn append(&mut self, others: Self) {
        self.total += others.total;
        let room = MOST_KEPT - self.kept.len();
        self.kept.extend(others.kept.into_iter().take(room));
    }

    /// Those that are kept, at most [`MOST_KEPT`], in the order of files and lines.
    pub fn kept(&self) -> &[Fault] {
        &self.kept
    }

    /// How many there are, also those that are not kept.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn sort(&mut self) {
        self.kept.sort_by_key(|fault| (fault.at.file, fault.at.line));
    }

    /// All that are kept, one a line, and how many more there are.
    pub fn display<'a>(&'a self, files: &'a [String]) -> impl fmt::Display + 'a {
        DisplayedFaults { faults: self, files }
    }
}

struct DisplayedFaults<'a> {
    faults: &'a Faults,
    files: &'a [String],
}

impl fmt::Display for DisplayedFaults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.kept.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", fault.display(self.files))?;
        }
        let more = self.faults.total - self.faults.kept.len();
        if more > 0 {
            write!(f, "\nand {more} more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_place_and_the_other_row() {
        let files = ["sites.csv".to_owned(), "edges.csv".to_owned()];
        let fault = Fault::new(Code::Conflict, Place::new(0, 7), "internal", "two sites");
        assert_eq!(fault.display(&files).to_string(), "sites.csv:7: internal: two sites");
        let same = fault.clone().with_other(Place::new(0, 3)).display(&files).to_string();
        assert_eq!(same, "sites.csv:7: internal: two sites (the other is line 3)");
        let elsewhere = fault.with_other(Place::new(1, 3)).display(&files).to_string();
        assert_eq!(elsewhere, "sites.csv:7: internal: two sites (the other is edges.csv:3)");
        let whole = Fault::new(Code::Unreadable, Place::new(1, 0), "", "empty");
        assert_eq!(whole.display(&files).to_string(), "edges.csv: empty");
    }

    #[test]
    fn a_million_faults_are_counted() {
        let mut faults = Faults::default();
        for line in 1..=1_000_000 {
            faults.push(Fault::new(Code::Value, Place::new(0, line), "", "no"));
        }
        assert_eq!((faults.kept().len(), faults.total()), (MOST_KEPT, 1_000_000));
        let shown = faults.display(&["a".to_owned()]).to_string();
        assert!(shown.ends_with("a:100: no\nand 999900 more"), "{shown}");
        let mut both = Faults::default();
        both.append(faults.clone());
        both.append(faults);
        assert_eq!((both.kept().len(), both.total()), (MOST_KEPT, 2_000_000));
    }
}
