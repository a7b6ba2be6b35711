//! Why a connection ended early, for the log: in the library's own words.
//!
//! An error may carry what the client wrote: HTTP/2's GOAWAY has room for a last word (RFC 9113 section 6.8), which the
//! library's error below repeats. So of the chain of errors only those are told whose words are known to be the
//! library's own, and of the system's their kind.

use std::error::Error;
use std::fmt;
use std::io;

/// Tells an error without what a client wrote.
pub(super) struct Fault<'e>(pub(super) &'e (dyn Error + 'static));

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_told = false;
        let mut next = Some(self.0);
        while let Some(error) = next {
            let between = if is_told { ": " } else { "" };
            if let Some(error) = error.downcast_ref::<hyper::Error>() {
                write!(f, "{between}{error}")?;
                is_told = true;
            } else if let Some(error) = error.downcast_ref::<io::Error>() {
                write!(f, "{between}{}", error.kind())?;
                is_told = true;
            }
            next = error.source();
        }
        if is_told { Ok(()) } else { f.write_str("of HTTP") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct LastWord;

    impl fmt::Display for LastWord {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("canary")
        }
    }

    impl Error for LastWord {}

    #[test]
    fn the_systems_errors_are_told_by_their_kind_and_others_not_at_all() {
        assert_eq!(Fault(&LastWord).to_string(), "of HTTP");
        let error = io::Error::new(io::ErrorKind::ConnectionReset, LastWord);
        assert_eq!(Fault(&error).to_string(), "connection reset");
    }
}
