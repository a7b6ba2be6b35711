//! One file, one concept: none is longer than a person reads in one go.

use super::Fault;
use super::tree::File;

const MOST_LINES: usize = 500;

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let code = files.iter().filter(|file| file.is_rust() || file.is_script());
    let long = code.map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > MOST_LINES);
    long.map(|(file, lines)| {
        Fault::new(
            &file.path,
            MOST_LINES + 1,
            format!("{lines} lines, at most {MOST_LINES}: split it by concept"),
        )
    })
    .collect()
}

#[test]
fn a_line_too_many_is_found() {
    let lines = |count| "\n".repeat(count);
    assert_eq!(check(&[File::new("crates/a/src/lib.rs", &lines(500))]), []);
    let faults = check(&[
        File::new("a.rs", &lines(501)),
        File::new("b.ts", &lines(501)),
        File::new("c.md", &lines(501)),
    ]);
    let found: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.line)).collect();
    assert_eq!(found, [("a.rs", 501), ("b.ts", 501)]);
}
