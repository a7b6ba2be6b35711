//! The body of a report: read up to a bound and in a bounded time, unpacked up to another bound.

use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use telemetry::report::MAX_BYTES;
use tokio::time::timeout;

use crate::limits::Limits;

/// Why there is no body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// On the wire or unpacked it has more bytes than a report.
    TooLarge,
    /// It did not come in time.
    Slow,
    /// It broke off.
    Broken,
    /// It is not packed as it says.
    NotGzip,
}

/// Reads all of it.
pub(super) async fn read(body: &mut Incoming, limits: &Limits) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > limits.wire_bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    match timeout(limits.body, Limited::new(body, limits.wire_bytes).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::Slow),
    }
}

/// Reads what is left of it, as much as a report may have and as long as one may take, and keeps nothing.
pub(super) async fn discard(mut body: Incoming, limits: &Limits) {
    let mut left = limits.wire_bytes;
    let discarded = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    // In time or not, the answer follows.
    let _either_way = timeout(limits.body, discarded).await;
}

/// The bytes of one member of gzip (RFC 1952), of which there is no more than of a report.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut decoder = GzDecoder::new(packed);
    let mut bytes = Vec::new();
    let read = decoder.by_ref().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
    if bytes.len() > MAX_BYTES {
        return Err(BodyError::TooLarge);
    }
    let is_all = read.is_ok() && decoder.into_inner().is_empty();
    if is_all { Ok(bytes) } else { Err(BodyError::NotGzip) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked_up_to_a_bound() {
        assert_eq!(unpack(&pack(b"report")).unwrap(), b"report");
        assert_eq!(unpack(&pack(b"")).unwrap(), b"");
        assert_eq!(unpack(&pack(&vec![0; MAX_BYTES])).unwrap().len(), MAX_BYTES);
        let bomb = pack(&vec![0; 1 << 30]);
        assert!(bomb.len() < MAX_BYTES, "it passes the wire");
        assert_eq!(unpack(&bomb), Err(BodyError::TooLarge));
    }

    #[test]
    fn what_is_not_packed_is_refused() {
        let packed = pack(b"report");
        let mut flipped = packed.clone();
        let checksum = flipped.len() - 6;
        flipped[checksum] ^= 1;
        let twice = [&packed[..], &packed[..]].concat();
        for bad in [&b""[..], b"report", &packed[..packed.len() - 1], &flipped, &twice] {
            assert_eq!(unpack(bad), Err(BodyError::NotGzip), "{bad:?}");
        }
    }
}
