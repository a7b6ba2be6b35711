//! The header of the PROXY protocol, versions 1 and 2: what a proxy that passes bytes on says of a connection before
//! the first of them. Pure: bytes in, and whether they are a header, or begin one.
//!
//! What a header of version 2 carries beyond addresses is skipped. The destination and the ports are not looked at
//! beyond their form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest header that is read; version 2 alone may be longer.
pub(crate) const LONGEST: usize = 4096;

/// The longest header of version 1, with its line end.
const LONGEST_LINE: usize = 107;

const LINE_START: &[u8] = b"PROXY ";

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family and protocol, length of the rest.
const FIXED: usize = 16;

/// What the first bytes of a connection are.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Progress {
    /// The beginning of a header; it is shorter than [`LONGEST`].
    NeedsMore,
    /// A header.
    Done {
        /// How many of the bytes it is.
        length: usize,
        /// Whose connection it says that this is.
        source: Source,
    },
    /// No header, and never one.
    Invalid,
}

/// Whose connection it is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Source {
    /// A client's with this address.
    Client(IpAddr),
    /// The proxy's own, to see whether somebody is there.
    Proxy,
    /// A client's whose address the proxy does not say.
    Unknown,
}

/// Reads the header that `bytes` begin with.
pub(crate) fn read(bytes: &[u8]) -> Progress {
    if begins(bytes, SIGNATURE) {
        read_binary(bytes)
    } else if begins(bytes, LINE_START) {
        read_line(bytes)
    } else {
        Progress::Invalid
    }
}

/// Whether `bytes` begin with `start`, as far as they go.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    bytes[..length] == start[..length]
}

/// Version 1: a line of text.
fn read_line(bytes: &[u8]) -> Progress {
    let seen = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = seen.windows(2).position(|pair| pair == b"\r\n") else {
        return if seen.len() < LONGEST_LINE { Progress::NeedsMore } else { Progress::Invalid };
    };
    match line_source(&seen[..end]) {
        Some(source) => Progress::Done { length: end + 2, source },
        None => Progress::Invalid,
    }
}

fn line_source(line: &[u8]) -> Option<Source> {
    let rest = line.strip_prefix(LINE_START)?;
    if let Some(ignored) = rest.strip_prefix(b"UNKNOWN") {
        return matches!(ignored, [] | [b' ', ..]).then_some(Source::Unknown);
    }
    let words: Vec<&str> = std::str::from_utf8(rest).ok()?.split(' ').collect();
    let [family, source, destination, ports @ ..] = &words[..] else { return None };
    let address: fn(&str) -> Option<IpAddr> = match *family {
        "TCP4" => |text| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        "TCP6" => |text| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => return None,
    };
    let is_sound = ports.len() == 2 && ports.iter().all(|port| is_port(port));
    address(destination).filter(|_| is_sound)?;
    address(source).map(Source::Client)
}

/// 0 to 65535, without zeros before it.
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port.to_string() == text)
}

/// Version 2: signature, length and addresses in binary.
fn read_binary(bytes: &[u8]) -> Progress {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        return Progress::NeedsMore;
    };
    let [.., command, family, high, low] = *fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if FIXED + length > LONGEST {
        return Progress::Invalid;
    }
    let Some(rest) = rest.get(..length) else {
        // What is wrong already needs no more.
        return if is_known(command, family) { Progress::NeedsMore } else { Progress::Invalid };
    };
    let source = match (command, family) {
        _ if !is_known(command, family) => None,
        (0x20, _) => Some(Source::Proxy),
        // Over TCP or UDP: source, destination, both ports.
        (_, 0x11 | 0x12) if length >= 12 => {
            rest.first_chunk::<4>().map(|source| Source::Client(Ipv4Addr::from(*source).into()))
        }
        (_, 0x21 | 0x22) if length >= 36 => {
            rest.first_chunk::<16>().map(|source| Source::Client(Ipv6Addr::from(*source).into()))
        }
        (_, 0x11 | 0x12 | 0x21 | 0x22) => None,
        // Nothing is said, or it came through a socket without addresses.
        _ => Some(Source::Unknown),
    };
    source.map_or(Progress::Invalid, |source| Progress::Done { length: FIXED + length, source })
}

/// Version 2, local or for a client; the families and protocols that the specification knows. What a proxy says of its
/// own connection is not looked at.
fn is_known(command: u8, family: u8) -> bool {
    command == 0x20 || command == 0x21 && matches!(family, 0x00 | 0x11 | 0x12 | 0x21 | 0x22 | 0x31 | 0x32)
}

#[cfg(test)]
mod tests;
