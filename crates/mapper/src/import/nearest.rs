//! What was perhaps meant by a word that is not known.

use crate::description::excerpt;

/// `unknown column `sit`; did you mean `site`?`, or what is known where nothing is near.
pub(super) fn unknown(what: &str, word: &str, known: &[&'static str]) -> String {
    // Short, for a cell may be as long as a file.
    let word = excerpt(word);
    let nearest = known
        .iter()
        .map(|key| (strsim::osa_distance(&word.to_lowercase(), key), key))
        .min()
        .filter(|(distance, key)| *distance <= key.len().max(word.len()).div_ceil(3));
    if let Some((_, key)) = nearest {
        return format!("unknown {what} `{word}`; did you mean `{key}`?");
    }
    let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    format!("unknown {what} `{word}`; known here: {}", known.join(", "))
}

#[test]
fn the_nearest_is_named_and_else_all() {
    assert_eq!(
        unknown("column", "Sites", &["site", "realm"]),
        "unknown column `Sites`; did you mean `site`?"
    );
    assert_eq!(unknown("key", "color", &["id", "url"]), "unknown key `color`; known here: `id`, `url`");
}
