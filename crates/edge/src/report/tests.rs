//! Reports that wait, are sent, and obeyed: with a clock moved by hand.
