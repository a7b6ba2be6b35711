//! Clients that mean harm. Each theme holds attacks that other caches fell to, and what must come of them
//! here: no origin hears more than it should, nobody else's answer changes, memory stays bounded, and other
//! viewers are served meanwhile.
//!
//! What stands elsewhere: malformed heads and framing in `requests`, bounds and time limits in `limits`, what
//! is logged in `program/log`, a thousand viewers of one cold segment in `crowd`, one path at two hosts in
//! `origins`, the extremes of a range as properties beside `edge/src/range.rs`.

mod bodies;
mod smuggling;

mod amplification;
mod leaving;
mod log_lines;
mod poison;

mod blocks;
mod floods;
mod handshakes;
mod resets;
mod shut_windows;
mod slow;
mod small_frames;
