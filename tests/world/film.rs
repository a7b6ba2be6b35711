//! An object of any size whose bytes follow from their position, served as a real origin does: whole, by one
//! range, or not at all where the tag is the same.

use std::ops::Range;

use super::origin::{Script, Seen, Step, answer, head};

/// One version of an object.
#[derive(Clone, Debug)]
pub(crate) struct Film {
    length: u64,
    seed: u64,
    fields: Vec<(&'static str, String)>,
}

/// Bytes of one slice of the edge.
pub(crate) const SLICE: u64 = 1 << 20;

impl Film {
    /// An object of `length` bytes with a strong tag; another `seed` is another version.
    pub(crate) fn new(length: u64, seed: u64) -> Self {
        let fields = vec![
            ("ETag", format!("\"v{seed}\"")),
            ("Accept-Ranges", "bytes".to_owned()),
            ("Cache-Control", "max-age=60".to_owned()),
        ];
        Self { length, seed, fields }
    }

    /// The same with another field, or another value of one.
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        let mut film = self.without(name);
        film.fields.push((name, value.to_owned()));
        film
    }

    /// The same without a field.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| *field != name);
        self
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of a range.
    pub(crate) fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let count = usize::try_from(range.end - range.start).expect("fits");
        let mut bytes = Vec::with_capacity(count + 16);
        let (mut word, last) = (range.start / 8, range.end.div_ceil(8));
        while word < last {
            bytes.extend_from_slice(&mixed(word, self.seed).to_le_bytes());
            word += 1;
        }
        bytes.drain(..usize::try_from(range.start % 8).expect("small"));
        bytes.truncate(count);
        bytes
    }

    /// Whether these are the bytes of a range; says where they differ first.
    pub(crate) fn check(&self, range: Range<u64>, got: &[u8]) {
        let expected = self.bytes(range.clone());
        assert_eq!(got.len(), expected.len(), "length of {range:?}");
        if got != expected {
            let wrong = got.iter().zip(&expected).position(|(got, expected)| got != expected);
            panic!("byte {wrong:?} of {range:?} is wrong");
        }
    }

    /// What a real origin does.
    pub(crate) fn answer(&self, seen: &Seen) -> Script {
        let tag = self.field("ETag");
        if tag.is_some() && seen.header("if-none-match") == tag {
            return vec![Step::Send(head("304 Not Modified", &self.fields()))];
        }
        let is_same = seen.header("if-range").is_none_or(|asked| Some(asked) == tag);
        match seen.range().filter(|_| is_same) {
            Some((first, _)) if first >= self.length => {
                let range = format!("bytes */{}", self.length);
                answer("416 Range Not Satisfiable", "", &[("Content-Range", &range)])
            }
            Some((first, last)) => self.part(first..self.length.min(last.saturating_add(1))),
            None => self.whole(),
        }
    }

    /// The whole, whatever was asked for.
    pub(crate) fn whole(&self) -> Script {
        let length = self.length.to_string();
        let mut script = vec![self.head("200 OK", &[("Content-Length", &length)])];
        let mut start = 0;
        while start < self.length {
            let end = self.length.min(start + SLICE);
            script.push(Step::Send(self.bytes(start..end)));
            start = end;
        }
        script
    }

    /// A range of it.
    pub(crate) fn part(&self, range: Range<u64>) -> Script {
        let (length, stated) = ((range.end - range.start).to_string(), self.content_range(&range));
        let fields = [("Content-Length", length.as_str()), ("Content-Range", &stated)];
        vec![self.head("206 Partial Content", &fields), Step::Send(self.bytes(range))]
    }

    /// What `Content-Range` says of a range.
    pub(crate) fn content_range(&self, range: &Range<u64>) -> String {
        format!("bytes {}-{}/{}", range.start, range.end - 1, self.length)
    }

    /// A head with its fields and more.
    pub(crate) fn head(&self, status: &str, more: &[(&str, &str)]) -> Step {
        Step::Send(head(status, &[&self.fields()[..], more].concat()))
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    fn fields(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

impl Seen {
    /// First and last byte of the range that was asked for.
    pub(crate) fn range(&self) -> Option<(u64, u64)> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().ok()?, if last.is_empty() { u64::MAX } else { last.parse().ok()? }))
    }
}

/// A word that says where it belongs and to which version (the finalizer of `SplitMix64`).
fn mixed(word: u64, seed: u64) -> u64 {
    let mut mixed = (word ^ seed.rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
