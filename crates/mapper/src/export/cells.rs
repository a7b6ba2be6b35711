//! Rows of cells between commas.

/// Adds a row; cells are quoted where they have to be.
pub(super) fn push_row<'c>(text: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with('#') {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

#[test]
fn cells_are_quoted_where_they_have_to_be() {
    let mut text = String::new();
    push_row(&mut text, ["#a", "b c", "d,e", "\"f\"", ""]);
    assert_eq!(text, "\"#a\",b c,\"d,e\",\"\"\"f\"\"\",\n");
}
