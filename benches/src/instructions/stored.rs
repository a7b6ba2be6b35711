//! The figures that are kept with the code, and the comparison with them. Pure but for one file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::per_cent;

/// Instructions by the name of the case.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    figures: BTreeMap<String, u64>,
}

impl Stored {
    /// Reads the file. It may be missing if it is about to be written.
    pub(super) fn read(file: &Path, may_be_missing: bool) -> Result<Self> {
        match fs::read_to_string(file) {
            Ok(text) => {
                Self::parse(&text).with_context(|| format!("{} is no list of figures", file.display()))
            }
            Err(_) if may_be_missing => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let object: Map<String, Value> = serde_json::from_str(text)?;
        let figures = object.into_iter().map(|(name, value)| match value.as_u64() {
            Some(figure) => Ok((name, figure)),
            None => bail!("`{name}` is {value} and no number of instructions"),
        });
        Ok(Self { figures: figures.collect::<Result<_>>()? })
    }

    pub(super) fn write(&self, file: &Path) -> Result<()> {
        fs::write(file, self.text()).with_context(|| format!("cannot write {}", file.display()))
    }

    fn text(&self) -> String {
        let object: Map<String, Value> =
            self.figures.iter().map(|(name, figure)| (name.clone(), (*figure).into())).collect();
        format!("{:#}\n", Value::Object(object))
    }

    pub(super) fn figure(&self, name: &str) -> Option<u64> {
        self.figures.get(name).copied()
    }

    pub(super) fn set(&mut self, name: &str, figure: u64) {
        self.figures.insert(name.to_owned(), figure);
    }
}

/// One figure beside the stored one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    now: u64,
    /// None if the case is new.
    before: Option<u64>,
    /// What chance may add.
    margin_per_cent: u64,
}

impl Comparison {
    pub(super) fn of(now: u64, before: Option<u64>, margin_per_cent: u64) -> Self {
        Self { now, before, margin_per_cent }
    }

    /// Whether it is above the margin, or has nothing to be held against.
    pub(super) fn is_fault(self) -> bool {
        self.before.is_none_or(|before| self.now * 100 > before * (100 + self.margin_per_cent))
    }

    /// The figure, the stored one, and the change in per cent.
    pub(super) fn cells(self) -> [String; 3] {
        let change = self.before.map(|before| format!("{:+.2} %", per_cent(self.now, before) - 100.0));
        let before = self.before.map(|before| before.to_string());
        [
            self.now.to_string(),
            before.unwrap_or_else(|| "–".to_owned()),
            change.unwrap_or_else(|| "new".to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_margin_is_a_fault_and_less_never_is() {
        let is_fault = |now| Comparison::of(now, Some(10_000), 3).is_fault();
        assert!(!is_fault(10_300) && is_fault(10_301) && !is_fault(1));
        assert!(!Comparison::of(11_500, Some(10_000), 15).is_fault(), "a wider margin");
        assert!(Comparison::of(1, None, 3).is_fault(), "nothing to be held against");
    }

    #[test]
    fn a_change_is_shown_in_per_cent() {
        assert_eq!(Comparison::of(10_250, Some(10_000), 3).cells(), ["10250", "10000", "+2.50 %"]);
        assert_eq!(Comparison::of(9_000, Some(10_000), 3).cells()[2], "-10.00 %");
        assert_eq!(Comparison::of(5, None, 3).cells(), ["5", "–", "new"]);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut stored = Stored::default();
        stored.set("hit, 4 KiB", 12_345);
        assert_eq!(Stored::parse(&stored.text()).unwrap(), stored);
        assert_eq!(Stored::parse(&stored.text()).unwrap().figure("hit, 4 KiB"), Some(12_345));
    }

    #[test]
    fn what_is_no_number_is_named() {
        let error = Stored::parse(r#"{"hit": "many"}"#).unwrap_err().to_string();
        assert!(error.contains("`hit`"), "{error}");
        assert!(Stored::parse("[]").is_err());
    }

    #[test]
    fn a_missing_file_is_an_error_unless_it_is_about_to_be_written() {
        let file = Path::new("no-such-folder/instructions.json");
        assert!(Stored::read(file, false).is_err());
        assert_eq!(Stored::read(file, true).unwrap(), Stored::default());
    }
}
