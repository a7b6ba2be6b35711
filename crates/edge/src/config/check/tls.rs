//! That what is said about TLS and certificates fits together.

use std::collections::HashSet;
use std::net::IpAddr;

use http::Uri;

use super::{Config, KeyFault, Step};
use crate::config::{Acme, Challenge};
use crate::tls::names::is_dns_name;

/// More certificates than any edge has, and names in one of them: each is looked at in every handshake's set-up, and has
/// a metric.
const MOST: usize = 100;

pub(super) fn faults(config: &Config, faults: &mut Vec<KeyFault>) {
    let tls = &config.tls;
    let mut fault = |key, message: String| faults.push(KeyFault::new(["tls", key], message));
    let has_acme = tls.acme.directory.is_some();
    if !tls.listen.is_empty() && tls.certificate.is_empty() && !has_acme {
        let message = "needs a certificate: `[[tls.certificate]]` with files, or `[tls.acme]`";
        fault("listen", message.into());
    }
    if tls.certificate.len() > MOST {
        fault("certificate", format!("names more than {MOST} certificates"));
    }
    let mut seen = HashSet::new();
    // Any free port is another one each time.
    for address in tls.listen.iter().filter(|address| address.port() != 0) {
        if !seen.insert(address) {
            fault("listen", format!("names {address} twice"));
        }
        if config.viewers.listen.contains(address) {
            fault(
                "listen",
                format!("{address} is in viewers.listen too: over TLS, or in the clear, not both"),
            );
        }
        if config.admin.listen == *address {
            fault("listen", format!("{address} is admin.listen too"));
        }
    }
    if has_acme {
        acme(config, faults);
    } else {
        in_vain(&tls.acme, faults);
    }
}

/// What says something of an account with nobody.
fn in_vain(acme: &Acme, faults: &mut Vec<KeyFault>) {
    for (key, is_set) in [
        ("names", !acme.names.is_empty()),
        ("contact", !acme.contact.is_empty()),
        ("hook", !acme.hook.is_empty()),
        ("folder", acme.folder.is_some()),
        ("ca-file", acme.ca_file.is_some()),
    ] {
        if is_set {
            faults.push(of_acme(key, "means nothing without tls.acme.directory".into()));
        }
    }
}

fn acme(config: &Config, faults: &mut Vec<KeyFault>) {
    let acme = &config.tls.acme;
    let mut fault = |key, message: &str| faults.push(of_acme(key, message.into()));
    if let Some(Err(wrong)) = acme.directory.as_deref().map(directory) {
        fault("directory", wrong);
    }
    if acme.names.is_empty() {
        fault("directory", "needs tls.acme.names: what the certificate is for");
    }
    if acme.names.len() > MOST {
        fault("names", "has more than 100 names");
    }
    if acme.folder.is_none() {
        fault("directory", "needs tls.acme.folder: account, key and certificate are kept there");
    }
    match (acme.challenge, acme.hook.first()) {
        (Challenge::Dns01, None) => {
            fault("challenge", "needs tls.acme.hook: a program that sets records in the DNS");
        }
        (Challenge::Dns01, Some(program)) if program.is_empty() => fault("hook", "names no program"),
        // A hook beside another challenge waits for the day when that is needed.
        _ => {}
    }
    if acme.challenge == Challenge::TlsAlpn01 && config.tls.listen.is_empty() {
        fault("challenge", "needs tls.listen: the authority asks there");
    }
    if acme.renew_before.get().is_zero() {
        fault("renew-before", "must be more than nothing");
    }
    let mut seen = HashSet::new();
    for (index, name) in acme.names.iter().enumerate() {
        let twice = (!seen.insert(name.to_ascii_lowercase())).then(|| format!("`{name}` stands here twice"));
        if let Some(message) = wrong_name(name, acme.challenge).or(twice) {
            faults.push(in_list("names", index, message));
        }
    }
    for (index, contact) in acme.contact.iter().enumerate() {
        let address = contact.strip_prefix("mailto:");
        if !address.is_some_and(|address| address.contains('@') && !address.contains(char::is_whitespace)) {
            let message = "must be an address such as `mailto:noc@example.com`".into();
            faults.push(in_list("contact", index, message));
        }
    }
}

/// Over TLS alone (RFC 8555 section 6.1): an authority decides who the edge is.
fn directory(url: &str) -> Result<(), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "is not a URL")?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        _ if host.is_empty() => Err("is not a URL with a host"),
        _ if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
            Err("must not carry a user or password")
        }
        Some("https") => Ok(()),
        _ => Err("must begin with `https://`"),
    }
}

fn wrong_name(name: &str, challenge: Challenge) -> Option<String> {
    let (is_wildcard, rest) = match name.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    if rest.parse::<IpAddr>().is_ok() {
        return Some(format!("`{name}` is an address; only names can be asked for"));
    }
    if !is_dns_name(rest) {
        return Some(format!("`{name}` is not a name such as `edge.office.example`"));
    }
    (is_wildcard && challenge != Challenge::Dns01)
        .then(|| format!("`{name}` leaves a label open, which only challenge = \"dns-01\" can show"))
}

fn of_acme(key: &'static str, message: String) -> KeyFault {
    KeyFault::new(["tls", "acme", key], message)
}

fn in_list(key: &'static str, index: usize, message: String) -> KeyFault {
    let path = vec![Step::Key("tls"), Step::Key("acme"), Step::Key(key), Step::Index(index)];
    KeyFault { path, message }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Certificate;

    /// The key of each fault.
    fn of(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::for_origin("http://a.example".parse().unwrap());
        config.tls.listen = vec!["127.0.0.1:8443".parse().unwrap()];
        config.tls.certificate = vec![Certificate { file: "a".into(), key_file: "b".into() }];
        change(&mut config);
        let mut found = Vec::new();
        faults(&config, &mut found);
        found.iter().map(KeyFault::key).collect()
    }

    fn of_acme(change: impl FnOnce(&mut Acme)) -> Vec<String> {
        of(|config| {
            config.tls.certificate.clear();
            config.tls.acme = Acme {
                directory: Some("https://acme.example/directory".into()),
                names: vec!["edge.office.example".into()],
                folder: Some("/var/lib/spokecast/acme".into()),
                ..Acme::default()
            };
            change(&mut config.tls.acme);
        })
    }

    #[test]
    fn who_listens_for_tls_has_a_certificate_and_an_address_of_its_own() {
        assert!(of(|_| {}).is_empty());
        assert_eq!(of(|config| config.tls.certificate.clear()), ["tls.listen"]);
        assert_eq!(of(|config| config.tls.listen.push(config.tls.listen[0])), ["tls.listen"]);
        assert_eq!(of(|config| config.viewers.listen.clone_from(&config.tls.listen)), ["tls.listen"]);
        assert_eq!(of(|config| config.admin.listen = config.tls.listen[0]), ["tls.listen"]);
        let free = "127.0.0.1:0".parse().unwrap();
        assert!(
            of(|config| {
                config.tls.listen = vec![free, free];
                config.viewers.listen = vec![free];
                config.admin.listen = free;
            })
            .is_empty()
        );
        let many = vec![Certificate { file: "a".into(), key_file: "b".into() }; 101];
        assert_eq!(of(|config| config.tls.certificate = many), ["tls.certificate"]);
    }

    #[test]
    fn keys_of_acme_fit_together() {
        assert!(of_acme(|_| {}).is_empty());
        assert_eq!(of_acme(|acme| acme.names.clear()), ["tls.acme.directory"]);
        assert_eq!(of_acme(|acme| acme.folder = None), ["tls.acme.directory"]);
        assert!(of_acme(|acme| acme.hook = vec!["/bin/true".into()]).is_empty());
        assert_eq!(of_acme(|acme| acme.challenge = Challenge::Dns01), ["tls.acme.challenge"]);
        let with_hook = |hook: &str| {
            of_acme(|acme| {
                acme.challenge = Challenge::Dns01;
                acme.hook = vec![hook.into()];
                acme.names.push("*.office.example".into());
            })
        };
        assert!(with_hook("/bin/true").is_empty());
        assert_eq!(with_hook(""), ["tls.acme.hook"]);
        assert_eq!(of_acme(|acme| acme.contact = vec!["noc@example.com".into()]), ["tls.acme.contact[0]"]);
        let zero = crate::config::Period::of(std::time::Duration::ZERO);
        assert_eq!(of_acme(|acme| acme.renew_before = zero), ["tls.acme.renew-before"]);
        let without = of(|config| {
            config.tls.listen.clear();
            config.tls.acme.names = vec!["a.example".into()];
            config.tls.acme.folder = Some("x".into());
        });
        assert_eq!(without, ["tls.acme.names", "tls.acme.folder"]);
        let unreachable = of(|config| {
            config.tls.listen.clear();
            config.tls.acme.directory = Some("https://acme.example".into());
            config.tls.acme.names = vec!["a.example".into()];
            config.tls.acme.folder = Some("x".into());
            config.tls.acme.challenge = Challenge::TlsAlpn01;
        });
        assert_eq!(unreachable, ["tls.acme.challenge"]);
    }

    #[test]
    fn names_are_names() {
        for bad in [
            "",
            "a..b",
            "-a.example",
            "a-.example",
            "10.0.0.1",
            "::1",
            "a_b.example",
            "a.*.b",
            "*.a.b",
            "a b",
        ] {
            let found = of_acme(|acme| acme.names = vec![bad.into()]);
            assert_eq!(found, ["tls.acme.names[0]"], "{bad}");
        }
        let twice = of_acme(|acme| acme.names = vec!["a.example".into(), "A.example".into()]);
        assert_eq!(twice, ["tls.acme.names[1]"]);
        for good in ["a", "xn--bcher-kva.example", "1.example", "a.b.c.d.e"] {
            assert!(of_acme(|acme| acme.names = vec![good.into()]).is_empty(), "{good}");
        }
    }

    #[test]
    fn an_authority_is_asked_over_tls() {
        for good in ["https://acme.example/directory", "https://10.0.0.1:14000/dir", "https://[::1]:1/"] {
            assert_eq!(directory(good), Ok(()), "{good}");
        }
        for bad in ["", "acme.example", "http://localhost/", "ftp://127.0.0.1/", "https://u:p@a/", "/dir"] {
            assert!(directory(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_written_there_is_too_much_to_judge(text in ".{0,300}") {
            let _judged = (directory(&text), wrong_name(&text, Challenge::Dns01));
        }
    }
}
