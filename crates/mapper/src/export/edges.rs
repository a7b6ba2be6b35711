//! `edges.csv`.

use super::cells::push_row;
use crate::description::Description;

pub(super) fn write(description: &Description) -> String {
    let mut text = String::new();
    push_row(&mut text, ["edge", "site", "url"]);
    for edge in description.edges() {
        push_row(&mut text, [edge.id.as_str(), description.site(edge.site).id.as_str(), &edge.url]);
    }
    text
}
