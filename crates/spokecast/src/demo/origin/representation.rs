//! What stands behind a target right now: bytes, validators and how long they may be kept.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::fs::{self, File};

use super::{body::Source, route::Target};
use crate::demo::{
    live::{Channel, Recording},
    sample::ladder::LADDER,
    stream::{Form, VOD_ENTRY},
};

/// Lifetimes as common origins set them. Segments never change: a hundred days.
const SEGMENT: &str = "public, max-age=8640000";
const VOD_MANIFEST: &str = "max-age=60";
const LIVE_MASTER: &str = "max-age=30";
const LIVE_PLAYLIST: &str = "max-age=1";

/// What is sent for a target, before conditions and ranges.
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) source: Source,
    pub(super) length: u64,
    /// Strong, with its quotes.
    pub(super) etag: String,
    pub(super) modified: SystemTime,
    pub(super) content_type: &'static str,
    pub(super) cache_control: &'static str,
}

/// The sample folder and the channel that repeats it.
pub(super) struct Content {
    folder: PathBuf,
    channels: BTreeMap<&'static str, Channel>,
    on_air: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl Content {
    /// Reads what the live channel repeats. Fails, with the file's name, if that is missing or unreadable.
    pub(super) async fn open(
        folder: &Path,
        on_air: Box<dyn Fn() -> Duration + Send + Sync>,
    ) -> io::Result<Self> {
        let mut channels = BTreeMap::new();
        let mut first: Option<Recording> = None;
        for name in LADDER.map(|rendition| rendition.name) {
            let path = folder.join(recorded(name, "index.m3u8"));
            let fault = |kind, fault: &dyn std::fmt::Display| {
                io::Error::new(kind, format!("{}: {fault}", path.display()))
            };
            let text = fs::read_to_string(&path).await.map_err(|error| fault(error.kind(), &error))?;
            let recording =
                Recording::parse(&text).map_err(|error| fault(io::ErrorKind::InvalidData, &error))?;
            if !first.get_or_insert_with(|| recording.clone()).is_cut_like(&recording) {
                return Err(fault(io::ErrorKind::InvalidData, &"cut unlike the first rendition"));
            }
            channels.insert(name, Channel::new(recording));
        }
        Ok(Self { folder: folder.to_owned(), channels, on_air })
    }

    /// The representation of a target; none if it does not exist, or not now.
    pub(super) async fn find(&self, target: Target<'_>) -> io::Result<Option<Representation>> {
        match target {
            Target::File(path) => self.file(&path, None).await,
            // The renditions have the same names and playlists the same relative paths as in the recording.
            Target::LiveMaster => self.file(Path::new(&Form::HlsTs.manifest()), Some(LIVE_MASTER)).await,
            Target::LivePlaylist { rendition } => Ok(self.playlist(rendition)),
            Target::LiveSegment { rendition, number } => {
                let channel = self.channels.get(rendition);
                match channel.and_then(|channel| channel.file(number, (self.on_air)())) {
                    Some(file) => self.file(&recorded(rendition, file), None).await,
                    None => Ok(None),
                }
            }
        }
    }

    fn playlist(&self, rendition: &str) -> Option<Representation> {
        let playlist = self.channels.get(rendition)?.playlist((self.on_air)())?;
        let mut hasher = DefaultHasher::new();
        playlist.text.hash(&mut hasher);
        Some(Representation {
            length: playlist.text.len() as u64,
            etag: format!("\"{:016x}\"", hasher.finish()),
            source: Source::Text(Bytes::from(playlist.text)),
            modified: SystemTime::UNIX_EPOCH + playlist.published,
            content_type: HLS,
            cache_control: LIVE_PLAYLIST,
        })
    }

    async fn file(&self, path: &Path, lifetime: Option<&'static str>) -> io::Result<Option<Representation>> {
        let Some((content_type, usual_lifetime)) = kind(path) else { return Ok(None) };
        let file = match File::open(self.folder.join(path)).await {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata().await?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let modified = metadata.modified()?;
        let nanos = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        Ok(Some(Representation {
            source: Source::File(file),
            length: metadata.len(),
            // The sample is renamed into place whole: a file with the same time and length is the same file.
            etag: format!("\"{nanos:x}-{:x}\"", metadata.len()),
            modified,
            content_type,
            cache_control: lifetime.unwrap_or(usual_lifetime),
        }))
    }
}

const HLS: &str = "application/vnd.apple.mpegurl";

/// Content type and lifetime by ending; nothing else is served.
fn kind(path: &Path) -> Option<(&'static str, &'static str)> {
    Some(match path.extension()?.to_str()? {
        "m3u8" => (HLS, VOD_MANIFEST),
        "mpd" => ("application/dash+xml", VOD_MANIFEST),
        "ts" => ("video/mp2t", SEGMENT),
        "m4s" => ("video/iso.segment", SEGMENT),
        "mp4" => ("video/mp4", SEGMENT),
        _ => return None,
    })
}

/// Path of a file that the live channel repeats, from the sample folder.
fn recorded(rendition: &str, file: &str) -> PathBuf {
    ["vod", VOD_ENTRY, Form::HlsTs.folder(), rendition, file].iter().collect()
}
