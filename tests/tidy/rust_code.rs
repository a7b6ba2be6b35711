//! Rust with comments and the insides of literals blanked out, so that a rule reads code and nothing else.

/// `text` with a space for every character of a comment, string or character literal; lines stay where they are.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let length = blank_length(rest, after_word).unwrap_or(0);
        if length > 0 {
            code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
        after_word = length == 0 && is_word(first);
    }
    code
}

/// The words of a line of code: identifiers, keywords, numbers.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length in bytes of the comment or literal that `rest` starts with, if it starts with one.
fn blank_length(rest: &str, after_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted_length(rest, '"'));
    }
    if rest.starts_with('\'') {
        return character_length(rest);
    }
    if after_word { None } else { raw_string_length(rest) }
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let step = if rest[at..].starts_with("/*") {
            depth += 1;
            2
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// From an opening quote to its closing one; a backslash escapes.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}

/// `'x'` and `'\n'` are literals; `'static` is a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let mut characters = rest.chars().skip(1);
    let first = characters.next()?;
    (first == '\\' || characters.next() == Some('\'')).then(|| quoted_length(rest, '\''))
}

/// `r"…"`, `r#"…"#`, and the same after `b` or `c`.
fn raw_string_length(rest: &str) -> Option<usize> {
    let after_r = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let inside = after_r.trim_start_matches('#');
    let fence = after_r.len() - inside.len();
    let inside = inside.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(fence));
    let length = inside.find(&close).map_or(inside.len(), |at| at + close.len());
    Some(rest.len() - inside.len() + length)
}

#[test]
fn comments_and_literals_are_blank_and_lines_stay() {
    let code = code_only("a // one \"\nb /* two /* three */ */ c\n\"d \\\" // e\nf\" g 'h' '\\'' i");
    let words: Vec<_> = words(&code).collect();
    assert_eq!(words, ["a", "b", "c", "g", "i"]);
    assert_eq!(code.lines().count(), 4);
    assert_eq!(code.lines().nth(3).unwrap().find('g'), Some(3), "columns stay too");
}

#[test]
fn raw_strings_end_at_their_own_fence() {
    let code = code_only(r###"r"\" a r##"b"# "c"## d br#"e"# f r#type"###);
    assert_eq!(words(&code).collect::<Vec<_>>(), ["a", "d", "f", "r", "type"]);
}

#[test]
fn lifetimes_are_code() {
    assert_eq!(code_only("fn a<'b>(c: &'b str, d: char) -> &'static str { 'e' }").matches('\'').count(), 3);
}

#[test]
fn what_never_ends_runs_to_the_end() {
    for text in ["a /* b", "a \"b", "a r#\"b\"", "a '\\", "a '"] {
        assert_eq!(words(&code_only(text)).collect::<Vec<_>>(), ["a"], "{text}");
    }
}
