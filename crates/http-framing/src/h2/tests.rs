use proptest::prelude::*;

use super::frame::{HEADER, LARGEST, flag};
use super::*;
use crate::hpack::{encode_field, encode_status};
use crate::priority::Priority;

const CONFIG: Config = Config { max_streams: 100, max_head: 16 << 10, max_table: 4096 };

/// What a request is kept with here.
type Server = Connection<&'static str>;

fn framed(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::write(kind, flags, stream, payload, &mut bytes);
    bytes
}

fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    let pseudo = [(":method", "GET"), (":scheme", "https"), (":authority", "edge"), (":path", "/a")];
    for (name, value) in pseudo.iter().chain(fields) {
        encode_field(name, value.as_bytes(), &mut block);
    }
    block
}

fn get(stream: u32) -> Vec<u8> {
    framed(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, stream, &block(&[]))
}

fn opening() -> Vec<u8> {
    [PREFACE, &framed(kind::SETTINGS, 0, 0, &[])].concat()
}

/// A connection that has begun, with nothing left to say.
fn open() -> Server {
    let mut server = Server::new(CONFIG);
    assert_eq!(read(&mut server, &opening()), Ok(vec![]));
    server.control().clear();
    server
}

/// Every event that `bytes` make; requests are taken.
fn read(server: &mut Server, mut bytes: &[u8]) -> Result<Vec<Event>, Code> {
    let mut fields = Fields::new();
    let mut events = Vec::new();
    while let Some(event) = server.read(&mut bytes, &mut fields)? {
        if let Event::Request { stream, ends } | Event::TooLarge { stream, ends } = event {
            server.open(stream, ends, None, None, "work");
        }
        events.push(event);
    }
    assert!(bytes.is_empty());
    Ok(events)
}

/// Type, flags, stream and payload of each frame in `bytes`.
fn frames(mut bytes: &[u8]) -> Vec<(u8, u8, u32, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some(header) = Header::read(bytes) {
        let end = HEADER + header.length;
        found.push((header.kind, header.flags, header.stream, bytes[HEADER..end].to_vec()));
        bytes = &bytes[end..];
    }
    assert!(bytes.is_empty());
    found
}

fn said(server: &mut Server) -> Vec<(u8, u8, u32, Vec<u8>)> {
    frames(&std::mem::take(server.control()))
}

fn window_update(stream: u32, more: u32) -> Vec<u8> {
    framed(kind::WINDOW_UPDATE, 0, stream, &more.to_be_bytes())
}

fn request(stream: u32) -> Event {
    Event::Request { stream, ends: true }
}

#[test]
fn it_begins_with_settings_and_acknowledges_those_of_the_client() {
    let mut server = Server::new(CONFIG);
    let settings = said(&mut server);
    assert_eq!((settings.len(), settings[0].0, settings[0].1), (1, kind::SETTINGS, 0));
    assert!(settings[0].3.as_chunks::<6>().0.contains(&[0, 3, 0, 0, 0, 100]), "streams");
    assert_eq!(read(&mut server, &opening()), Ok(vec![]));
    assert_eq!(said(&mut server), [(kind::SETTINGS, flag::ACK, 0, vec![])]);
    assert!(server.is_idle());
}

#[test]
fn who_begins_with_something_else_is_given_up() {
    for bad in [&b"GET / HTTP/1.1\r\n"[..], b"PRI * HTTP/2.0\r\n\r\nXX"] {
        assert_eq!(read(&mut Server::new(CONFIG), bad), Err(Code::ProtocolError));
    }
    let mut server = Server::new(CONFIG);
    assert_eq!(read(&mut server, &[PREFACE, &get(1)].concat()), Err(Code::ProtocolError), "settings first");
}

#[test]
fn wherever_it_is_cut_the_same_is_read() {
    let body = framed(kind::DATA, flag::END_STREAM | flag::PADDED, 3, b"\x02bodyxx");
    let post = framed(kind::HEADERS, flag::END_HEADERS, 3, &block(&[]));
    let whole = [opening(), get(1), post, framed(99, 7, 5, b"unknown"), body, get(5)].concat();
    let expected = vec![
        request(1),
        Event::Request { stream: 3, ends: false },
        Event::Body { stream: 3, bytes: Bytes::from_static(b"body"), ends: true },
        request(5),
    ];
    for cut in 0..=whole.len() {
        let mut server = Server::new(CONFIG);
        let mut events = read(&mut server, &whole[..cut]).unwrap();
        events.extend(read(&mut server, &whole[cut..]).unwrap());
        assert_eq!(events, expected, "cut at {cut}");
        assert!(server.part.is_empty());
    }
}

#[test]
fn a_head_may_come_in_pieces_and_goes_in_pieces() {
    let mut server = open();
    let block = block(&[("x", "y")]);
    let bytes = [
        framed(kind::HEADERS, flag::END_STREAM, 1, &block[..3]),
        framed(kind::CONTINUATION, 0, 1, &block[3..4]),
        framed(kind::CONTINUATION, flag::END_HEADERS, 1, &block[4..]),
    ]
    .concat();
    assert_eq!(read(&mut server, &bytes), Ok(vec![request(1)]));
    let mut output = Vec::new();
    server.write_head(1, &vec![7; LARGEST + 1], true, &mut output);
    let parts = frames(&output);
    assert_eq!((parts[0].0, parts[0].1, parts[0].3.len()), (kind::HEADERS, flag::END_STREAM, LARGEST));
    assert_eq!((parts[1].0, parts[1].1, parts[1].3.len()), (kind::CONTINUATION, flag::END_HEADERS, 1));
    assert_eq!(server.open_streams(), 0, "an answer without a body is whole");
}

#[test]
fn what_a_client_must_not_send_ends_the_connection_by_name() {
    let long = framed(kind::HEADERS, 0, 1, &[0; 10]);
    let cases: [(&str, Vec<u8>, Code); 24] = [
        ("DATA on no stream", framed(kind::DATA, 0, 0, b"x"), Code::ProtocolError),
        ("DATA before its stream", framed(kind::DATA, 0, 9, b"x"), Code::ProtocolError),
        ("padding beyond the frame", framed(kind::DATA, flag::PADDED, 1, &[9, 0]), Code::ProtocolError),
        ("padding of nothing", framed(kind::DATA, flag::PADDED, 1, &[]), Code::FrameSizeError),
        ("HEADERS of a server", framed(kind::HEADERS, flag::END_HEADERS, 2, &[]), Code::ProtocolError),
        ("HEADERS of no stream", framed(kind::HEADERS, flag::END_HEADERS, 0, &[]), Code::ProtocolError),
        (
            "fields that are none",
            framed(kind::HEADERS, flag::END_HEADERS, 3, &[0x80]),
            Code::CompressionError,
        ),
        ("a push", framed(kind::PUSH_PROMISE, 0, 1, &[0; 4]), Code::ProtocolError),
        ("a short reset", framed(kind::RST_STREAM, 0, 1, &[0; 3]), Code::FrameSizeError),
        ("a reset of nothing", framed(kind::RST_STREAM, 0, 0, &[0; 4]), Code::ProtocolError),
        ("a reset before its stream", framed(kind::RST_STREAM, 0, 9, &[0; 4]), Code::ProtocolError),
        ("SETTINGS of a stream", framed(kind::SETTINGS, 0, 1, &[]), Code::ProtocolError),
        ("half a setting", framed(kind::SETTINGS, 0, 0, &[0; 5]), Code::FrameSizeError),
        ("an answer with settings", framed(kind::SETTINGS, flag::ACK, 0, &[0; 6]), Code::FrameSizeError),
        ("a push setting of 2", framed(kind::SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 2]), Code::ProtocolError),
        ("a window of 2^31", framed(kind::SETTINGS, 0, 0, &[0, 4, 128, 0, 0, 0]), Code::FlowControlError),
        ("frames of 1 byte", framed(kind::SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 1]), Code::ProtocolError),
        ("a long PING", framed(kind::PING, 0, 0, &[0; 9]), Code::FrameSizeError),
        ("PING of a stream", framed(kind::PING, 0, 1, &[0; 8]), Code::ProtocolError),
        ("more window of nothing", window_update(0, 0), Code::ProtocolError),
        ("more window than there is", window_update(0, 0x7fff_ffff), Code::FlowControlError),
        ("a head within a head", [long.clone(), get(3)].concat(), Code::ProtocolError),
        ("a piece of no head", framed(kind::CONTINUATION, 0, 1, &[]), Code::ProtocolError),
        ("a frame too large", framed(kind::DATA, 0, 1, &vec![0; LARGEST + 1]), Code::FrameSizeError),
    ];
    for (what, bytes, code) in cases {
        let mut server = open();
        read(&mut server, &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))).unwrap();
        assert_eq!(read(&mut server, &bytes), Err(code), "{what}");
        let goaway = said(&mut server).pop().unwrap();
        assert_eq!((goaway.0, &goaway.3[4..]), (kind::GOAWAY, &(code as u32).to_be_bytes()[..]), "{what}");
    }
}

#[test]
fn faults_of_one_stream_end_that_stream_alone() {
    let overflow = window_update(1, 0x7fff_ffff);
    let cases = [
        ("no more window", window_update(1, 0), Code::ProtocolError),
        ("too much window", overflow, Code::FlowControlError),
        ("a body behind the end", framed(kind::DATA, 0, 1, b"x"), Code::StreamClosed),
        ("a second head", get(1), Code::StreamClosed),
    ];
    for (what, bytes, code) in cases {
        let mut server = open();
        read(&mut server, &[get(1), get(3)].concat()).unwrap();
        assert_eq!(read(&mut server, &bytes), Ok(vec![Event::Gone { stream: 1 }]), "{what}");
        let reset = (kind::RST_STREAM, 0, 1, (code as u32).to_be_bytes().to_vec());
        assert!(said(&mut server).contains(&reset), "{what}");
        assert_eq!(server.open_streams(), 1, "{what}");
    }
}

#[test]
fn a_body_is_as_long_as_it_was_announced() {
    for (pieces, holds) in [(&[&b"ab"[..], b"c"][..], true), (&[b"ab"], false), (&[b"ab", b"cd"], false)] {
        let mut server = open();
        let mut fields = Fields::new();
        let mut bytes = &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))[..];
        server.read(&mut bytes, &mut fields).unwrap();
        server.open(1, false, Some(3), None, "work");
        let mut ended = false;
        for (index, piece) in pieces.iter().enumerate() {
            let flags = if index + 1 == pieces.len() { flag::END_STREAM } else { 0 };
            let events = read(&mut server, &framed(kind::DATA, flags, 1, piece)).unwrap();
            ended |= events == [Event::Gone { stream: 1 }];
        }
        assert_eq!(ended, !holds, "{pieces:?}");
    }
}

#[test]
fn trailers_end_a_body_where_they_are_well_formed() {
    let trailers = |name: &str| {
        let mut block = Vec::new();
        encode_field(name, b"x", &mut block);
        framed(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, 1, &block)
    };
    let end = Event::Body { stream: 1, bytes: Bytes::new(), ends: true };
    for (name, event) in [("checksum", end), (":path", Event::Gone { stream: 1 })] {
        let mut server = open();
        read(&mut server, &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))).unwrap();
        assert_eq!(read(&mut server, &trailers(name)), Ok(vec![event]), "{name}");
    }
}

#[test]
fn no_more_of_a_body_comes_than_was_released() {
    let mut server = open();
    read(&mut server, &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))).unwrap();
    let piece = vec![0; 16_000];
    for _ in 0..4 {
        read(&mut server, &framed(kind::DATA, 0, 1, &piece)).unwrap();
    }
    server.release(1, 64_000);
    let windows = said(&mut server);
    assert_eq!(
        windows.iter().map(|frame| (frame.0, frame.2)).collect::<Vec<_>>(),
        [(kind::WINDOW_UPDATE, 0), (kind::WINDOW_UPDATE, 1)]
    );
    for _ in 0..4 {
        read(&mut server, &framed(kind::DATA, 0, 1, &piece)).unwrap();
    }
    assert_eq!(read(&mut server, &framed(kind::DATA, 0, 1, &piece)), Err(Code::FlowControlError));
}

#[test]
fn no_more_is_sent_than_both_windows_take() {
    let mut server = open();
    let small = framed(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 10]);
    read(&mut server, &[small, get(1)].concat()).unwrap();
    server.set_wants(1, true);
    assert_eq!(server.next_to_send().map(|next| next.window), Some(10));
    let mut output = Vec::new();
    server.sent(1, 10, false, &mut output);
    assert!(server.next_to_send().is_none(), "the stream's window is closed");
    read(&mut server, &window_update(1, 70_000)).unwrap();
    assert_eq!(server.next_to_send().map(|next| next.window), Some(65_525), "the connection's is smaller");
    // A smaller first window takes back what was allowed (RFC 9113 section 6.9.2).
    read(&mut server, &framed(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])).unwrap();
    assert_eq!(server.next_to_send().map(|next| next.window), Some(65_525));
    server.sent(1, 65_525, false, &mut output);
    read(&mut server, &window_update(1, 100)).unwrap();
    assert!(server.next_to_send().is_none(), "the connection's window is closed");
    read(&mut server, &window_update(0, 7)).unwrap();
    assert_eq!(server.next_to_send().map(|next| next.window), Some(7));
    server.sent(1, 7, true, &mut output);
    assert_eq!(server.open_streams(), 0);
}

/// Sends one frame for each turn, up to `turns`.
fn order(server: &mut Server, turns: usize) -> Vec<u32> {
    let mut output = Vec::new();
    let mut order = Vec::new();
    while order.len() < turns
        && let Some(next) = server.next_to_send()
    {
        let stream = next.stream;
        order.push(stream);
        server.sent(stream, 1, false, &mut output);
    }
    order
}

#[test]
fn the_most_urgent_goes_first_and_equals_in_order_or_in_turn() {
    let with = |urgency, incremental| Some(Priority { urgency, incremental });
    let mut server = open();
    let mut fields = Fields::new();
    let priorities = [None, with(5, false), with(3, true), with(3, true), with(1, false), with(3, false)];
    for (index, priority) in priorities.into_iter().enumerate() {
        let stream = 2 * u32::try_from(index).unwrap() + 1;
        let bytes = get(stream);
        server.read(&mut &bytes[..], &mut fields).unwrap();
        server.open(stream, true, None, priority, "work");
        server.set_wants(stream, true);
    }
    assert_eq!(order(&mut server, 2), [9, 9]);
    server.set_wants(9, false);
    assert_eq!(order(&mut server, 2), [1, 1], "as the default is, in the order of requests");
    server.set_wants(1, false);
    server.set_wants(11, false);
    assert_eq!(order(&mut server, 4), [5, 7, 5, 7], "those that are used in parts take turns");
    // The client's word holds before what the edge suggests, and may change.
    server.suggest_urgency(3, 0);
    assert_eq!(order(&mut server, 1), [5]);
    read(&mut server, &framed(kind::PRIORITY_UPDATE, 0, 0, b"\0\0\0\x03u=0")).unwrap();
    assert_eq!(order(&mut server, 1), [3]);
    server.set_wants(1, true);
    read(&mut server, &framed(kind::PRIORITY_UPDATE, 0, 0, b"\0\0\0\x03u=7")).unwrap();
    server.suggest_urgency(1, 1);
    assert_eq!(order(&mut server, 1), [1]);
}

#[test]
fn streams_beyond_the_bound_are_refused() {
    let mut server = open();
    let all: Vec<u8> = (0..101).flat_map(|index| get(2 * index + 1)).collect();
    assert_eq!(read(&mut server, &all).unwrap().len(), 100);
    let refused = (kind::RST_STREAM, 0, 201, (Code::RefusedStream as u32).to_be_bytes().to_vec());
    assert_eq!(said(&mut server), [refused]);
}

#[test]
fn a_head_that_is_too_large_is_told_apart() {
    let mut server = open();
    let mut block = block(&[]);
    for _ in 0..300 {
        encode_field("x", &[b'\t'; 40], &mut block);
    }
    let pieces: Vec<_> = block.chunks(8000).collect();
    let mut bytes = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let (kind, first) =
            if index == 0 { (kind::HEADERS, flag::END_STREAM) } else { (kind::CONTINUATION, 0) };
        let last = if index + 1 == pieces.len() { flag::END_HEADERS } else { 0 };
        bytes.extend(framed(kind, first | last, 1, piece));
    }
    assert_eq!(read(&mut server, &bytes), Ok(vec![Event::TooLarge { stream: 1, ends: true }]));
}

/// Sends the same until the connection is given up; how often, and why.
fn flood(server: &mut Server, most: u32, mut piece: impl FnMut(u32) -> Vec<u8>) -> Option<(u32, Code)> {
    (0..most).find_map(|round| {
        let ended = read(server, &piece(round)).err().map(|code| (round, code));
        // Somebody reads what the protocol says, so that not that is what is found.
        server.control().clear();
        ended
    })
}

#[test]
fn floods_are_told_to_be_calm() {
    let calm = |found: Option<(u32, Code)>, most: u32| {
        let (round, code) = found.expect("it is given up");
        assert_eq!(code, Code::EnhanceYourCalm);
        assert!(round <= most, "{round}");
    };
    let cancel = |stream| framed(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    let number = |round| 2 * round + 1;
    calm(flood(&mut open(), 5000, |round| [get(number(round)), cancel(number(round))].concat()), 1000);
    let made_to_reset = |round| [get(number(round)), window_update(number(round), 0)].concat();
    calm(flood(&mut open(), 5000, made_to_reset), 1000);
    for idle in [
        framed(kind::PING, 0, 0, &[0; 8]),
        framed(kind::SETTINGS, 0, 0, &[]),
        framed(kind::PRIORITY, 0, 1, &[0; 5]),
        framed(kind::PRIORITY_UPDATE, 0, 0, b"\0\0\0\x01u=1"),
        framed(0xfe, 0, 0, b""),
        window_update(0, 1),
    ] {
        calm(flood(&mut open(), 20_000, |_| idle.clone()), 10_000);
    }
    let mut posting = open();
    read(&mut posting, &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))).unwrap();
    calm(flood(&mut posting, 500, |_| framed(kind::DATA, 0, 1, b"")), 100);
    let mut heading = open();
    read(&mut heading, &framed(kind::HEADERS, 0, 1, &[])).unwrap();
    calm(flood(&mut heading, 100, |_| framed(kind::CONTINUATION, 0, 1, b"")), 16);
    let mut heading = open();
    read(&mut heading, &framed(kind::HEADERS, 0, 1, &[0; LARGEST])).unwrap();
    calm(flood(&mut heading, 100, |_| framed(kind::CONTINUATION, 0, 1, &[0; LARGEST])), 1);
}

#[test]
fn who_never_reads_what_the_protocol_says_is_given_up() {
    let mut server = open();
    let ping = framed(kind::PING, 0, 0, &[0; 8]);
    let ended = (0..20_000).find(|_| read(&mut server, &ping).is_err()).expect("it is given up");
    assert!(ended < 5000 && server.control().len() < MOST_CONTROL + 100, "{ended}");
}

#[test]
fn who_works_may_go_on_for_ever() {
    let mut server = open();
    for round in 0..20_000 {
        let stream = 2 * round + 1;
        let pings = framed(kind::PING, 0, 0, &[0; 8]).repeat(5);
        let events = read(&mut server, &[pings, get(stream), window_update(0, 1)].concat());
        assert_eq!(events, Ok(vec![request(stream)]));
        let mut output = Vec::new();
        let mut head = Vec::new();
        encode_status(200, &mut head);
        server.write_head(stream, &head, false, &mut output);
        server.sent(stream, 1, true, &mut output);
        server.control().clear();
    }
    assert_eq!(server.open_streams(), 0);
}

#[test]
fn who_leaves_answers_what_came_before_the_client_heard() {
    let mut server = open();
    read(&mut server, &get(1)).unwrap();
    server.leave();
    let told = said(&mut server);
    assert_eq!((told[0].0, &told[0].3[..4]), (kind::GOAWAY, &LAST.to_be_bytes()[..]));
    assert_eq!(read(&mut server, &get(3)), Ok(vec![request(3)]), "it crossed the word");
    read(&mut server, &framed(kind::PING, flag::ACK, 0, &told[1].3)).unwrap();
    assert_eq!(said(&mut server)[0].3[..4], 3_u32.to_be_bytes());
    assert_eq!(read(&mut server, &get(5)), Ok(vec![]), "it may be made again elsewhere");
    assert!(!server.is_over());
    for stream in [1, 3] {
        server.write_head(stream, b"", true, &mut Vec::new());
    }
    assert!(server.is_over());
}

#[test]
fn a_body_that_is_not_wanted_any_more_is_reset_behind_the_answer() {
    let mut server = open();
    read(&mut server, &framed(kind::HEADERS, flag::END_HEADERS, 1, &block(&[]))).unwrap();
    server.write_head(1, b"", true, &mut Vec::new());
    assert_eq!(said(&mut server), [(kind::RST_STREAM, 0, 1, vec![0; 4])]);
    // What was on its way is dropped, and its room given back.
    assert_eq!(read(&mut server, &framed(kind::DATA, 0, 1, b"late")), Ok(vec![]));
    assert_eq!(said(&mut server), [(kind::WINDOW_UPDATE, 0, 0, vec![0, 0, 0, 4])]);
}

proptest! {
    /// Whatever comes, in whatever pieces, nothing panics and little is held.
    #[test]
    fn any_frames_are_read_or_refused(
        pieces in prop::collection::vec(
            (0_u8..18, any::<u8>(), 0_u32..8, prop::collection::vec(any::<u8>(), 0..40)), 0..60),
        cuts in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let mut server = Server::new(CONFIG);
        let frames = pieces.iter().flat_map(|(kind, flags, stream, payload)| framed(*kind, *flags, *stream, payload));
        let bytes: Vec<u8> = opening().into_iter().chain(frames).collect();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            let (this, after) = rest.split_at(rest.len().min(*cut));
            rest = after;
            if this.is_empty() || read(&mut server, this).is_err() {
                break;
            }
            prop_assert!(server.part.len() <= HEADER + LARGEST);
            prop_assert!(server.block.as_ref().is_none_or(|block| block.bytes.len() <= 2 * CONFIG.max_head));
            prop_assert!(server.open_streams() <= 100);
        }
    }
}
