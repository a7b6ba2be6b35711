//! h2load (nghttp2): many streams of many connections at a time, and windows of any size. It counts; that bodies are
//! right is for others to say.

use tokio::process::Command;

use super::{LARGE, LARGE_SIZE, has, output, segment, world};

/// What it reports, as far as it matters.
#[derive(Debug)]
struct Told {
    /// The lines with numbers.
    text: String,
}

impl Told {
    /// The number before a word on the line that begins with `line`: `requests: 10 total, 10 started, …`.
    fn number(&self, line: &str, word: &str) -> usize {
        let numbers = self.text.lines().find_map(|text| text.trim().strip_prefix(line)).expect("it is told");
        let parts = numbers.split(", ").map(str::trim);
        let number = parts.filter_map(|part| part.split_once(' ')).find(|(_, name)| *name == word);
        number.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("{word}: {}", self.text))
    }

    /// Bytes of bodies: `traffic: 1.2MB (1234567) total, … 1.1MB (1212121) data`.
    fn bytes_of_bodies(&self) -> usize {
        let line = self.text.lines().find(|line| line.starts_with("traffic: ")).expect("it is told");
        let data = line.rsplit(", ").next().and_then(|part| part.split_once('('));
        data.and_then(|(_, rest)| rest.split(')').next()?.parse().ok()).expect("a number")
    }
}

async fn load(arguments: &[&str], url: &str) -> Told {
    let mut h2load = Command::new("h2load");
    Told { text: output(h2load.args(arguments).arg(url), b"").await }
}

fn assert_all_came(told: &Told, count: usize, each: usize) {
    for word in ["total", "started", "done", "succeeded"] {
        assert_eq!(told.number("requests:", word), count, "{word}: {}", told.text);
    }
    for word in ["failed", "errored", "timeout"] {
        assert_eq!(told.number("requests:", word), 0, "{word}: {}", told.text);
    }
    assert_eq!(told.number("status codes:", "2xx"), count, "{}", told.text);
    assert_eq!(told.bytes_of_bodies(), count * each, "{}", told.text);
}

#[tokio::test]
async fn a_hundred_streams_of_each_connection_are_answered() {
    const COUNT: usize = 4_000;
    if !has("h2load::a_hundred_streams_of_each_connection_are_answered", "h2load").await {
        return;
    }
    let world = world().await;
    let path = segment(1);
    let each = super::body(&path).len();
    let secure = format!("https://localhost:{}{path}", world.secure_address().port());
    for url in [secure, format!("http://{}{path}", world.address())] {
        let told = load(&["-n", "4000", "-c", "10", "-m", "100"], &url).await;
        assert_all_came(&told, COUNT, each);
    }
    assert_eq!(world.origin.count(), 1);
}

/// From one KiB at a time, for each stream and for all, to more than the object.
#[tokio::test]
async fn windows_of_any_size_are_obeyed() {
    const COUNT: usize = 40;
    if !has("h2load::windows_of_any_size_are_obeyed", "h2load").await {
        return;
    }
    let world = world().await;
    let small = segment(1);
    let each = super::body(&small).len();
    for (path, each, windows) in [
        (&small[..], each, ["-w", "10", "-W", "10"]),
        (&small, each, ["-w", "10", "-W", "30"]),
        (&small, each, ["-w", "30", "-W", "10"]),
        (LARGE, LARGE_SIZE, ["-w", "16", "-W", "16"]),
        (LARGE, LARGE_SIZE, ["-w", "30", "-W", "30"]),
    ] {
        let secure = format!("https://localhost:{}{path}", world.secure_address().port());
        for url in [secure, format!("http://{}{path}", world.address())] {
            let options = [&["-n", "40", "-c", "4", "-m", "10"], &windows[..]].concat();
            assert_all_came(&load(&options, &url).await, COUNT, each);
        }
    }
}

/// HTTP/1.1, with several requests sent ahead.
#[tokio::test]
async fn requests_that_are_sent_ahead_are_answered_in_order() {
    const COUNT: usize = 2_000;
    if !has("h2load::requests_that_are_sent_ahead_are_answered_in_order", "h2load").await {
        return;
    }
    let world = world().await;
    let path = segment(1);
    let secure = format!("https://localhost:{}{path}", world.secure_address().port());
    for url in [secure, format!("http://{}{path}", world.address())] {
        let told = load(&["--h1", "-n", "2000", "-c", "10", "-m", "8"], &url).await;
        assert_all_came(&told, COUNT, super::body(&path).len());
    }
}
