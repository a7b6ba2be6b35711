//! How the sample is made: the arguments for ffmpeg, step by step.
//!
//! Every rendition is encoded once, into one file; the four forms are copies of those same pictures and sounds,
//! cut alike, so that what differs between the forms is the packaging alone.

use std::{fs, path::Path};

use super::{
    error::SampleError,
    ffmpeg::Ffmpeg,
    ladder::{FRAME_RATE, LADDER, Rendition, SECONDS, SEGMENT_SECONDS},
    multivariant::multivariant,
    picture,
};
use crate::demo::stream::{Form, VOD_ENTRY};

/// Where the renditions wait for the packagers; not part of the sample.
const ENCODED: &str = "encoded.mp4";

/// How many steps [`follow`] reports.
pub(super) const STEPS: usize = 1 + Form::ALL.len();

/// Makes everything in ffmpeg's folder. `report` hears the step from 1, what it does, and how much is done, 0 to 1.
pub(super) fn follow(
    ffmpeg: &Ffmpeg,
    report: &mut dyn FnMut(usize, &'static str, f64),
) -> Result<(), SampleError> {
    encode(ffmpeg, &mut |done| report(1, "encoding", done))?;
    for (step, form) in (2..).zip(Form::ALL) {
        let doing = match form {
            Form::HlsTs => "packaging HLS with transport streams",
            Form::HlsFmp4 => "packaging HLS with fragmented MP4",
            Form::DashNumber => "packaging DASH with numbered segments",
            Form::DashTimeline => "packaging DASH with a segment timeline",
        };
        report(step, doing, 0.0);
        match form {
            Form::HlsTs | Form::HlsFmp4 => hls(ffmpeg, form, doing)?,
            Form::DashNumber | Form::DashTimeline => dash(ffmpeg, form, doing)?,
        }
        report(step, doing, 1.0);
    }
    let encoded = ffmpeg.folder.join(ENCODED);
    fs::remove_file(&encoded).map_err(SampleError::at(encoded))
}

/// All renditions in one go, so that the picture is computed once.
fn encode(ffmpeg: &Ffmpeg, done: &mut dyn FnMut(f64)) -> Result<(), SampleError> {
    let mut arguments = words(&["-filter_complex", &picture::graph()]);
    for index in 0..LADDER.len() {
        arguments.extend(words(&["-map", &format!("[v{index}]")]));
    }
    arguments.extend(words(&["-map", "[sound]", "-t", &SECONDS.to_string()]));
    // Closed groups of two seconds, cut nowhere else. No B-frames: the order of decoding is that of showing, so
    // video and audio are cut at the same instant and start at zero in every form.
    let group = (2 * FRAME_RATE).to_string();
    arguments.extend(words(&["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-bf", "0"]));
    arguments.extend(words(&["-g", &group, "-keyint_min", &group, "-sc_threshold", "0", "-flags", "+cgop"]));
    for (index, rendition) in LADDER.iter().enumerate() {
        let Rendition { video_kbps, profile, level, .. } = *rendition;
        for (option, value) in [
            ("b", format!("{video_kbps}k")),
            ("maxrate", format!("{}k", video_kbps + video_kbps / 10)),
            ("bufsize", format!("{}k", 2 * video_kbps)),
            ("profile", profile.to_owned()),
            ("level", level.to_owned()),
        ] {
            arguments.extend([format!("-{option}:v:{index}"), value]);
        }
    }
    arguments.extend(words(&["-c:a", "aac", "-b:a", "96k", "-ac", "2", ENCODED]));
    done(0.0);
    ffmpeg.run("encoding", &arguments, &mut |written| {
        done((written.as_secs_f64() / f64::from(SECONDS)).min(1.0));
    })
}

/// One folder for each rendition, sound in every segment, and the multivariant playlist above them.
fn hls(ffmpeg: &Ffmpeg, form: Form, doing: &'static str) -> Result<(), SampleError> {
    let (version, ending) = if form == Form::HlsTs { (6, "ts") } else { (7, "m4s") };
    let mut renditions = Vec::new();
    for (index, rendition) in LADDER.into_iter().enumerate() {
        let folder = format!("vod/{VOD_ENTRY}/{}/{}", form.folder(), rendition.name);
        make_folder(&ffmpeg.folder.join(&folder))?;
        let mut arguments =
            words(&["-i", ENCODED, "-c", "copy", "-map", &format!("0:v:{index}"), "-map", "0:a"]);
        arguments.extend(words(&["-f", "hls", "-hls_time", &SEGMENT_SECONDS.to_string()]));
        arguments.extend(words(&["-hls_playlist_type", "vod", "-hls_flags", "independent_segments"]));
        arguments.extend(words(&["-start_number", "1"]));
        if form == Form::HlsFmp4 {
            arguments.extend(words(&["-hls_segment_type", "fmp4"]));
            arguments.extend(words(&["-hls_fmp4_init_filename", "init-v1-a1.mp4"]));
        }
        arguments.extend(words(&["-hls_segment_filename", &format!("{folder}/seg-%d-v1-a1.{ending}")]));
        arguments.push(format!("{folder}/index.m3u8"));
        ffmpeg.run(doing, &arguments, &mut |_| {})?;
        renditions.push((rendition, segment_sizes(&ffmpeg.folder.join(folder), ending)?));
    }
    let path = ffmpeg.folder.join(form.manifest());
    fs::write(&path, multivariant(version, &renditions)).map_err(SampleError::at(path))
}

/// All representations in one folder, sound as an adaptation set of its own.
fn dash(ffmpeg: &Ffmpeg, form: Form, doing: &'static str) -> Result<(), SampleError> {
    let (timeline, media) = if form == Form::DashNumber {
        ("0", "fragment-$Number$-f$RepresentationID$.m4s")
    } else {
        ("1", "fragment-f$RepresentationID$-t$Time$.m4s")
    };
    let path = ffmpeg.folder.join(form.manifest());
    make_folder(path.parent().unwrap_or(&ffmpeg.folder))?;
    let mut arguments = words(&["-i", ENCODED, "-c", "copy", "-map", "0:v", "-map", "0:a", "-f", "dash"]);
    arguments.extend(words(&["-seg_duration", &SEGMENT_SECONDS.to_string(), "-use_template", "1"]));
    arguments.extend(words(&["-use_timeline", timeline, "-media_seg_name", media]));
    arguments.extend(words(&["-init_seg_name", "init-f$RepresentationID$.mp4"]));
    arguments.extend(words(&["-adaptation_sets", "id=0,streams=v id=1,streams=a"]));
    arguments.push(form.manifest());
    ffmpeg.run(doing, &arguments, &mut |_| {})?;
    if form == Form::DashTimeline {
        // Means nothing where no $Number$ stands, and makes some players skip the first segment.
        let text = fs::read_to_string(&path).map_err(SampleError::at(&path))?;
        fs::write(&path, text.replace(" startNumber=\"1\"", "")).map_err(SampleError::at(&path))?;
    }
    Ok(())
}

fn segment_sizes(folder: &Path, ending: &str) -> Result<Vec<u64>, SampleError> {
    let mut sizes = Vec::new();
    for file in fs::read_dir(folder).map_err(SampleError::at(folder))? {
        let file = file.map_err(SampleError::at(folder))?;
        if file.path().extension().is_some_and(|found| found == ending) {
            sizes.push(file.metadata().map_err(SampleError::at(file.path()))?.len());
        }
    }
    Ok(sizes)
}

fn make_folder(path: &Path) -> Result<(), SampleError> {
    fs::create_dir_all(path).map_err(SampleError::at(path))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
