//! The streams of HTTP/3: how their bytes are cut makes no difference, and a request's fields are never longer than allowed.
#![no_main]

use bytes::Bytes;
use http_framing::h3::control::{Control, Word};
use http_framing::h3::qpack_streams::DecoderStream;
use http_framing::h3::request::{Part, Stop, Stream};
use http_framing::h3::{Fault, Settings, begin_control};
use libfuzzer_sys::fuzz_target;

/// The longest fields.
const MOST: usize = 100;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let cut = usize::from(*cut) + 1;
    let whole = bytes.len().max(1);
    assert_eq!(request(bytes, cut), request(bytes, whole));
    let said = control(bytes, cut);
    assert_eq!(said, control(bytes, whole));
    if let Ok(words) = said {
        for word in words {
            let Word::Settings(settings) = word else { continue };
            let again = begin_control(&settings);
            assert_eq!(control(&again[1..], 1), Ok(vec![Word::Settings(settings)]));
            assert!(again.len() <= begin_control(&Settings::default()).len() + 30);
        }
    }
    let decoder = |cut| {
        let mut stream = DecoderStream::default();
        bytes.chunks(cut).try_for_each(|piece| stream.read(piece))
    };
    assert_eq!(decoder(cut), decoder(whole));
});

fn request(bytes: &[u8], cut: usize) -> Result<(Vec<Part>, Result<(), Fault>), Stop> {
    let mut stream = Stream::new(MOST);
    let mut parts: Vec<Part> = Vec::new();
    for piece in bytes.chunks(cut) {
        let mut piece = Bytes::copy_from_slice(piece);
        while let Some(part) = stream.read(&mut piece)? {
            match (parts.last_mut(), part) {
                (Some(Part::Data(before)), Part::Data(more)) => {
                    *before = [&before[..], &more].concat().into()
                }
                (_, part) => parts.push(part),
            }
        }
        assert!(piece.is_empty());
    }
    let fields =
        parts.iter().filter(|part| matches!(part, Part::Fields(fields) if fields.len() <= MOST)).count();
    let data = parts.iter().filter(|part| matches!(part, Part::Data(_))).count();
    assert!(fields + data == parts.len() && fields <= 1 && (data == 0 || fields == 1));
    Ok((parts, stream.end()))
}

fn control(bytes: &[u8], cut: usize) -> Result<Vec<Word>, Fault> {
    let (mut control, mut words) = (Control::default(), Vec::new());
    for piece in bytes.chunks(cut) {
        let mut piece = Bytes::copy_from_slice(piece);
        while let Some(word) = control.read(&mut piece)? {
            words.push(word);
        }
        assert!(piece.is_empty());
    }
    Ok(words)
}
