//! The far end of `spokecast demo`: an origin with real video, so that an edge has something to cache.
//!
//! Three parts in the order data meets them: [`sample`] makes the video once, with ffmpeg; [`live`] decides what a
//! channel that loops it offers at a given time; [`origin`] serves both over HTTP, as slow and as far as asked.
//! [`stream`] names what can be watched, and [`certificate`] makes what HTTPS needs on this machine.
//!
//! Nothing here is used outside the demo and the tests, and nothing but the certificate's reader knows the edge.

pub mod certificate;
pub mod live;
pub mod origin;
pub mod sample;
pub mod stream;

#[cfg(test)]
mod playback;
