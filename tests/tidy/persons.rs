//! Where what leaves the site is made, nothing that is about a person has a name.
//!
//! The first of the proofs of what may leave: code that cannot say "address", "user" or "header of a viewer" can
//! pass none on. What is read is code alone, so a comment may say what is absent.

use super::Fault;
use super::rust_code::words;
use super::tree::File;

/// Code that may not name some things.
struct Rule {
    /// A file, or the beginning of the paths of several.
    places: &'static [&'static str],
    /// Types and functions that may not be named, whole.
    words: &'static [&'static str],
    /// What no part of a name may be, in lower case: `peer_addr` and `PeerAddr` have the parts `peer` and `addr`.
    parts: &'static [&'static str],
    what: &'static str,
}

/// Names of types that hold an address.
const ADDRESSES: [&str; 11] = [
    "Address",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
    "IpNet",
    "Asker",
    "Peer",
    "Location",
];

const RULES: [Rule; 4] = [
    Rule {
        places: &["crates/telemetry/src/"],
        words: &["HeaderMap", "HeaderName", "HeaderValue", "Location", "Asker", "Peer", "Request", "Query"],
        parts: &[
            "addr",
            "addrs",
            "address",
            "addresses",
            "ip",
            "host",
            "hostname",
            "uri",
            "url",
            "user",
            "users",
            "username",
            "cookie",
            "cookies",
            "session",
            "referer",
            "agent",
            "email",
        ],
        what: "what may leave is made here: entries, numbers of segments and sites, nothing about a person",
    },
    Rule {
        places: &["crates/edge/src/upstream.rs", "crates/edge/src/upstream/"],
        words: &[
            "HeaderMap",
            "Parts",
            "Asker",
            "Peer",
            "Address",
            "IpAddr",
            "Ipv4Addr",
            "Ipv6Addr",
            "SocketAddr",
        ],
        parts: &["cookie", "cookies", "user", "users", "viewer", "viewers", "ip"],
        what: "requests to origins are built from nothing: a viewer's request has no name here",
    },
    Rule {
        places: &["crates/edge/src/report.rs", "crates/edge/src/report/"],
        words: &["Parts", "HeaderMap", "Target", "Recorder", "Viewer"],
        parts: &["cookie", "cookies", "user", "users"],
        what: "reports are sent as they were counted: nothing of a request has a name here",
    },
    Rule {
        places: &[
            "crates/edge/src/tls/acme/client.rs",
            "crates/edge/src/tls/acme/order.rs",
            "crates/edge/src/tls/acme/hook.rs",
            "crates/edge/src/tls/acme/answers.rs",
        ],
        words: &["Parts", "Target", "Asker", "Peer", "Recorder", "Viewer", "IpAddr", "SocketAddr"],
        parts: &["cookie", "cookies", "user", "users", "viewer", "viewers"],
        what: "a certificate authority learns names, contact and keys: nothing of a viewer has a name here",
    },
];

/// Fields of requests to origins. A new one is a change of what leaves, and stands in `PRIVACY.md` first.
const FIELDS: [&str; 9] = [
    "ACCEPT_ENCODING",
    "CDN_LOOP",
    "CONTENT_TYPE",
    "HOST",
    "IF_MODIFIED_SINCE",
    "IF_NONE_MATCH",
    "IF_RANGE",
    "RANGE",
    "USER_AGENT",
];

/// Where these fields are put into a request.
const BUILDER: &str = "crates/edge/src/upstream/request.rs";

/// Where people read of them.
const PAGE: &str = "PRIVACY.md";

/// The one file that hands on something that a viewer wrote: the body of a method that an origin's rule passes on.
const PASS: &str = "crates/edge/src/pass.rs";

/// What opens connections to others.
const CONNECTS: [&str; 11] = [
    "HttpConnector",
    "legacy",
    // quinn's, whose endpoints can do both.
    "connect_with",
    "set_default_client_config",
    "UdpSocket",
    "UnixStream",
    "UnixDatagram",
    "ToSocketAddrs",
    "lookup_host",
    "reqwest",
    "ureq",
];

/// Where connections to others are opened: to origins, to edges of the map, to the collector, to the certificate authority.
const DOORS: [&str; 6] = [
    "crates/edge/src/upstream/client.rs",
    "crates/edge/src/upstream/connection.rs",
    "crates/edge/src/redirect/checks.rs",
    "crates/edge/src/report.rs",
    "crates/edge/src/report/",
    "crates/edge/src/tls/acme/client.rs",
];

/// Where viewers are listened to over UDP, whose sockets are not told apart by their type.
const LISTENER: &str = "crates/edge/src/serve/quic/sockets.rs";

/// Crates that serve viewers; the demo asks its own edge, and xtask runs on a developer's machine.
const SERVERS: [&str; 6] = ["control", "edge", "mapper", "media", "segment-cache", "telemetry"];

pub(super) fn check(files: &[File]) -> Vec<Fault> {
    let rust = || files.iter().filter(|file| file.is_rust());
    let mut faults = Vec::new();
    for rule in &RULES {
        for file in rust().filter(|file| is_in(&file.path, rule.places)) {
            faults.extend(named(file, rule));
        }
    }
    for file in rust().filter(|file| file.path.starts_with("crates/edge/src/")) {
        faults.extend(handed_on(file));
    }
    faults.extend(rust().filter(|file| file.path == BUILDER).flat_map(other_fields));
    faults.extend(files.iter().filter(|file| file.path == PAGE).flat_map(left_out));
    faults.extend(rust().filter(|file| file.path == PASS).flat_map(more_than_the_media_type));
    for file in rust().filter(|file| is_a_servers(&file.path) && !is_in(&file.path, &DOORS)) {
        faults.extend(doors(file));
    }
    faults
}

/// The files that the rules are about are there: a rule about a file that was renamed finds nothing any more.
pub(super) fn are_there(files: &[File]) -> Vec<Fault> {
    let sources = ["crates/telemetry/src/lib.rs", "crates/edge/src/upstream.rs", "crates/edge/src/report.rs"];
    let places = sources.into_iter().chain([BUILDER, PASS, PAGE, LISTENER]);
    let gone = places.filter(|place| !files.iter().any(|file| file.path == *place));
    gone.map(|place| Fault::new(place, 1, "gone: tell tests/tidy/persons.rs where its code is now")).collect()
}

fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| if place.ends_with('/') { path.starts_with(place) } else { path == *place })
}

fn is_a_servers(path: &str) -> bool {
    SERVERS.iter().any(|name| path.starts_with(&format!("crates/{name}/src/")))
}

/// Lines of code that are no tests.
fn code(file: &File) -> impl Iterator<Item = (usize, String)> {
    let tests = file.test_lines();
    file.code_lines().into_iter().filter(move |(line, _)| !tests.contains(line))
}

fn named(file: &File, rule: &Rule) -> Vec<Fault> {
    let is_banned = |word: &str| {
        rule.words.contains(&word)
            || (rule.parts.contains(&"addr") && ADDRESSES.contains(&word))
            || parts(word).iter().any(|part| rule.parts.contains(&part.as_str()))
    };
    let found = code(file).filter_map(|(line, code)| {
        let word = words(&code).find(|word| is_banned(word) && !is_known(word))?.to_owned();
        Some(Fault::new(&file.path, line, format!("`{word}`: {}", rule.what)))
    });
    found.collect()
}

/// The name of a field that the edge fills with a constant of its own.
fn is_known(word: &str) -> bool {
    word == "USER_AGENT"
}

/// The parts of a name, in lower case: `UserAgent`, `user_agent` and `USER_AGENT` have the same two.
fn parts(word: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = '_';
    for letter in word.chars() {
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if letter == '_' || begins {
            parts.push(String::new());
        }
        if letter != '_' {
            parts.last_mut().expect("it begins with one").extend(letter.to_lowercase());
        }
        before = letter;
    }
    parts
}

/// A request with something of a viewer in it is made in one file alone.
fn handed_on(file: &File) -> Vec<Fault> {
    let what = "a request with a viewer's body: only pass.rs makes one, where an origin's rule says so";
    let elsewhere = code(file).filter(|(_, code)| {
        let calls = code.contains("Ask::to_do") || code.contains("to_do(") && !code.contains("fn to_do(");
        calls && file.path != PASS
    });
    elsewhere.map(|(line, _)| Fault::new(&file.path, line, what)).collect()
}

/// Names of fields that are on no list. Constants and fields are written in capitals, types are not.
fn other_fields(file: &File) -> Vec<Fault> {
    let is_constant = |word: &&str| {
        word.len() > 1
            && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
            && word.chars().any(|letter| letter.is_ascii_uppercase())
    };
    // Methods, and what the compiler tells.
    let others = ["HEAD", "CARGO_PKG_VERSION"];
    let mut faults = Vec::new();
    let mut made = 0;
    for (line, code) in code(file) {
        let field =
            words(&code).filter(is_constant).find(|word| !FIELDS.contains(word) && !others.contains(word));
        let what = "a field that requests to origins do not have: PRIVACY.md and this rule first";
        faults.extend(field.map(|field| Fault::new(&file.path, line, format!("`{field}`: {what}"))));
        made += usize::from(code.contains("HeaderName::"));
        if code.contains("HeaderName::") && made > 1 {
            faults.push(Fault::new(&file.path, line, format!("a name that is made here: {what}")));
        }
    }
    faults
}

/// Fields of requests to origins that the page for people does not name.
fn left_out(page: &File) -> Vec<Fault> {
    let text = page.text.to_lowercase();
    let names = FIELDS.map(|field| field.to_lowercase().replace('_', "-"));
    let left_out = names.into_iter().filter(|name| !text.contains(&format!("`{name}`")));
    left_out.map(|name| Fault::new(&page.path, 1, format!("`{name}` goes to origins: say so"))).collect()
}

/// Of a request that is passed on, the fields are looked at in one place, for the media type.
fn more_than_the_media_type(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, code) in code(file) {
        let looks =
            code.contains("request.headers") || code.contains("request.uri") || code.contains("extensions");
        if looks && !code.contains("request.headers.get(CONTENT_TYPE)") {
            let what = "of a viewer's request body, method and media type are passed on, and nothing else";
            faults.push(Fault::new(&file.path, line, what));
        }
    }
    faults
}

/// Ways to others outside of the files that may have one.
fn doors(file: &File) -> Vec<Fault> {
    let what = "a way out of the site: connections to others are opened in upstream/, redirect/checks.rs, report/ and tls/acme/client.rs";
    let found = code(file).filter_map(|(line, code)| {
        let listens = |word: &&str| file.path == LISTENER && *word == "UdpSocket";
        let word = words(&code).find(|word| CONNECTS.contains(word) && !listens(word)).map(str::to_owned);
        let call = || code.contains("TcpStream::connect").then(|| "TcpStream::connect".to_owned());
        let found = word.or_else(call)?;
        Some(Fault::new(&file.path, line, format!("`{found}`: {what}")))
    });
    found.collect()
}

#[cfg(test)]
fn lines(path: &str, text: &str) -> Vec<usize> {
    check(&[File::new(path, text)]).iter().map(|fault| fault.line).collect()
}

#[test]
fn names_have_parts() {
    for name in ["user_agent", "UserAgent", "USER_AGENT", "userAgent"] {
        assert_eq!(parts(name), ["user", "agent"], "{name}");
    }
    assert_eq!(parts("zip"), ["zip"]);
    assert_eq!(parts("v4Addr"), ["v4", "addr"]);
}

#[test]
fn a_person_in_the_telemetry_crate_is_found() {
    for bad in [
        "use std::net::IpAddr;",
        "use std::net::{Ipv4Addr, Ipv6Addr};",
        "fn a(b: SocketAddr) {}",
        "fn a(viewer: mapper::Address) {}",
        "fn a(uri: &http::Uri) {}",
        "fn a(b: Url) {}",
        "fn a(b: &HeaderMap) {}",
        "struct A { user: String }",
        "struct A { user_id: u64 }",
        "let cookie = 1;",
        "let peer_addr = 1;",
        "struct SessionId(u64);",
    ] {
        assert_eq!(lines("crates/telemetry/src/viewers.rs", &format!("fn a() {{}}\n{bad}\n")), [2], "{bad}");
    }
    let good = "// an IpAddr, a user, a cookie\n\
                let field = \"user-agent\";\n\
                struct Viewers; // of a user\n\
                let (zip, described, addition, family) = (1, 2, 3, 4);\n\
                #[cfg(test)]\nmod tests {\n    use std::net::IpAddr;\n}\n";
    assert_eq!(lines("crates/telemetry/src/viewers.rs", good), [0; 0]);
    assert_eq!(lines("crates/telemetry/src/viewers/tests.rs", "use std::net::IpAddr;"), [0; 0]);
    assert_eq!(lines("crates/edge/src/asker.rs", "use std::net::IpAddr;"), [0; 0]);
}

#[test]
fn a_viewers_request_before_the_origin_is_found() {
    for bad in [
        "pub(crate) fn of(headers: &HeaderMap) -> Self {",
        "use http::request::Parts;",
        "fn ask(&self, asker: Asker) {",
        "let address: mapper::Address = a;",
        "fn a(cookie: HeaderValue) {}",
        "fn a(viewer: u8) {}",
        "let client_ip = 1;",
    ] {
        for path in ["crates/edge/src/upstream.rs", "crates/edge/src/upstream/queue.rs", BUILDER] {
            assert_eq!(lines(path, bad), [1], "{bad}");
        }
    }
    assert_eq!(lines(BUILDER, "headers.insert(HOST, host);\nheaders.insert(AUTHORIZATION, a);"), [2]);
    let names = "const A: HeaderName = HeaderName::from_static(x);\n";
    assert_eq!(lines(BUILDER, &names.replace("A:", "CDN_LOOP:").repeat(2)), [2]);
    assert_eq!(lines("crates/edge/src/fill.rs", "let ask = Ask::to_do(a, b, c);"), [1]);
    assert_eq!(lines(PASS, "let ask = Ask::to_do(a, b, c);"), [0; 0]);
    assert_eq!(
        lines(PASS, "let a = request.headers.get(CONTENT_TYPE);\nlet b = request.headers.clone();"),
        [2]
    );
    assert_eq!(lines(BUILDER, "headers.insert(USER_AGENT, ours);"), [0; 0]);
}

#[test]
fn a_request_beside_the_sender_of_reports_is_found() {
    for bad in [
        "use http::request::Parts;",
        "fn a(viewer: Viewer<'_>) {}",
        "let a: &HeaderMap = b;",
        "let user = 1;",
    ] {
        assert_eq!(lines("crates/edge/src/report.rs", bad), [1], "{bad}");
        assert_eq!(lines("crates/edge/src/report/sender.rs", bad), [1], "{bad}");
        assert_eq!(lines("crates/edge/src/respond.rs", bad), [0; 0], "{bad}");
    }
}

#[test]
fn a_new_way_out_is_found() {
    for bad in [
        "use hyper_util::client::legacy::Client;",
        "let a = tokio::net::TcpStream::connect(b).await;",
        "let a = std::net::UdpSocket::bind(b);",
        "let a = tokio::net::lookup_host(b);",
    ] {
        assert_eq!(lines("crates/edge/src/segment.rs", bad), [1], "{bad}");
        assert_eq!(lines("crates/media/src/hls.rs", bad), [1], "{bad}");
        assert_eq!(lines("crates/edge/src/redirect/checks.rs", bad), [0; 0], "{bad}");
        assert_eq!(lines("crates/edge/src/report/sender.rs", bad), [0; 0], "{bad}");
        assert_eq!(lines("crates/edge/src/tls/acme/client.rs", bad), [0; 0], "{bad}");
        assert_eq!(lines("crates/edge/src/tls/acme/order.rs", bad), [1], "{bad}");
    }
    assert_eq!(lines(LISTENER, "use std::net::UdpSocket;\nlet a = lookup_host(b);"), [2]);
    assert_eq!(lines("crates/edge/src/serve/quic.rs", "let a = endpoint.connect_with(b, c, d);"), [1]);
    assert_eq!(
        lines("crates/edge/src/serve/listen.rs", "use tokio::net::{TcpListener, TcpSocket, TcpStream};"),
        [0; 0]
    );
}

#[test]
fn a_field_that_people_do_not_read_of_is_found() {
    let names = FIELDS.map(|field| format!("`{}`", field.to_lowercase().replace('_', "-")));
    let all = names.join(" ");
    assert_eq!(lines(PAGE, &all), [0; 0]);
    assert_eq!(lines(PAGE, &all.replace("`range`", "")), [1]);
}

#[test]
fn a_file_that_moved_is_missed() {
    assert_eq!(are_there(&[]).len(), 7);
}
