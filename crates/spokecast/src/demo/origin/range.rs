//! Single byte ranges, RFC 9110 §14. Pure.

/// Which bytes of a representation a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of them: no range, or one that is to be ignored.
    Whole,
    /// These: from `start`, `length` of them, at least one.
    Part { start: u64, length: u64 },
    /// None that exist: 416.
    Unsatisfiable,
}

/// The bytes that a Range field asks for, of a representation of `total` bytes.
///
/// Several ranges, other units and what cannot be read count as no range, as the standard allows.
pub(super) fn extent(field: &str, total: u64) -> Extent {
    let Some((unit, range)) = field.split_once('=') else { return Extent::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Extent::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Extent::Whole;
    }
    match (position(first), position(last), first.is_empty(), last.is_empty()) {
        (Some(start), Some(end), ..) if start <= end => part(start, end.saturating_add(1).min(total), total),
        (Some(start), None, _, true) => part(start, total, total),
        (None, Some(suffix), true, _) => part(total.saturating_sub(suffix), total, total),
        _ => Extent::Whole,
    }
}

fn part(start: u64, end: u64, total: u64) -> Extent {
    if start < end && start < total {
        Extent::Part { start, length: end - start }
    } else {
        Extent::Unsatisfiable
    }
}

/// A position; one beyond any file when it is too large to count.
fn position(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let part = |start, length| Extent::Part { start, length };
        for (field, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-5", part(2, 4)),
            ("Bytes=2-", part(2, 8)),
            ("bytes=2-999999999999999999999", part(2, 8)),
            ("bytes=0-9007199254740991", part(0, 10)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=-0", Extent::Unsatisfiable),
            ("bytes=10-", Extent::Unsatisfiable),
            ("bytes=10-11", Extent::Unsatisfiable),
            ("bytes=5-2", Extent::Whole),
            ("bytes=0-1,3-4", Extent::Whole),
            ("bytes=-", Extent::Whole),
            ("bytes=a-b", Extent::Whole),
            ("bytes=+1-2", Extent::Whole),
            ("seconds=1-2", Extent::Whole),
            ("bytes", Extent::Whole),
            ("", Extent::Whole),
        ] {
            assert_eq!(extent(field, 10), expected, "{field}");
        }
        assert_eq!(extent("bytes=0-0", 0), Extent::Unsatisfiable);
        assert_eq!(extent("bytes=-1", 0), Extent::Unsatisfiable);
    }
}
