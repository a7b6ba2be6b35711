//! From a path to what a browser gets for it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::embedded::{self, File};

const INDEX: &str = "index.html";
const ASSETS: &str = "assets/";

/// A page that Vite builds into a folder of its own.
#[derive(Clone, Copy, Debug)]
struct Built {
    /// Its folder below `dist`.
    folder: &'static str,
    /// What people call it.
    name: &'static str,
    /// What works without it.
    without: &'static str,
    policy: &'static str,
}

const WATCH: Built = Built {
    folder: "watch",
    name: "watch page",
    without: "The edge itself works: players can use its streams.",
    policy: POLICY,
};

const SELF_TEST: Built = Built {
    folder: "self-test",
    name: "self-test page",
    without: "What the edge sees of this connection stands at <code>/self-test.json</code>.",
    policy: POLICY,
};

const TELEMETRY: Built = Built {
    folder: "telemetry",
    name: "page of what is watched here",
    without: "Its figures stand at <code>/telemetry.json</code>.",
    policy: POLICY_FOR_OPERATORS,
};

const SENT: Built = Built {
    folder: "sent",
    name: "page of what left this site",
    without: "What left stands at <code>/telemetry/sent.jsonl</code>, byte for byte.",
    policy: POLICY_FOR_OPERATORS,
};

/// No inline script or style, no evaluation of text as code, no other host. `blob:` is how Media Source Extensions
/// hand a stream to the video element.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'";

/// The same without media, workers and frames. It also keeps the scripts themselves from turning text into markup
/// (Trusted Types): what these pages show came from viewers' URLs in part.
const POLICY_FOR_OPERATORS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Places that a policy names one by one; of more it names the schemes alone, and stays short.
const MOST_SOURCES: usize = 64;

/// One file of a page, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The whole file, without content coding.
    pub body: Cow<'static, [u8]>,
    /// The value for `Content-Type` (RFC 9110, section 8.3).
    pub content_type: &'static str,
    /// Whether the content under this path never changes, so that it may be kept for a year (RFC 8246).
    pub immutable: bool,
    /// A strong entity tag with its quotes (RFC 9110, section 8.8.3), from the hash of the body.
    pub etag: String,
    /// The value for `Content-Security-Policy`.
    pub policy: &'static str,
}

/// The file at `path` below `/watch/`; `""` is the page itself. `None` when there is no such file.
///
/// `path` is compared as it is, so it has to be percent-decoded and without query; names of built files need no
/// escapes. A binary without built pages has the page alone, which then says how to build it.
pub fn watch(path: &str) -> Option<Page> {
    WATCH.page(path, embedded::file)
}

/// The file at `path` below `/self-test/`, as [`watch`] has those below `/watch/`.
pub fn self_test(path: &str) -> Option<Page> {
    SELF_TEST.page(path, embedded::file)
}

/// The file at `path` below `/telemetry/`, the operators' page of what is watched, as [`watch`] has those of its own.
pub fn telemetry(path: &str) -> Option<Page> {
    TELEMETRY.page(path, embedded::file)
}

/// The file at `path` below `/telemetry/sent/`, the operators' page of what left the site, as [`watch`] has those of
/// its own.
pub fn sent(path: &str) -> Option<Page> {
    SENT.page(path, embedded::file)
}

/// The value for `Content-Security-Policy` that every answer with a page for viewers or a part of one should carry.
pub fn content_security_policy() -> &'static str {
    POLICY
}

/// The same for a page whose streams may lead to `places` too: base URLs, without a slash at the end. Media and
/// manifests may come from there, and nothing else.
pub fn policy_for_streams_at<'p>(places: impl IntoIterator<Item = &'p str>) -> String {
    let mut sources: Vec<&str> = places.into_iter().map(source).collect();
    sources.sort_unstable();
    sources.dedup();
    if sources.len() > MOST_SOURCES {
        sources = vec!["http:", "https:"];
    }
    let sources: String = sources.iter().flat_map(|source| [" ", source]).collect();
    let directives = POLICY.split("; ").map(|directive| {
        let is_theirs = ["media-src ", "connect-src "].iter().any(|name| directive.starts_with(name));
        format!("{directive}{}", if is_theirs { sources.as_str() } else { "" })
    });
    directives.collect::<Vec<_>>().join("; ")
}

/// What a policy calls a place. It has no word for addresses of IPv6 (Content Security Policy Level 3, section 2.3.1), nor
/// for what else is no plain name: for those stands their scheme.
fn source(place: &str) -> &str {
    let (scheme, authority) = place.split_once("://").unwrap_or(("https", ""));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    match scheme {
        _ if !authority.is_empty() && authority.bytes().all(is_plain) => place,
        "http" => "http:",
        _ => "https:",
    }
}

impl Built {
    fn page(self, path: &str, file: impl Fn(&str) -> Option<File>) -> Option<Page> {
        let path = if path.is_empty() { INDEX } else { path };
        match file(&format!("{}/{path}", self.folder)) {
            Some(File { body, hash }) => Some(Page {
                body,
                content_type: content_type(path),
                immutable: path.starts_with(ASSETS),
                etag: entity_tag(&hash),
                policy: self.policy,
            }),
            None if path == INDEX => Some(Page {
                body: Cow::Owned(self.unbuilt().into_bytes()),
                content_type: content_type(INDEX),
                immutable: false,
                etag: "\"unbuilt\"".to_owned(),
                policy: self.policy,
            }),
            None => None,
        }
    }

    /// Stands in for the page in a binary that was built without Node. It keeps to the policy above: no style.
    fn unbuilt(self) -> String {
        let Self { name, without, .. } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
            <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
            <meta name=\"color-scheme\" content=\"light dark\">\n<title>Spokecast</title>\n\
            <main>\n<h1>The {name} is not part of this build</h1>\n\
            <p>{without} To get the page, run <code>cargo xtask ui</code>\n\
            and build again.</p>\n</main>\n</html>\n"
        )
    }
}

/// Half of the hash is more than enough to tell two versions of a file apart.
fn entity_tag(hash: &[u8; 32]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Browsers run a module script only under a JavaScript type, so the few endings that Vite writes are named here.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Built; 4] = [WATCH, SELF_TEST, TELEMETRY, SENT];
    /// Where the edge has them.
    const PATHS: [&str; 4] = ["/watch", "/self-test", "/telemetry", "/telemetry/sent"];

    fn with_pages(path: &str) -> Option<File> {
        let (body, hash) = match path {
            "watch/index.html" => (&b"<p>page"[..], [0xab; 32]),
            "watch/assets/index-x1.js" => (&b"play()"[..], [0x01; 32]),
            "watch/assets/index-x1.css" | "watch/licences.txt" | "watch/assets/odd" => {
                (&b"text"[..], [0x02; 32])
            }
            _ => return None,
        };
        Some(File { body: Cow::Borrowed(body), hash })
    }

    fn without_pages(_path: &str) -> Option<File> {
        None
    }

    #[test]
    fn the_empty_path_is_the_page() {
        let page = WATCH.page("", with_pages).unwrap();
        assert_eq!(page.body.as_ref(), b"<p>page");
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert_eq!(page.etag, "\"abababababababababababababababab\"");
        assert_eq!(WATCH.page("index.html", with_pages), Some(page));
    }

    #[test]
    fn a_page_has_the_files_of_its_own_folder_alone() {
        assert!(WATCH.page("assets/index-x1.js", with_pages).is_some());
        assert_eq!(SELF_TEST.page("assets/index-x1.js", with_pages), None);
        assert_eq!(SELF_TEST.page("", with_pages).unwrap().etag, "\"unbuilt\"");
    }

    #[test]
    fn only_names_with_a_hash_never_change() {
        let immutable = |path| WATCH.page(path, with_pages).unwrap().immutable;
        assert!(immutable("assets/index-x1.js"));
        assert!(!immutable(""));
        assert!(!immutable("licences.txt"));
    }

    #[test]
    fn the_ending_gives_the_type() {
        let content_type = |path| WATCH.page(path, with_pages).unwrap().content_type;
        assert_eq!(content_type("assets/index-x1.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/index-x1.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("licences.txt"), "text/plain; charset=utf-8");
        assert_eq!(content_type("assets/odd"), "application/octet-stream");
    }

    #[test]
    fn what_is_not_there_is_none() {
        for path in [
            "assets/other.js",
            "../Cargo.toml",
            "assets/",
            "/index.html",
            "assets/../index.html",
            "../watch/index.html",
            "../self-test/index.html",
        ] {
            assert_eq!(WATCH.page(path, with_pages), None, "{path}");
            for page in [watch, self_test, telemetry, sent] {
                assert_eq!(page(path), None, "{path}");
            }
        }
    }

    #[test]
    fn without_built_pages_each_says_how_to_build_them() {
        for built in ALL {
            let page = built.page("", without_pages).unwrap();
            let text = std::str::from_utf8(&page.body).unwrap();
            assert!(text.contains("cargo xtask ui") && text.contains(built.name), "{text}");
            // The policy forbids what is inline, and nothing else can be loaded.
            for forbidden in ["<style", "<script", "style=", "src=", "href="] {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
            assert!(!page.immutable);
            assert_eq!(built.page("assets/index-x1.js", without_pages), None);
        }
    }

    #[test]
    fn the_embedded_pages_and_their_assets_agree() {
        for (built, path) in ALL.into_iter().zip(PATHS) {
            let page = built.page("", embedded::file).unwrap();
            let text = std::str::from_utf8(&page.body).unwrap();
            let below = format!("{path}/");
            let is_built = page.etag != "\"unbuilt\"";
            assert_eq!(is_built, text.contains(&format!("{below}{ASSETS}")), "{below}");
            let assets = text.split('"').filter_map(|part| part.strip_prefix(below.as_str()));
            for asset in assets.filter(|part| part.starts_with(ASSETS)) {
                let found = built.page(asset, embedded::file);
                let found = found.unwrap_or_else(|| panic!("{asset} is named by the page"));
                assert!(found.immutable && !found.body.is_empty(), "{asset}");
            }
        }
    }

    #[test]
    fn the_policy_admits_no_other_host_and_nothing_inline() {
        for policy in ALL.map(|built| built.policy) {
            assert!(policy.starts_with("default-src 'none'; "));
            for forbidden in ["unsafe", "http", "*", "\n", "  "] {
                assert!(!policy.contains(forbidden), "{forbidden}");
            }
        }
        assert_eq!(content_security_policy(), WATCH.policy);
    }

    #[test]
    fn streams_may_come_from_other_places_and_nothing_else_may() {
        let directives = |policy: &str| policy.split("; ").map(str::to_owned).collect::<Vec<_>>();
        let policy = policy_for_streams_at([
            "http://munich.example:8080",
            "https://cdn.example",
            "http://munich.example:8080",
            "http://[2001:db8::1]:8080",
        ]);
        let places = " http: http://munich.example:8080 https://cdn.example";
        for (one, with) in directives(POLICY).iter().zip(directives(&policy)) {
            let is_theirs = one.starts_with("media-src") || one.starts_with("connect-src");
            assert_eq!(with, format!("{one}{}", if is_theirs { places } else { "" }));
        }
        assert_eq!(policy_for_streams_at([]), POLICY);
    }

    #[test]
    fn a_place_writes_no_directive_and_many_places_are_short() {
        for odd in ["http://a;script-src *", "http://a'b", "http://a,b", "http://", "http://a/b"] {
            assert_eq!(source(odd), "http:", "{odd}");
        }
        let many: Vec<_> = (0..1000).map(|number| format!("http://edge-{number}.example")).collect();
        let policy = policy_for_streams_at(many.iter().map(String::as_str));
        assert!(
            policy.len() < 2 * POLICY.len() && policy.contains("connect-src 'self' http: https:;"),
            "{policy}"
        );
    }
}
