//! The tests of the whole: real sockets, real players, the real program. One binary, themes in files, from
//! simple to complex.

mod tidy;
mod world;

mod serving;
