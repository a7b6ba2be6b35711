//! Which bytes may stand where in a request's fields.

/// What a byte may be part of, as bits.
const CLASSES: [u8; 256] = classes();

const TOKEN: u8 = 1;
const LOWER_TOKEN: u8 = 2;
const VALUE: u8 = 4;
const SCHEME: u8 = 8;
const AUTHORITY: u8 = 16;
const PATH: u8 = 32;

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = class(byte);
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

const fn class(byte: u8) -> u8 {
    let is_word = byte.is_ascii_alphanumeric();
    let mut class = 0;
    // tchar, RFC 9110 section 5.6.2.
    if is_word
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
    {
        class |= TOKEN;
        if !byte.is_ascii_uppercase() {
            class |= LOWER_TOKEN;
        }
    }
    // field-vchar and blank space, RFC 9110 section 5.5.
    if byte == b'\t' || byte >= b' ' && byte != 0x7f {
        class |= VALUE;
    }
    // RFC 3986 section 3.1.
    if is_word || matches!(byte, b'+' | b'-' | b'.') {
        class |= SCHEME;
    }
    // Registered names, addresses of both families, ports (RFC 3986 sections 3.2.2 and 3.2.3), and no `@`.
    if is_word
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'['
                | b']'
        )
    {
        class |= AUTHORITY;
    }
    // More than RFC 3986 allows, as clients send more; a fragment never leaves them.
    if byte.is_ascii_graphic() && byte != b'#' {
        class |= PATH;
    }
    class
}

pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && is_of(TOKEN, text)
}

pub(super) fn is_lower_token(text: &[u8]) -> bool {
    !text.is_empty() && is_of(LOWER_TOKEN, text)
}

/// A value may be empty, and has no blank space at its ends (RFC 9113 section 8.2.1).
pub(super) fn is_value(text: &[u8]) -> bool {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    !is_blank(text.first()) && !is_blank(text.last()) && is_of(VALUE, text)
}

pub(super) fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic) && is_of(SCHEME, text)
}

pub(super) fn is_authority(text: &[u8]) -> bool {
    !text.is_empty() && is_of(AUTHORITY, text)
}

pub(super) fn is_path(text: &[u8]) -> bool {
    is_of(PATH, text)
}

/// Looks at every byte: texts are short, and nearly all are sound.
fn is_of(class: u8, text: &[u8]) -> bool {
    text.iter().fold(class, |all, &byte| all & CLASSES[usize::from(byte)]) == class
}
