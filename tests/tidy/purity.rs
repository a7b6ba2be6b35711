//! Pure crates open no socket, read no clock or file and spawn nothing; the cache knows no HTTP client or server;
//! telemetry has files, and nothing else of these.
//!
//! That is what lets a test move their time by hand and a fuzzer run them a million times.

use toml::Table;

use super::Fault;
use super::rust_code::words;
use super::tree::File;

struct Rule {
    crates: &'static [&'static str],
    /// Words of code that may not occur.
    words: &'static [&'static str],
    /// Paths that may not occur, as they are written.
    paths: &'static [&'static str],
    /// Crates that may not be named, nor what is made for them (`hyper-util`).
    dependencies: &'static [&'static str],
    what: &'static str,
}

const RULES: [Rule; 3] = [
    Rule {
        crates: &["control", "http-framing", "mapper", "media", "saml"],
        words: &[
            "fs",
            "tokio",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "ToSocketAddrs",
        ],
        paths: &[
            "Instant::now",
            "SystemTime::now",
            "std::thread",
            "thread::spawn",
            "std::process",
            "std::env",
        ],
        dependencies: &["tokio", "hyper", "reqwest", "socket2", "quinn"],
        what: "this crate is pure: take it as an argument, or return a decision for the caller to carry out",
    },
    Rule {
        crates: &["segment-cache"],
        words: &["hyper", "hyper_util", "reqwest", "axum", "quinn", "h3"],
        paths: &["Instant::now", "SystemTime::now"],
        dependencies: &["hyper", "reqwest", "axum", "quinn", "h3"],
        what: "the cache holds bytes and reads no clock: serving and fetching are the edge's",
    },
    Rule {
        crates: &["telemetry"],
        words: &[
            "net",
            "tokio",
            "thread",
            "spawn",
            "Command",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "UnixDatagram",
            "ToSocketAddrs",
        ],
        paths: &["Instant::now", "SystemTime::now", "now_utc", ".elapsed(", "std::env"],
        dependencies: &[
            "tokio",
            "hyper",
            "http",
            "h2",
            "h3",
            "axum",
            "reqwest",
            "ureq",
            "curl",
            "quinn",
            "rustls",
            "socket2",
            "tower",
            "async-std",
            "rayon",
        ],
        what: "what may leave is decided here, and not carried anywhere: the edge sends, and says what time it is",
    },
];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for rule in &RULES {
        for name in rule.crates {
            let manifest = format!("crates/{name}/Cargo.toml");
            let sources = format!("crates/{name}/src/");
            for file in files {
                if file.path == manifest {
                    faults.extend(manifest_faults(rule, file));
                } else if file.path.starts_with(&sources) && file.is_rust() {
                    faults.extend(code_faults(rule, file));
                }
            }
        }
    }
    faults
}

/// Looks at everything but the unit tests, which may read files and build runtimes.
fn code_faults(rule: &Rule, file: &File) -> Vec<Fault> {
    let tests = file.test_lines();
    let lines = file.code_lines().into_iter().filter(|(line, _)| !tests.contains(line));
    lines
        .filter_map(|(line, code)| {
            let word = words(&code).find(|word| rule.words.contains(word)).map(str::to_owned);
            let path = || rule.paths.iter().find(|path| code.contains(*path)).map(ToString::to_string);
            let found = word.or_else(path)?;
            Some(Fault::new(&file.path, line, format!("`{found}`: {}", rule.what)))
        })
        .collect()
}

fn manifest_faults(rule: &Rule, file: &File) -> Vec<Fault> {
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Fault::new(&file.path, 1, format!("not TOML: {error}"))],
    };
    let Some(dependencies) = manifest.get("dependencies").and_then(|table| table.as_table()) else {
        return Vec::new();
    };
    let banned =
        dependencies.keys().filter(|name| rule.dependencies.iter().any(|banned| is_of(banned, name)));
    banned
        .map(|name| {
            let line =
                file.lines().find(|(_, text)| text.starts_with(name.as_str())).map_or(1, |(line, _)| line);
            Fault::new(&file.path, line, format!("`{name}`: {}", rule.what))
        })
        .collect()
}

/// Whether a crate belongs to a family: `hyper` and `hyper-util` are of `hyper`.
fn is_of(family: &str, name: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[test]
fn the_outside_is_found_in_a_pure_crate() {
    let bad = [
        "use std::fs::File;",
        "use std::{fs, io};",
        "use std::net::TcpStream;",
        "let a = tokio::spawn(b);",
        "let now = std::time::Instant::now();",
        "let now = SystemTime::now();",
        "std::thread::sleep(a);",
    ];
    for (number, text) in (1..).zip(bad) {
        let file = File::new("crates/media/src/hls.rs", &format!("{}{text}\n", "\n".repeat(number - 1)));
        let lines: Vec<_> = check(&[file]).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [number], "{text}");
    }
}

#[test]
fn addresses_comments_tests_and_other_crates_are_left_alone() {
    let good = "use std::net::IpAddr;\n// std::fs\nlet a = \"tokio\";\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(check(&[File::new("crates/mapper/src/map.rs", good)]), []);
    assert_eq!(check(&[File::new("crates/edge/src/clock.rs", "Instant::now()")]), []);
    assert_eq!(check(&[File::new("crates/segment-cache/src/fill.rs", "use tokio::sync::Notify;")]), []);
}

#[test]
fn the_cache_knows_no_http_client_or_server() {
    assert_eq!(check(&[File::new("crates/segment-cache/src/fill.rs", "use hyper::body::Body;")]).len(), 1);
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nhttp = \"1\"\nhyper-util = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n";
    let faults = check(&[File::new("crates/segment-cache/Cargo.toml", manifest)]);
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5]);
}

#[test]
fn telemetry_has_files_and_nothing_else() {
    let path = "crates/telemetry/src/spool.rs";
    for bad in [
        "use std::net::TcpStream;",
        "use std::{fs, net};",
        "std::thread::spawn(a);",
        "let now = SystemTime::now();",
        "let now = time::OffsetDateTime::now_utc();",
        "let age = begun.elapsed();",
        "tokio::spawn(a);",
        "Command::new(a)",
    ] {
        assert_eq!(check(&[File::new(path, bad)]).len(), 1, "{bad}");
    }
    assert_eq!(check(&[File::new(path, "use std::fs::File;\nfn a(now: SystemTime, at: Instant) {}")]), []);
    assert_eq!(check(&[File::new("crates/telemetry/Cargo.toml", "[dependencies]\nhttpdate = \"1\"\n")]), []);
    for bad in ["hyper-util", "http", "http-body", "tokio", "rustls"] {
        let manifest = format!("[dependencies]\n{bad} = \"1\"\n");
        assert_eq!(check(&[File::new("crates/telemetry/Cargo.toml", &manifest)]).len(), 1, "{bad}");
    }
}

#[test]
fn dependencies_of_a_pure_crate_are_judged() {
    let manifest = "[dependencies]\ntokio.workspace = true\n";
    assert_eq!(check(&[File::new("crates/media/Cargo.toml", manifest)])[0].line, 2);
    assert_eq!(check(&[File::new("crates/media/Cargo.toml", "[dependencies")]).len(), 1);
}
