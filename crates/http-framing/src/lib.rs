//! What the bytes of HTTP/2 and HTTP/3 say: field compression, frames, streams and their order.
//!
//! Viewers' requests are small and alike, and their answers are prepared once per object and sent thousands of times. So
//! a server's side is here as pure state machines, bytes in and bytes out, with no allocation per request where a request
//! is plain, and with every bound in one place: `hpack` (RFC 7541) and `qpack` (RFC 9204) over one Huffman code and one
//! form of integers, `request` (the rules for a request's fields, RFC 9113 section 8 and RFC 9114 section 4),
//! `priority` (RFC 9218), `h2` (a connection of HTTP/2) and `h3` (frames and settings of HTTP/3).
//!
//! # Invariants
//! - No socket, clock or thread; nothing waits.
//! - Every buffer and table has a bound that whoever builds it states; a peer that exceeds one gets a named error.
//! - Answers use no dynamic table, so that one prepared block of fields fits every connection.
//!
//! Deliberately absent: push (RFC 9113 section 8.4), CONNECT, and a client beyond what tests and measurements need.

pub mod fields;
pub mod h2;
pub mod h3;
pub mod hpack;
pub mod huffman;
pub mod integer;
pub mod priority;
pub mod qpack;
pub mod request;
mod static_table;
pub mod string;
pub mod varint;
