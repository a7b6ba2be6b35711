//! What portal and edge agree on.
//!
//! The two never name each other: they meet over the network, and what crosses it is written and read here, by the same
//! code on both sides. So far that is the [`statement`] of where a viewer is, and the [`key`] that signs it.
//!
//! Everything here is pure but for one thing: a new [`key::SigningKey`] is drawn from the system's randomness. Time and
//! bytes come in, text and verdicts go out; files, sockets and clocks are the caller's.
//!
//! Deliberately absent: any decision about viewers (who may ask, which site an address belongs to, what a site may
//! watch), and every word for an address.

pub mod key;
pub mod statement;
