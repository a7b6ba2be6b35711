//! The log's promise: what may be sent is in it, whole.
