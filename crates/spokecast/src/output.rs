//! What the commands print for whoever started them.
//!
//! A reader that has seen enough and left, as `head` does, is no fault of ours; a full disk is.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints a command's output, with a line feed after it, to standard output.
///
/// # Errors
/// It cannot be written, for another reason than that the reader left.
pub(crate) fn print(text: impl Display) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says something beside the output, on standard error. When that fails there is nobody to tell.
pub(crate) fn say(text: impl Display) {
    let _nobody_hears = writeln!(io::stderr().lock(), "{text}");
}
