//! What is read and what is refused.

use super::*;

#[test]
fn a_browsers_request_is_read() {
    let mut fields = Fields::new();
    for (name, value) in [
        (":method", "GET"),
        (":authority", "edge.example:8443"),
        (":scheme", "https"),
        (":path", "/a/b.mp4?c=d"),
        ("accept", "*/*"),
        ("te", "trailers"),
    ] {
        fields.push(name.as_bytes(), value.as_bytes());
    }
    let head = RequestHead::read(&fields).unwrap();
    assert_eq!((head.method, head.scheme), ("GET", "https"));
    assert_eq!((head.authority, head.path), ("edge.example:8443", "/a/b.mp4?c=d"));
    assert!(head.fields().eq([("accept", &b"*/*"[..]), ("te", b"trailers")]));
}
