//! The segment index of a file (ISO/IEC 14496-12, section 8.16.3).

/// Why an index tells nothing. Places are byte offsets into the index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SidxError {
    /// There is no `sidx` box, or a box that is none before it.
    #[error("byte {at}: neither a segment index nor a box before one")]
    NotAnIndex {
        /// Where the box begins.
        at: usize,
    },
    /// The index is of a version that is not known.
    #[error("the segment index has version {version}, known are 0 and 1")]
    UnknownVersion {
        /// The version.
        version: u8,
    },
    /// The box ends before what it says that it holds.
    #[error("the segment index is cut off")]
    CutOff,
    /// It leads to further indexes, of which nothing is known.
    #[error("the segment index is one of indexes")]
    Hierarchical,
    /// A subsegment lies beyond what can be counted.
    #[error("the segment index leads beyond what can be counted")]
    TooFar,
}

/// Where the subsegments of a file begin, in order: the bytes of `index` stand in the file at byte `at`.
///
/// Other boxes before the index are let pass, and so is what follows it. There are at most 65,535 subsegments, each
/// of which takes 12 bytes of the index, so that nothing is reserved for what is not there.
///
/// # Errors
/// See [`SidxError`].
pub fn sidx(index: &[u8], at: u64) -> Result<Vec<u64>, SidxError> {
    let (mut fields, end) = find(index)?;
    let version = fields.number(1)?;
    fields.number(3)?; // flags
    fields.number(8)?; // reference_ID, timescale
    let width = match version {
        0 => 4,
        1 => 8,
        _ => return Err(SidxError::UnknownVersion { version: u8::try_from(version).unwrap_or(u8::MAX) }),
    };
    fields.number(width)?; // earliest_presentation_time
    let first_offset = fields.number(width)?;
    fields.number(2)?; // reserved
    let count = fields.number(2)?;
    let anchor = at.checked_add(end as u64).and_then(|anchor| anchor.checked_add(first_offset));
    let mut byte = anchor.ok_or(SidxError::TooFar)?;
    let mut subsegments = Vec::new();
    for _ in 0..count {
        let reference = fields.number(4)?;
        fields.number(8)?; // subsegment_duration, and what its beginning is
        if reference >> 31 == 1 {
            return Err(SidxError::Hierarchical);
        }
        subsegments.push(byte);
        byte = byte.checked_add(reference).ok_or(SidxError::TooFar)?;
    }
    Ok(subsegments)
}

/// What the first index holds, and where it ends.
fn find(index: &[u8]) -> Result<(Fields<'_>, usize), SidxError> {
    let mut at = 0;
    loop {
        let mut fields = Fields(index.get(at..).unwrap_or_default());
        let (Ok(size), Ok(name)) = (fields.number(4), fields.number(4)) else {
            return Err(SidxError::NotAnIndex { at });
        };
        let (size, head) = match size {
            1 => (fields.number(8).map_err(|_| SidxError::NotAnIndex { at })?, 16),
            size => (size, 8),
        };
        // A size of 0 means up to the file's end, which an index before what it points at cannot mean.
        let size = usize::try_from(size).ok().filter(|size| *size >= head);
        let end = size.and_then(|size| at.checked_add(size)).ok_or(SidxError::NotAnIndex { at })?;
        if name == u64::from(u32::from_be_bytes(*b"sidx")) {
            let body = index.get(at + head..end).ok_or(SidxError::CutOff)?;
            return Ok((Fields(body), end));
        }
        if end > index.len() {
            return Err(SidxError::NotAnIndex { at });
        }
        at = end;
    }
}

/// What is left to be read.
struct Fields<'i>(&'i [u8]);

impl Fields<'_> {
    /// The next big-endian number of so many bytes.
    fn number(&mut self, width: usize) -> Result<u64, SidxError> {
        let (number, rest) = self.0.split_at_checked(width).ok_or(SidxError::CutOff)?;
        self.0 = rest;
        Ok(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A box with its size and name.
    fn boxed(name: [u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes(), &name, body].concat()
    }

    fn index(version: u8, first_offset: u64, sizes: &[u32]) -> Vec<u8> {
        let mut body = vec![version, 0, 0, 0];
        body.extend([0, 0, 0, 1, 0, 0, 0x75, 0x30]);
        if version == 0 {
            body.extend([0; 4]);
            body.extend(u32::try_from(first_offset).unwrap().to_be_bytes());
        } else {
            body.extend([0; 8]);
            body.extend(first_offset.to_be_bytes());
        }
        body.extend([0, 0]);
        body.extend(u16::try_from(sizes.len()).unwrap().to_be_bytes());
        for size in sizes {
            body.extend(size.to_be_bytes());
            body.extend([0, 0, 0, 9, 0x90, 0, 0, 0]);
        }
        boxed(*b"sidx", &body)
    }

    #[test]
    fn subsegments_follow_each_other_behind_the_index() {
        for version in [0, 1] {
            let sidx_box = index(version, 10, &[100, 200, 300]);
            let end = 800 + sidx_box.len() as u64 + 10;
            assert_eq!(sidx(&sidx_box, 800), Ok(vec![end, end + 100, end + 300]));
            let among = [boxed(*b"styp", b"msdh"), sidx_box.clone(), boxed(*b"moof", b"")].concat();
            assert_eq!(sidx(&among, 788), Ok(vec![end, end + 100, end + 300]));
        }
        assert_eq!(sidx(&index(0, 0, &[]), 0), Ok(vec![]));
    }

    #[test]
    fn what_tells_nothing_says_why() {
        let sidx_box = index(1, 0, &[100]);
        assert_eq!(sidx(&index(0, 0, &[1, 1 << 31 | 5]), 0), Err(SidxError::Hierarchical));
        assert_eq!(sidx(&index(2, 0, &[1]), 0), Err(SidxError::UnknownVersion { version: 2 }));
        assert_eq!(sidx(&index(1, u64::MAX - 20, &[1]), 0), Err(SidxError::TooFar));
        assert_eq!(sidx(&sidx_box[..sidx_box.len() - 1], 0), Err(SidxError::CutOff));
        assert_eq!(sidx(&boxed(*b"sidx", &[0; 20]), 0), Err(SidxError::CutOff));
        assert_eq!(sidx(b"", 0), Err(SidxError::NotAnIndex { at: 0 }));
        assert_eq!(sidx(&boxed(*b"moof", b"abc"), 0), Err(SidxError::NotAnIndex { at: 11 }));
        assert_eq!(sidx(b"\0\0\0\0sidx", 0), Err(SidxError::NotAnIndex { at: 0 }));
        assert_eq!(
            sidx(b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff", 0),
            Err(SidxError::NotAnIndex { at: 0 })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(
            version in 0..3u8,
            sizes in proptest::collection::vec(any::<u32>(), 0..5),
            cut in 0..120usize,
            flips in proptest::collection::vec((0..120usize, any::<u8>()), 0..4),
            at: u64,
        ) {
            let mut bytes = index(version, 7, &sizes);
            for (place, byte) in flips {
                if let Some(old) = bytes.get_mut(place) {
                    *old = byte;
                }
            }
            bytes.truncate(cut);
            if let Ok(found) = sidx(&bytes, at) {
                prop_assert!(found.is_sorted() && found.len() * 12 <= bytes.len());
            }
        }
    }
}
