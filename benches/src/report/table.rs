//! A table in Markdown that is lined up to be read as it stands. Pure.

use std::fmt;

/// Columns with headings; the first two are text, the others figures.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        Self { headings: headings.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().chain([&self.headings]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, cells: &[String]) -> fmt::Result {
        for (column, cell) in cells.iter().enumerate() {
            let width = self.width(column);
            if column < 2 { write!(f, "| {cell:<width$} ")? } else { write!(f, "| {cell:>width$} ")? }
        }
        writeln!(f, "|")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f, &self.headings)?;
        for column in 0..self.headings.len() {
            let dashes = "-".repeat(self.width(column));
            if column < 2 { write!(f, "|-{dashes}-")? } else { write!(f, "|-{dashes}:")? }
        }
        writeln!(f, "|")?;
        self.rows.iter().try_for_each(|row| self.line(f, row))
    }
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{grouped}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(999.96, 1), "1,000.0");
        assert_eq!(grouped(0.126, 2), "0.13");
        assert_eq!(grouped(-1234.5, 1), "-1,234.5");
    }

    #[test]
    fn columns_are_lined_up() {
        let mut table = Table::new(["", "server", "figure"]);
        table.row(["a".to_owned(), "×".to_owned(), "1".to_owned()]);
        let text = table.to_string();
        assert_eq!(text, "|   | server | figure |\n|---|--------|-------:|\n| a | ×      |      1 |\n");
    }
}
