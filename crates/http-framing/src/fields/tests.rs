//! What is kept of a block, and what memory stays.

use super::*;

fn list(fields: &Fields) -> Vec<(&[u8], &[u8])> {
    fields.iter().collect()
}

/// Adds each as a draft of its own.
fn add(
    fields: &mut Fields,
    most: usize,
    drafts: &[(&[u8], &[u8])],
    end: Result<(), &'static str>,
) -> Result<Decoded, &'static str> {
    Intake::run(fields, most, |intake| {
        for (name, value) in drafts {
            intake.bytes().extend_from_slice(name);
            let name_end = intake.bytes().len();
            intake.bytes().extend_from_slice(value);
            assert_eq!(intake.draft(name_end), (*name, *value));
            intake.finish(name_end);
        }
        end
    })
}

#[test]
fn fields_stand_in_their_order() {
    let mut fields = Fields::new();
    assert!(fields.is_empty());
    fields.push(b"a", b"1");
    fields.push(b"", b"");
    fields.push(b"bc", b"23");
    assert_eq!(list(&fields), [(&b"a"[..], &b"1"[..]), (b"", b""), (b"bc", b"23")]);
    assert_eq!(fields.len(), 3);
    assert!(fields.from(1).eq([(&b""[..], &b""[..]), (b"bc", b"23")]));
    assert_eq!(fields.from(3).count() + fields.from(4).count(), 0);
    fields.clear();
    assert!(fields.is_empty() && list(&fields).is_empty());
}

#[test]
fn the_bound_counts_32_for_each_field() {
    let drafts: [(&[u8], &[u8]); 2] = [(b"name", b"value"), (b"n", b"")];
    for (most, expected, kept) in [
        (41 + 33, Decoded::Whole, 2),
        (41 + 32, Decoded::TooLarge, 1),
        (41, Decoded::TooLarge, 1),
        (40, Decoded::TooLarge, 0),
        (0, Decoded::TooLarge, 0),
    ] {
        let mut fields = Fields::new();
        fields.push(b"earlier", b"block");
        assert_eq!(add(&mut fields, most, &drafts, Ok(())), Ok(expected), "{most}");
        assert_eq!(list(&fields)[1..], drafts[..kept], "{most}");
    }
}

#[test]
fn nothing_is_kept_behind_what_was_left_out() {
    let mut fields = Fields::new();
    let drafts: [(&[u8], &[u8]); 3] = [(b"a", b""), (b"long", &[b'x'; 50]), (b"b", b"")];
    assert_eq!(add(&mut fields, 100, &drafts, Ok(())), Ok(Decoded::TooLarge));
    assert_eq!(list(&fields), drafts[..1]);
}

#[test]
fn after_an_error_all_is_as_before() {
    let mut fields = Fields::new();
    fields.push(b"earlier", b"block");
    assert_eq!(add(&mut fields, 1000, &[(b"a", b"b")], Err("broken")), Err("broken"));
    fields.push(b"later", b"");
    assert_eq!(list(&fields), [(&b"earlier"[..], &b"block"[..]), (b"later", b"")]);
}

#[test]
fn what_is_many_times_too_large_is_given_up() {
    let mut fields = Fields::new();
    let value = vec![b'x'; PATIENCE / 2 - 36];
    Intake::run(&mut fields, 100, |intake| {
        intake.push(b"name", &value);
        intake.push(b"name", &value);
        assert!(!intake.is_overrun());
        intake.push(b"", b"");
        assert!(intake.is_overrun());
        Ok::<_, ()>(())
    })
    .unwrap();
    assert!(fields.is_empty());
}

#[test]
fn memory_beyond_a_usual_request_is_given_back() {
    let mut fields = Fields::new();
    for _ in 0..1000 {
        fields.push(&[b'n'; 50], &[b'v'; 50]);
    }
    fields.clear();
    assert!(fields.bytes.capacity() >= 100_000 && fields.ends.capacity() >= 1000);
    fields.push(b"a", b"b");
    fields.shrink();
    assert!(fields.is_empty());
    assert!(fields.bytes.capacity() <= KEPT_BYTES && fields.ends.capacity() <= KEPT_FIELDS);
}

#[test]
fn what_a_client_sent_is_not_printed() {
    let mut fields = Fields::new();
    fields.push(b"cookie", b"secret");
    assert_eq!(format!("{fields:?}"), "1 fields");
}
