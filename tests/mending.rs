//! What the edge mends without a word to viewers: answers that break off, redirects, connections that close just
//! when they are used. And where mending would be wrong, that it does not.

mod redirects;
mod resuming;
mod retrying;
