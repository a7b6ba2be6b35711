//! That what is said about certificates by ACME fits together.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use super::{Config, KeyFault, Step};
use crate::config::Challenge;

/// More names than any authority takes in one certificate.
const MOST_NAMES: usize = 100;

pub(super) fn faults(config: &Config, faults: &mut Vec<KeyFault>) {
    let acme = &config.tls.acme;
    let mut fault = |key, message: &str| faults.push(KeyFault::new(["tls", "acme", key], message.to_owned()));
    let Some(directory) = &acme.directory else {
        for (key, is_set) in [
            ("names", !acme.names.is_empty()),
            ("contact", !acme.contact.is_empty()),
            ("hook", !acme.hook.is_empty()),
            ("folder", acme.folder.is_some()),
            ("ca-file", acme.ca_file.is_some()),
        ] {
            if is_set {
                fault(key, "means nothing without tls.acme.directory");
            }
        }
        return;
    };
    if !is_directory(directory) {
        fault("directory", "must be a URL that begins with `https://`, without a user's name");
    }
    if acme.folder.is_none() {
        fault("folder", "is missing: account, key and certificate are kept there");
    }
    if acme.names.is_empty() {
        fault("names", "is missing: write the names that the certificate is for");
    }
    if acme.names.len() > MOST_NAMES {
        fault("names", &format!("are more than {MOST_NAMES}"));
    }
    if config.tls.listen.is_empty() {
        fault("directory", "needs tls.listen: a certificate is of no use where nobody is served over TLS");
    }
    match (acme.challenge, acme.hook.first().map(String::as_str)) {
        (Challenge::Dns01, None) => fault("hook", "is missing: with `dns-01` it sets the records"),
        (Challenge::Dns01, Some("")) => fault("hook", "must begin with the name of a program"),
        (Challenge::Http01 | Challenge::TlsAlpn01, Some(_)) => {
            fault("hook", "means nothing without `dns-01` as tls.acme.challenge");
        }
        _ => {}
    }
    if acme.renew_before.get() < Duration::from_hours(1) {
        fault("renew-before", "must be at least 1h");
    }
    let mut known = HashSet::new();
    for (index, name) in acme.names.iter().enumerate() {
        let message = if !is_name(name) {
            format!("`{name}` is no DNS name (letters, digits, `-` and `.`; other scripts as `xn--`)")
        } else if name.starts_with("*.") && acme.challenge != Challenge::Dns01 {
            format!("`{name}` leaves a label open, which authorities certify by `dns-01` alone")
        } else if !known.insert(name.to_ascii_lowercase()) {
            format!("`{name}` stands there twice")
        } else {
            continue;
        };
        faults.push(element("names", index, message));
    }
    for (index, contact) in acme.contact.iter().enumerate().filter(|(_, contact)| !is_contact(contact)) {
        let message = format!("`{contact}` is no URL, such as `mailto:noc@example.com`");
        faults.push(element("contact", index, message));
    }
}

fn element(key: &'static str, index: usize, message: String) -> KeyFault {
    let path = vec![Step::Key("tls"), Step::Key("acme"), Step::Key(key), Step::Index(index)];
    KeyFault { path, message }
}

fn is_directory(directory: &str) -> bool {
    let uri = directory.parse::<http::Uri>().ok();
    let authority =
        uri.filter(|uri| uri.scheme_str() == Some("https")).and_then(|uri| uri.into_parts().authority);
    authority.is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
}

/// A name as it stands in a certificate (RFC 5280 section 4.2.1.6).
fn is_name(name: &str) -> bool {
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && labels.split('.').all(is_label) && labels.parse::<IpAddr>().is_err()
}

fn is_contact(contact: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    contact.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
        && contact.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OriginUrl;

    /// What is said of a configuration whose file has these lines in `[tls.acme]`.
    fn found(acme: &str) -> Vec<String> {
        let text = format!(
            "[tls]\nlisten = [\"127.0.0.1:8443\"]\n[tls.acme]\n{acme}\n[[origin]]\nurl = \"http://127.0.0.1\"\n"
        );
        let faults = Config::parse("edge.toml", &text).err();
        faults.map_or_else(Vec::new, |faults| {
            faults.as_slice().iter().map(|fault| format!("{:?} {}", fault.line, fault.message)).collect()
        })
    }

    const GOOD: &str = "directory = \"https://ca.test/dir\"\nfolder = \"/x\"\nnames = [\"a.example\"]";

    #[test]
    fn what_fits_together_passes() {
        assert_eq!(found(""), [""; 0]);
        assert_eq!(found(GOOD), [""; 0]);
        let dns = "challenge = \"dns-01\"\nhook = [\"/bin/true\", \"\"]\ncontact = [\"mailto:a@b.example\"]";
        assert_eq!(found(&format!("{}\n{dns}", GOOD.replace("a.ex", "*.Ex"))), [""; 0]);
    }

    #[test]
    fn each_fault_is_told_at_its_place() {
        for (change, key) in [
            (("https://ca", "http://ca"), "https://"),
            (("https://ca", "https://u:p@ca"), "https://"),
            (("https://ca.test/dir", "x y"), "https://"),
            (("folder = \"/x\"", ""), "folder"),
            (("[\"a.example\"]", "[]"), "names"),
            (("[\"a.example\"]", "[\"a.example\", \"A.example\"]"), "twice"),
            (("a.example", "*.example"), "dns-01"),
            (("a.example", "10.0.0.1"), "no DNS name"),
            (("a.example", "-a.example"), "no DNS name"),
            (("a.example", "a..example"), "no DNS name"),
            (("a.example", "a_b.example"), "no DNS name"),
            (("a.example", "a.*.example"), "no DNS name"),
            (("folder", "hook = [\"x\"]\nfolder"), "hook"),
            (("folder", "challenge = \"dns-01\"\nfolder"), "hook"),
            (("folder", "challenge = \"dns-01\"\nhook = [\"\"]\nfolder"), "hook"),
            (("folder", "contact = [\"noc@example.com\"]\nfolder"), "mailto"),
            (("folder", "contact = [\"mailto:a b\"]\nfolder"), "mailto"),
            (("folder", "renew-before = \"59m\"\nfolder"), "1h"),
            (("directory = \"https://ca.test/dir\"\n", ""), "tls.acme.directory"),
        ] {
            let text = GOOD.replacen(change.0, change.1, 1);
            let found = found(&text);
            assert!(!found.is_empty() && found.iter().any(|fault| fault.contains(key)), "{text}: {found:?}");
            assert!(found.iter().all(|fault| fault.starts_with("Some(")), "{text}: {found:?}");
        }
    }

    #[test]
    fn nobody_needs_a_certificate_without_a_listener() {
        let mut config = Config::for_origin("http://127.0.0.1".parse::<OriginUrl>().unwrap());
        config.tls.acme.directory = Some("https://ca.example".into());
        config.tls.acme.folder = Some("/x".into());
        config.tls.acme.names = (0..=MOST_NAMES).map(|number| format!("n{number}.example")).collect();
        let text = config.check().unwrap_err().to_string();
        assert!(text.contains("tls.listen") && text.contains("more than 100"), "{text}");
    }
}
