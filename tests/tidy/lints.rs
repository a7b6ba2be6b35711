//! A lint is followed, or expected not to be, with a reason: an expectation that no longer holds is reported by the
//! compiler, an allowance stays for ever.

use super::Fault;
use super::tree::File;

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (line, code) in file.code_lines() {
            let code: String = code.split_whitespace().collect();
            let allows = ["#[allow(", "#![allow("].iter().any(|attribute| code.contains(attribute))
                || code.contains("cfg_attr(") && code.contains(",allow(");
            if allows {
                let what = "mend what the lint found, or write #[expect(lint, reason = \"…\")]";
                faults.push(Fault::new(&file.path, line, what));
            }
        }
    }
    faults
}

#[test]
fn allowances_are_found_in_every_form() {
    let bad = "#[allow(dead_code)]\n#![allow(unused)]\n# [ allow ( x ) ]\n#[cfg_attr(test, allow(unused))]\n";
    let lines: Vec<_> = check(&[File::new("a.rs", bad)]).iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
}

#[test]
fn expectations_calls_and_comments_are_left_alone() {
    let good = "#[expect(x, reason = \"#[allow(\")]\nlist.allow(x);\n// #[allow(x)]\nf(a, allow(b));\n";
    assert_eq!(check(&[File::new("a.rs", good)]), []);
}
