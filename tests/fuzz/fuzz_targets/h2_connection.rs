//! A connection of HTTP/2: whatever comes, cut wherever, reads as the same; and no more is sent than may be.
//!
//! The first byte says where the rest, which follows the preface and empty settings, is cut for the second connection.
#![no_main]

use http_framing::fields::Fields;
use http_framing::h2::frame::{Code, HEADER, Header, LARGEST};
use http_framing::h2::{Config, Connection, Event, PREFACE};
use libfuzzer_sys::fuzz_target;

const CONFIG: Config = Config { max_streams: 8, max_head: 4096, max_table: 4096 };

fuzz_target!(|input: &[u8]| {
    let Some((&cut, rest)) = input.split_first() else { return };
    let bytes = [PREFACE, &[0, 0, 0, 4, 0, 0, 0, 0, 0], rest].concat();
    let mut whole = Reader::new();
    whole.read(&bytes);
    let mut pieces = Reader::new();
    for piece in bytes.chunks(usize::from(cut).max(1)) {
        pieces.read(piece);
    }
    assert_eq!(whole.events, pieces.events);
    assert_eq!(whole.ended, pieces.ended);
    assert_eq!(whole.server.open_streams(), pieces.server.open_streams());
    assert!(whole.server.open_streams() <= 8);
    whole.send();
});

struct Reader {
    server: Connection<()>,
    events: Vec<Event>,
    ended: Option<Code>,
}

impl Reader {
    fn new() -> Self {
        Self { server: Connection::new(CONFIG), events: Vec::new(), ended: None }
    }

    fn read(&mut self, mut bytes: &[u8]) {
        let mut fields = Fields::new();
        while self.ended.is_none() {
            match self.server.read(&mut bytes, &mut fields) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    if let Event::Request { stream, ends } | Event::TooLarge { stream, ends } = event {
                        self.server.open(stream, ends, None, None, ());
                        self.server.set_wants(stream, true);
                    }
                    self.events.push(event);
                }
                Err(code) => self.ended = Some(code),
            }
        }
    }

    /// Sends frames as large as may be until every window is closed.
    fn send(&mut self) {
        let mut output = Vec::new();
        for _ in 0..1000 {
            let Some(next) = self.server.next_to_send() else { return };
            assert!(next.window > 0);
            let (stream, length) = (next.stream, next.window.min(LARGEST));
            output.clear();
            self.server.sent(stream, length, false, &mut output);
            let header = Header::read(&output);
            assert!(output.len() == HEADER && header.is_some_and(|header| header.length == length));
        }
    }
}
