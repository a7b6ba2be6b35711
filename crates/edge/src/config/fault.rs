//! What is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

/// One fault. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, where there is one.
    pub file: Option<String>,
    /// The line.
    pub line: Option<usize>,
    /// The column.
    pub column: Option<usize>,
    /// What is wrong and what was expected.
    pub message: String,
    /// The text of the line.
    #[serde(skip)]
    excerpt: Option<(String, usize)>,
}

/// Every fault of one configuration; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(Vec<Fault>);

impl Fault {
    /// A fault of `file` as a whole.
    pub fn of_file(file: &Path, message: String) -> Self {
        Self::at(&file.display().to_string(), "", None, message)
    }

    /// A fault at `span` of `text`.
    pub(super) fn at(file: &str, text: &str, span: Option<Range<usize>>, message: String) -> Self {
        let Some(span) = span else {
            return Self { file: Some(file.into()), line: None, column: None, message, excerpt: None };
        };
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[line_start..].chars().count() + 1;
        let line_text = text[line_start..].lines().next().unwrap_or_default();
        let width =
            text.get(span).map_or(1, |marked| marked.lines().next().unwrap_or_default().chars().count());
        Self {
            file: Some(file.into()),
            line: Some(before.matches('\n').count() + 1),
            column: Some(column),
            message,
            excerpt: Some((line_text.into(), width.max(1))),
        }
    }
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        Self(vec![Fault::of_file(file, format!("cannot be read: {error}"))])
    }

    pub(super) fn without_place(faults: Vec<super::check::KeyFault>) -> Self {
        let fault = |fault: super::check::KeyFault| Fault {
            file: None,
            line: None,
            column: None,
            message: format!("{}: {}", fault.key(), fault.message),
            excerpt: None,
        };
        Self(faults.into_iter().map(fault).collect())
    }

    /// The faults, in the order of the file.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}:")?;
        }
        if self.file.is_some() {
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        if let (Some((text, width)), Some(line), Some(column)) = (&self.excerpt, self.line, self.column) {
            let margin = " ".repeat(line.to_string().len());
            // Tabs are kept, so that the marks stand below what they mark.
            let indent: String =
                text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            write!(f, "\n {margin} |\n {line} | {text}\n {margin} | {indent}{}", "^".repeat(*width))?;
        }
        Ok(())
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}
