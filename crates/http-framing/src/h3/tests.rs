use bytes::Bytes;
use proptest::prelude::*;

use super::control::{Control, Word};
use super::request::{Part, Stop, Stream};
use super::*;

/// A frame with this content.
fn frame(kind: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint::write(kind, &mut bytes);
    varint::write(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// What a request's stream says when its bytes come in pieces of this length; bodies are put together.
fn request(bytes: &[u8], cut: usize) -> Result<(Vec<Part>, Result<(), Fault>), Stop> {
    let mut stream = Stream::new(64);
    let mut parts: Vec<Part> = Vec::new();
    for piece in bytes.chunks(cut.max(1)) {
        let mut piece = Bytes::copy_from_slice(piece);
        while let Some(part) = stream.read(&mut piece)? {
            match (parts.last_mut(), part) {
                (Some(Part::Data(before)), Part::Data(more)) => {
                    *before = [&before[..], &more].concat().into();
                }
                (_, part) => parts.push(part),
            }
        }
        assert!(piece.is_empty());
    }
    Ok((parts, stream.end()))
}

/// What a control stream says.
fn control(bytes: &[u8], cut: usize) -> Result<Vec<Word>, Fault> {
    let (mut control, mut words) = (Control::default(), Vec::new());
    for piece in bytes.chunks(cut.max(1)) {
        let mut piece = Bytes::copy_from_slice(piece);
        while let Some(word) = control.read(&mut piece)? {
            words.push(word);
        }
        assert!(piece.is_empty());
    }
    Ok(words)
}

fn fields(of: &'static [u8]) -> Part {
    Part::Fields(Bytes::from_static(of))
}

#[test]
fn a_request_with_a_body_trailers_and_frames_that_nobody_knows() {
    let bytes = [
        frame(0x21, b"grease"),
        frame(0x01, b"fields"),
        frame(0x40, &[7; 300]),
        frame(0x00, b"bo"),
        frame(0x00, b""),
        frame(0x21 + 0x1f * 1000, b""),
        frame(0x00, b"dy"),
        frame(0x01, b"trailers"),
        frame(0x21, b"more"),
    ]
    .concat();
    let expected = vec![fields(b"fields"), Part::Data(Bytes::from_static(b"body"))];
    for cut in 1..=bytes.len() {
        assert_eq!(request(&bytes, cut), Ok((expected.clone(), Ok(()))), "{cut}");
    }
}

#[test]
fn fields_that_are_too_large_are_told_by_their_length_alone() {
    let mut head = Vec::new();
    write_head(Frame::Headers, 65, &mut head);
    assert_eq!(request(&head, 1), Err(Stop::TooLarge));
    let trailers = [frame(0x01, b"fields"), head].concat();
    assert_eq!(request(&trailers, 1), Err(Stop::TooLarge));
    assert_eq!(request(&frame(0x01, &[1; 64]), 3).unwrap().0, [Part::Fields(vec![1; 64].into())]);
}

#[test]
fn a_request_that_breaks_a_rule() {
    let code = |frames: &[Vec<u8>]| match request(&frames.concat(), 5) {
        Err(Stop::Fault(fault)) | Ok((_, Err(fault))) => fault.code,
        other => panic!("{other:?}"),
    };
    let head = || frame(0x01, b"fields");
    for (frames, expected) in [
        (vec![], Code::RequestIncomplete),
        (vec![frame(0x21, b"")], Code::RequestIncomplete),
        (vec![frame(0x00, b"body")], Code::FrameUnexpected),
        (vec![head(), head(), frame(0x00, b"body")], Code::FrameUnexpected),
        (vec![head(), head(), head()], Code::FrameUnexpected),
        (vec![head()[..5].to_vec()], Code::FrameError),
        (vec![head(), vec![0x00]], Code::FrameError),
        (vec![head(), vec![0x00, 0x02, 0x01]], Code::FrameError),
    ] {
        assert_eq!(code(&frames), expected, "{frames:?}");
    }
    for kind in [0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0d, 0x0f_0700, 0x0f_0701] {
        assert_eq!(code(&[frame(kind, b"\0")]), Code::FrameUnexpected, "{kind}");
        assert_eq!(code(&[head(), frame(kind, b"\0")]), Code::FrameUnexpected, "{kind}");
    }
}

#[test]
fn a_control_stream_says_settings_and_priorities() {
    let settings = Settings {
        qpack_max_table_capacity: 4096,
        max_field_section_size: Some(9),
        qpack_blocked_streams: 16,
    };
    let mut bytes = begin_control(&settings).split_off(1);
    bytes.extend(frame(0x0f_0700, b"\x04u=1, i"));
    bytes.extend(frame(0x21, &[0; 2000]));
    bytes.extend(frame(0x0d, b"\x03"));
    bytes.extend(frame(0x07, b"\x08"));
    bytes.extend(frame(0x0f_0700, b"\x40\x08"));
    let words = [
        Word::Settings(settings),
        Word::Priority { stream: 4, value: Bytes::from_static(b"u=1, i") },
        Word::Priority { stream: 8, value: Bytes::new() },
    ];
    for cut in 1..=bytes.len() {
        assert_eq!(control(&bytes, cut).unwrap(), words, "{cut}");
    }
    assert_eq!(begin_control(&Settings::default()), [0x00, 0x04, 0x00]);
}

#[test]
fn a_control_stream_that_breaks_a_rule() {
    let begun = |frames: &[Vec<u8>]| control(&[vec![0x04, 0x00], frames.concat()].concat(), 3);
    let code = |frames: &[Vec<u8>]| begun(frames).unwrap_err().code;
    for kind in [0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09] {
        assert_eq!(code(&[frame(kind, b"\0")]), Code::FrameUnexpected, "{kind}");
    }
    for (frames, expected) in [
        (vec![frame(0x0d, b"\x05"), frame(0x0d, b"\x04")], Code::IdError),
        (vec![frame(0x07, b"\x05"), frame(0x07, b"\x06")], Code::IdError),
        (vec![frame(0x03, b"\0")], Code::IdError),
        (vec![frame(0x0f_0701, b"\0")], Code::IdError),
        (vec![frame(0x0f_0700, b"\x03")], Code::IdError),
        (vec![frame(0x0f_0700, b"")], Code::FrameError),
        (vec![frame(0x0d, b"\x05\x05")], Code::FrameError),
        (vec![frame(0x0d, b"\x45")], Code::FrameError),
        (vec![frame(0x0f_0700, &[0; 1025])], Code::ExcessiveLoad),
    ] {
        assert_eq!(code(&frames), expected, "{frames:?}");
    }
    for kind in [0x07, 0x0d, 0x21, 0x0f_0700] {
        assert_eq!(control(&frame(kind, b"\0"), 1).unwrap_err().code, Code::MissingSettings, "{kind}");
    }
    for (content, expected) in [
        (&[0x02, 0x00][..], Code::SettingsError),
        (&[0x05, 0x00], Code::SettingsError),
        (&[0x06, 0x01, 0x06, 0x01], Code::SettingsError),
        (&[0x33, 0x02], Code::SettingsError),
        (&[0x08, 0x02], Code::SettingsError),
        (&[0x06], Code::FrameError),
        (&[0x06, 0x40], Code::FrameError),
    ] {
        assert_eq!(control(&frame(0x04, content), 1).unwrap_err().code, expected, "{content:?}");
    }
}

#[test]
fn frames_without_end_cost_more_than_there_is() {
    let mut bytes = vec![0x04, 0x00];
    bytes.extend(std::iter::repeat_n(frame(0x21, b""), 255).flatten());
    assert_eq!(control(&bytes, 100), Ok(vec![Word::Settings(Settings::default())]));
    bytes.extend(frame(0x0d, b"\0"));
    assert_eq!(control(&bytes, 100).unwrap_err().code, Code::ExcessiveLoad);
    let mut long = vec![0x04, 0x00];
    varint::write(0x21, &mut long);
    varint::write(1 << 40, &mut long);
    assert_eq!(control(&long, 100).unwrap_err().code, Code::ExcessiveLoad);
    let mut paid = Control::default();
    let mut settings = Bytes::from_static(&[0x04, 0x00]);
    paid.read(&mut settings).unwrap();
    for _ in 0..10_000 {
        paid.earn();
        for _ in 0..8 {
            assert_eq!(paid.read(&mut Bytes::from_static(&[0x21, 0x00])), Ok(None));
        }
    }
}

#[test]
fn the_streams_of_qpack_say_hardly_anything() {
    assert_eq!(qpack_streams::read_encoder(&[0x20, 0x20]), Ok(()));
    for byte in [0x21, 0x3f, 0x00, 0x40, 0x80, 0xc0] {
        assert_eq!(qpack_streams::read_encoder(&[byte]).unwrap_err().code, Code::QpackEncoderStreamError);
    }
    let read = |bytes: &[u8]| {
        let mut stream = qpack_streams::DecoderStream::default();
        bytes.iter().try_for_each(|byte| stream.read(&[*byte]))
    };
    assert_eq!(read(&[0x40, 0x44, 0x7f, 0x80, 0x00, 0x41]), Ok(()));
    for bytes in [&[0x80][..], &[0xff], &[0x00], &[0x01], &[0x7f, 0x00, 0x80]] {
        assert_eq!(read(bytes).unwrap_err().code, Code::QpackDecoderStreamError, "{bytes:?}");
    }
    assert_eq!(read(&[&[0x7f][..], &[0xff; 20]].concat()).unwrap_err().code, Code::QpackDecoderStreamError);
}

#[test]
fn kinds_of_streams() {
    use StreamKind::{Control, Push, QpackDecoder, QpackEncoder, Unknown};
    assert_eq!([0, 1, 2, 3, 0x21].map(StreamKind::of), [Control, Push, QpackEncoder, QpackDecoder, Unknown]);
    let mut bytes = Vec::new();
    write_goaway(8, &mut bytes);
    assert_eq!(bytes, [0x07, 0x01, 0x08]);
}

/// Frames that make sense more often than random bytes do.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop::sample::select(vec![0x00, 0x01, 0x04, 0x07, 0x0d, 0x21, 0x0f_0700, 0x02]);
    let one =
        (kinds, prop::collection::vec(any::<u8>(), 0..80)).prop_map(|(kind, content)| frame(kind, &content));
    let any_bytes = prop::collection::vec(any::<u8>(), 0..40);
    (prop::collection::vec(one, 0..6), any_bytes).prop_map(|(frames, end)| [frames.concat(), end].concat())
}

proptest! {
    #[test]
    fn how_bytes_are_cut_makes_no_difference(bytes in frames(), cut in 1_usize..50) {
        let whole = bytes.len().max(1);
        prop_assert_eq!(request(&bytes, cut), request(&bytes, whole));
        prop_assert_eq!(control(&bytes, cut), control(&bytes, whole));
        let begun = [&[0x04, 0x00][..], &bytes].concat();
        prop_assert_eq!(control(&begun, cut), control(&begun, whole + 2));
    }

    #[test]
    fn settings_are_read_as_they_were_written(
        capacity in 0..=varint::MAX, size in prop::option::of(0..=varint::MAX), blocked in 0..=varint::MAX,
    ) {
        let settings = Settings {
            qpack_max_table_capacity: capacity, max_field_section_size: size, qpack_blocked_streams: blocked,
        };
        let bytes = begin_control(&settings).split_off(1);
        prop_assert_eq!(control(&bytes, 2), Ok(vec![Word::Settings(settings)]));
    }
}
