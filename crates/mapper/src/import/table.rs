//! Tables: rows of cells, with the line on which each row stands.
//!
//! Empty lines and rows of empty cells say nothing, nor do lines that begin with `#` where the format has comments. Cells
//! are taken without the space around them.

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::nearest;
use crate::description::excerpt;
use crate::fault::{Code, Fault, Faults, Place};
use crate::format::column_name;

/// A column that a format knows.
pub(super) struct Column {
    /// Its header, but for case, spaces and `_`, and what faults call it.
    pub(super) name: &'static str,
    /// Whether a file without it makes no sense.
    pub(super) is_needed: bool,
}

impl Column {
    pub(super) const fn needed(name: &'static str) -> Self {
        Self { name, is_needed: true }
    }

    pub(super) const fn optional(name: &'static str) -> Self {
        Self { name, is_needed: false }
    }

    fn is(&self, header: &str) -> bool {
        column_name(self.name) == column_name(header)
    }
}

/// Whether lines that begin with `#` are comments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// They are.
    Skipped,
    /// They are rows like others.
    None,
}

/// What becomes of columns that are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// They are faults.
    Refused,
    /// They are other programs' business.
    Ignored,
}

/// Rows without a header.
pub(super) struct Rows<'t> {
    text: &'t str,
    file: u16,
    delimiter: u8,
    comments: Comments,
    reader: csv::Reader<&'t [u8]>,
    record: StringRecord,
}

impl<'t> Rows<'t> {
    pub(super) fn new(text: &'t str, file: u16, delimiter: u8, comments: Comments) -> Self {
        let mut builder = ReaderBuilder::new();
        let comment = (comments == Comments::Skipped).then_some(b'#');
        builder.has_headers(false).flexible(true).comment(comment).delimiter(delimiter);
        let reader = builder.from_reader(text.as_bytes());
        Self { text, file, delimiter, comments, reader, record: StringRecord::new() }
    }

    /// The next row that says something.
    pub(super) fn next(&mut self, faults: &mut Faults) -> Option<(&StringRecord, Place)> {
        loop {
            let start = self.reader.position().clone();
            let start_byte = usize::try_from(start.byte()).unwrap_or(usize::MAX);
            match self.reader.read_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    let place = Place::new(self.file, line_number(start.line()));
                    faults.push(Fault::new(Code::Unreadable, place, "", reason(&error)));
                    return None;
                }
            }
            let (line, begin) = skip_silent_lines(self.text, start_byte, start.line(), self.comments);
            let place = Place::new(self.file, line);
            let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
            if end >= self.text.len() && ends_in_quotes(&self.text[begin..], self.delimiter) {
                let message = "a quotation that begins in this row never ends: the file is cut off, or a `\"` \
                               is missing";
                faults.push(Fault::new(Code::Unreadable, place, "", message));
                return None;
            }
            if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                return Some((&self.record, place));
            }
        }
    }
}

/// A table whose first row names its columns.
pub(super) struct Table<'t> {
    rows: Rows<'t>,
    /// Where each of `columns` stands.
    cells: Vec<Option<usize>>,
    header: Vec<String>,
}

/// A row of a [`Table`].
pub(super) struct Row<'r> {
    record: &'r StringRecord,
    cells: &'r [Option<usize>],
    pub(super) place: Place,
}

impl<'t> Table<'t> {
    /// Reads the header; faults in it are noted, and then there is no table.
    pub(super) fn open(
        text: &'t str,
        file: u16,
        columns: &'static [Column],
        (others, comments): (Others, Comments),
        faults: &mut Faults,
    ) -> Option<Self> {
        let mut rows = Rows::new(text, file, b',', comments);
        let before = faults.total();
        let Some((record, place)) = rows.next(faults) else {
            if faults.total() == before {
                let message =
                    format!("the file has no rows; its first names the columns: {}", names(columns));
                faults.push(Fault::new(Code::Missing, Place::new(file, 0), "", message));
            }
            return None;
        };
        let header: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        let cells = arrange(&header, columns, others, place, faults);
        (faults.total() == before).then_some(Self { rows, cells, header })
    }

    /// The names of the columns, as they stand in the file.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether the file has that column.
    pub(super) fn has(&self, column: usize) -> bool {
        self.cells[column].is_some()
    }

    /// The next row. One with too many or too few cells is noted and left out.
    pub(super) fn next(&mut self, faults: &mut Faults) -> Option<Row<'_>> {
        loop {
            let (record, place) = self.rows.next(faults)?;
            let (found, expected) = (record.len(), self.header.len());
            if found == expected {
                break Some(Row { record: &self.rows.record, cells: &self.cells, place });
            }
            let message = format!("the row has {found} cells, and the header {expected}");
            faults.push(Fault::new(Code::Value, place, "", message));
        }
    }
}

impl<'r> Row<'r> {
    /// The cell of a column by its index, without space around it; empty where there is none.
    pub(super) fn cell(&self, column: usize) -> &'r str {
        self.cells[column].map_or("", |index| self.cell_at(index))
    }

    /// The cell at that index of the row.
    pub(super) fn cell_at(&self, index: usize) -> &'r str {
        self.record.get(index).unwrap_or_default().trim()
    }
}

/// Which cell of a row belongs to which column.
fn arrange(
    header: &[String],
    columns: &'static [Column],
    others: Others,
    place: Place,
    faults: &mut Faults,
) -> Vec<Option<usize>> {
    if let [only] = header
        && columns.len() > 1
        && only.contains(';')
    {
        let message = "the cells are separated by `;`; save the file with commas between them";
        faults.push(Fault::new(Code::Unreadable, place, "", message));
        return Vec::new();
    }
    let mut cells = vec![None; columns.len()];
    let known: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
    for (index, name) in header.iter().enumerate() {
        match columns.iter().position(|column| column.is(name)) {
            Some(column) if cells[column].is_some() => {
                let message = format!("the column `{}` stands there twice", excerpt(name));
                faults.push(Fault::new(Code::Duplicate, place, columns[column].name, message));
            }
            Some(column) => cells[column] = Some(index),
            None if others == Others::Refused => {
                let message = nearest::unknown("column", name, &known);
                faults.push(Fault::new(Code::Value, place, "", message));
            }
            None => {}
        }
    }
    for (column, cell) in columns.iter().zip(&cells) {
        if column.is_needed && cell.is_none() {
            let message = format!(
                "there is no column `{}`; the first row names the columns: {}",
                column.name,
                names(columns)
            );
            faults.push(Fault::new(Code::Missing, place, column.name, message));
        }
    }
    cells
}

fn names(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("`{}`", column.name)).collect();
    names.join(", ")
}

/// The reader counts from where the row before ended; here the lines up to the row itself are added.
fn skip_silent_lines(text: &str, start: usize, line: u64, comments: Comments) -> (u32, usize) {
    let bytes = text.as_bytes();
    let (mut at, mut line) = (start.min(bytes.len()), line);
    loop {
        match bytes.get(at) {
            Some(b'\n') => {
                line += 1;
                at += 1;
            }
            Some(b'\r') => at += 1,
            Some(b'#') if comments == Comments::Skipped => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
            }
            _ => return (line_number(line), at),
        }
    }
}

/// Whether the last row ends inside a quotation.
fn ends_in_quotes(row: &str, delimiter: u8) -> bool {
    // An escaped quote is two: it changes nothing. One inside a cell that is not quoted is a letter.
    let (mut is_quoted, mut is_beginning) = (false, true);
    for byte in row.bytes() {
        match byte {
            b'"' if is_quoted || is_beginning => {
                is_quoted = !is_quoted;
                // What may follow the end of a quotation is another quote, which goes on with it.
                is_beginning = !is_quoted;
            }
            b'\n' | b'\r' if !is_quoted => is_beginning = true,
            byte if byte == delimiter && !is_quoted => is_beginning = true,
            _ => is_beginning = false,
        }
    }
    is_quoted
}

fn line_number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        // A text was checked before; nothing else can go wrong while one is read.
        ErrorKind::Utf8 { .. } => "a cell is no UTF-8".into(),
        _ => format!("the row cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::needed("site"), Column::optional("home_town")];

    fn rows(text: &str) -> (Vec<(u32, String, String)>, Faults) {
        let mut faults = Faults::default();
        let mut found = Vec::new();
        if let Some(mut table) =
            Table::open(text, 0, COLUMNS, (Others::Refused, Comments::Skipped), &mut faults)
        {
            while let Some(row) = table.next(&mut faults) {
                found.push((row.place.line, row.cell(0).to_owned(), row.cell(1).to_owned()));
            }
        }
        (found, faults)
    }

    fn fault(text: &str) -> (u32, String) {
        let (_, faults) = rows(text);
        assert_eq!(faults.total(), 1, "{text}: {faults:?}");
        (faults.kept()[0].at.line, faults.kept()[0].message.clone())
    }

    #[test]
    fn rows_know_their_lines() {
        let text = "# offices\r\n\r\nHome Town , site\r\n\r\n# a\r\nx, a \r\n,\r\n\"y\n\"\"z\",b\n#\nx,c";
        let (rows, faults) = rows(text);
        assert!(faults.is_empty(), "{faults:?}");
        let of = |line, site: &str, city: &str| (line, site.to_owned(), city.to_owned());
        assert_eq!(rows, [of(6, "a", "x"), of(8, "b", "y\n\"z"), of(11, "c", "x")]);
    }

    #[test]
    fn a_header_that_is_none_is_told() {
        for (text, line, word) in [
            ("# nothing\n", 0, "no rows"),
            ("\n\nhometown\n", 3, "no column `site`"),
            ("site,home_twon\n", 1, "did you mean `home_town`?"),
            ("site,home town,HOME_TOWN\n", 1, "twice"),
            ("site;city\n", 1, "separated by `;`"),
        ] {
            let (at, message) = fault(text);
            assert_eq!(at, line, "{text}");
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn a_row_that_is_cut_off_is_told() {
        assert!(fault("site,hometown\na,\"mun").1.contains("never ends"));
        assert_eq!(fault("site,hometown\na,b\nc,\"mun\n\nd,e\n").0, 3);
        assert!(fault("site,hometown\na\n").1.contains("1 cells, and the header 2"));
        assert!(fault("site,hometown\na,b,c\n").1.contains("3 cells, and the header 2"));
        for good in ["site,hometown\na,\"b\"\"\"", "site,hometown\na,b\"", "site,hometown\n\"\",\"x\""] {
            assert!(rows(good).1.is_empty(), "{good}");
        }
    }
}
