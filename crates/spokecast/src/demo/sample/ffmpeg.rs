//! Runs ffmpeg: how far it is while it works, its last words when it fails.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use super::error::SampleError;

/// How much of ffmpeg's error output is kept, in bytes.
const LAST_WORDS: usize = 4096;

/// An ffmpeg that works in one folder.
pub(super) struct Ffmpeg {
    /// Name or path of the program.
    pub(super) program: OsString,
    /// Folder that relative paths in the arguments start from.
    pub(super) folder: PathBuf,
    /// A locked file. ffmpeg gets it as its input, which it never reads: the lock then lasts until the last
    /// ffmpeg is gone, even if this process is killed, and no later run meets a writer in its folder.
    pub(super) lock: File,
}

impl Ffmpeg {
    /// Runs ffmpeg to its end. `written` hears now and then how much of the video's time is done.
    pub(super) fn run(
        &self,
        doing: &'static str,
        arguments: &[String],
        written: &mut dyn FnMut(Duration),
    ) -> Result<(), SampleError> {
        let failed = SampleError::at(&self.program);
        let (status, last_lines) = match self.listen(arguments, written) {
            Ok(ended) => ended,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(SampleError::FfmpegMissing),
            Err(error) => return Err(failed(error)),
        };
        if status.success() { Ok(()) } else { Err(SampleError::Ffmpeg { doing, status, last_lines }) }
    }

    fn listen(
        &self,
        arguments: &[String],
        written: &mut dyn FnMut(Duration),
    ) -> io::Result<(ExitStatus, String)> {
        let mut running = Running(
            Command::new(&self.program)
                .current_dir(&self.folder)
                .args(["-v", "error", "-nostdin", "-nostats", "-progress", "pipe:1"])
                .args(arguments)
                .stdin(self.lock.try_clone()?)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?,
        );
        let last_words = running.0.stderr.take().map(|errors| thread::spawn(move || last_words(errors)));
        if let Some(progress) = running.0.stdout.take() {
            for line in BufReader::new(progress).lines() {
                if let Some(time) = time_written(&line?) {
                    written(time);
                }
            }
        }
        let status = running.0.wait()?;
        let last_words = last_words.and_then(|reader| reader.join().ok()).unwrap_or_default();
        Ok((status, last_words))
    }
}

/// Ends ffmpeg when whoever waits for it gives up.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The time in a line of `-progress`. ffmpeg writes `N/A` before the first picture.
fn time_written(line: &str) -> Option<Duration> {
    let microseconds = line.strip_prefix("out_time_us=")?.trim().parse().ok()?;
    Some(Duration::from_micros(microseconds))
}

/// Reads to the end and keeps the end alone, from the beginning of a line.
fn last_words(mut errors: ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 1024];
    while let Ok(length @ 1..) = errors.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..length]);
        if kept.len() > LAST_WORDS {
            let cut = kept.len() - LAST_WORDS;
            let line = kept[cut..].iter().position(|&byte| byte == b'\n').map_or(cut, |end| cut + end + 1);
            kept.drain(..line);
        }
    }
    String::from_utf8_lossy(&kept).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str) -> Ffmpeg {
        Ffmpeg {
            program: name.into(),
            folder: std::env::temp_dir(),
            lock: tempfile::tempfile().expect("a temporary file"),
        }
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let error = program("/nowhere/ffmpeg").run("testing", &[], &mut |_| {}).expect_err("is not there");
        assert!(error.to_string().contains("apt-get install ffmpeg"), "{error}");
    }

    #[test]
    fn a_failing_program_is_quoted() {
        let error = program("ffmpeg")
            .run("testing", &["-i".into(), "/nowhere/in.mp4".into()], &mut |_| {})
            .expect_err("no such input");
        let text = error.to_string();
        assert!(text.contains("while testing") && text.contains("/nowhere/in.mp4: No such file"), "{text}");
    }

    #[test]
    fn progress_lines_are_read() {
        assert_eq!(time_written("out_time_us=1480000"), Some(Duration::from_millis(1480)));
        assert_eq!(time_written("out_time_us=N/A"), None);
        assert_eq!(time_written("out_time_us=-21333"), None);
        assert_eq!(time_written("fps=25"), None);
    }
}
