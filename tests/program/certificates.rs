//! `spokecast cert`, and an edge whose certificates change in their files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use edge::Clock;
use serde_json::Value;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use super::{ANY, SEGMENT};
use crate::certificates::authority::{Authority, Files};
use crate::certificates::visitor::Visitor;
use crate::world::Origin;
use crate::world::origin::ok;
use crate::world::program::{Ended, Program};

const DAY: Duration = Duration::from_hours(24);

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

async fn show(arguments: &[&str]) -> (Ended, Value) {
    let ended = Program::run(&[&["cert", "show", "--json"], arguments].concat()).await;
    let json: Value = serde_json::from_str(&ended.output).unwrap_or_default();
    let one = json["certificates"][0].clone();
    (ended, one)
}

#[tokio::test]
async fn a_request_is_for_its_names_and_its_key_stays_with_its_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let (key, out) = (folder.path().join("edge.key"), folder.path().join("edge.csr"));
    let names = ["--name", "Edge.example", "--name", "*.edge.example", "--name", "10.0.0.7"];
    let request = [&["cert", "request", "--key", text(&key)][..], &names].concat();
    let made = Program::run(&request).await;
    assert_eq!((made.code, made.log.as_str()), (Some(0), ""));
    assert_eq!(fs::metadata(&key).expect("a key").permissions().mode() & 0o7777, 0o600);
    let secret = fs::read_to_string(&key).expect("text");
    assert!(secret.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(!made.output.contains("PRIVATE"));
    let names = names_asked_for(&made.output);
    let [open, whole, address] = &names[..] else { panic!("{names:?}") };
    assert_eq!((open.as_str(), whole.as_str()), ("DNSName(*.edge.example)", "DNSName(edge.example)"));
    assert_eq!(address, "IPAddress(0a:00:00:07)");

    // The file is there: it stays as it is, and nothing else is made.
    let again = Program::run(&[&request[..], &["--out", text(&out)]].concat()).await;
    assert_eq!(again.code, Some(1));
    assert!(again.one_line().contains("edge.key: is there already"), "{}", again.log);
    assert_eq!((fs::read_to_string(&key).expect("text"), out.exists()), (secret, false));

    let other = folder.path().join("other.key");
    let request =
        ["cert", "request", "--json", "--name", "a.example", "--key", text(&other), "--out", text(&out)];
    let made = Program::run(&request).await;
    let json: Value = serde_json::from_str(&made.output).expect("JSON");
    assert_eq!(json["names"], serde_json::json!(["a.example"]));
    assert_eq!(json["request"], fs::read_to_string(&out).expect("text"));
    for wrong in ["", "a b", "-a.example", "a.*.example"] {
        let ended = Program::run(&["cert", "request", "--name", wrong, "--key", "x"]).await;
        assert_eq!(ended.code, Some(2), "{wrong}: {}", ended.log);
    }
}

/// The names in a request whose signature is of the key in it, in order.
fn names_asked_for(pem: &str) -> Vec<String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("PEM");
    let (_, request) = X509CertificationRequest::from_der(&pem.contents).expect("a request");
    let info = &request.certification_request_info;
    let key = &info.subject_pki.subject_public_key.data;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(info.raw, &request.signature_value.data)
        .expect("signed by the key in it");
    let mut names: Vec<_> = request
        .requested_extensions()
        .expect("extensions")
        .filter_map(|extension| match extension {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
        .flatten()
        .map(ToString::to_string)
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_stands_in_a_file_is_shown_and_what_ends_is_a_fault() {
    let (authority, files) = (Authority::new("Office CA"), Files::new());
    let now = Clock::system().wall();
    let put = |name, begins, life| files.put(name, &authority.certify_for(&["edge.example"], begins, life));
    let good = put("good", now - DAY, 91 * DAY);
    let ca_file = files.write("ca.pem", &authority.pem());
    let (ended, shown) =
        show(&[text(&good.file), "--key", text(&good.key_file), "--ca-file", text(&ca_file)]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert_eq!(shown["names"], serde_json::json!(["edge.example"]));
    assert!(shown["issuer"].as_str().is_some_and(|issuer| issuer.contains("Office CA")), "{shown}");
    assert_eq!((&shown["key"], &shown["key_fits"]), (&"ECDSA P-256".into(), &true.into()));
    assert!([89, 90].contains(&shown["days_left"].as_i64().expect("a number")), "{shown}");
    assert_eq!(shown["sha256"].as_str().map(str::len), Some(64));
    let chain = serde_json::json!({ "certificates": 1, "complete": true, "trusted": true });
    assert_eq!(shown["chain"], chain);
    let (_, shown) = show(&[text(&good.file)]).await;
    assert_eq!((&shown["chain"]["complete"], &shown["chain"]["trusted"]), (&false.into(), &false.into()));

    let people = Program::run(&["cert", "show", text(&good.file), text(&good.file)]).await;
    assert_eq!(people.output.matches("  names    edge.example\n").count(), 2, "{}", people.output);

    let (soon, over) = (put("soon", now - DAY, 3 * DAY), put("over", now - 3 * DAY, DAY));
    let early = put("early", now + DAY, 91 * DAY);
    for (certificate, fault) in
        [(&soon, "is about to end"), (&over, "has ended"), (&early, "does not hold yet")]
    {
        let (ended, shown) = show(&[text(&certificate.file)]).await;
        assert_eq!((ended.code, &shown["faults"]), (Some(1), &serde_json::json!([fault])));
    }
    let (ended, _) = show(&[text(&soon.file), "--warn-before", "1day"]).await;
    assert_eq!(ended.code, Some(0));
    let (ended, shown) = show(&[text(&good.file), "--key", text(&soon.key_file)]).await;
    assert_eq!((ended.code, &shown["key_fits"]), (Some(1), &false.into()));
    let (ended, _) = show(&[text(&good.key_file)]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.one_line().contains("good.key: holds a key and no certificate"), "{}", ended.log);
}

/// Lines of a configuration with these certificates.
fn configuration(origin: &Origin, certificate: &edge::config::Certificate) -> String {
    format!(
        "[viewers]\nlisten = [\"{ANY}\"]\n[admin]\nlisten = \"{ANY}\"\n[log]\nformat = \"json\"\n\
         [tls]\nlisten = [\"{ANY}\"]\n[[tls.certificate]]\nfile = \"{}\"\nkey-file = \"{}\"\n\
         [[origin]]\nurl = \"http://{}\"\n",
        certificate.file.display(),
        certificate.key_file.display(),
        origin.address()
    )
}

#[tokio::test]
async fn a_renewal_in_the_files_is_seen_and_half_of_one_changes_nothing() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let origin = Origin::start(|_| ok("x", &[])).await;
    let path = files.write("edge.toml", &configuration(&origin, &certificate));
    let mut program = Program::start(&["edge", "--config", text(&path)]);
    let [_, address, _] = program.listening_over_tls().await;
    let shown = async || {
        let visit = Visitor::trusting(&authority).come(address, "edge.example").await.expect("a visit");
        visit.shown().fingerprint
    };
    let mut open =
        Visitor::trusting(&authority).ask(address, "edge.example", SEGMENT).await.expect("an answer");
    let first = shown().await;

    let renewed = authority.certify(&["edge.example"]);
    files.write("edge.pem", &renewed.pem());
    let refused = program.logs("the configuration is refused; the one before holds").await;
    let reason = refused["error"].as_str().expect("text");
    assert!(reason.starts_with(text(&certificate.key_file)), "{refused}");
    assert!(reason.contains("holds the key of another certificate"), "{refused}");
    assert_eq!(shown().await, first);

    files.write("edge.key", &renewed.key_pem());
    let reloaded = program.logs("the configuration is reloaded").await;
    assert_eq!(reloaded["changes"], "certificates", "{reloaded}");
    assert_ne!(shown().await, first);
    assert_eq!(open.get(SEGMENT).await.expect("an answer").0, 200, "who was there stays");

    // A key that others may read is as good as none.
    fs::set_permissions(&certificate.key_file, fs::Permissions::from_mode(0o644)).expect("ours");
    program.hang_up();
    let refused = program.logs("the configuration is refused; the one before holds").await;
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("mode 0644")), "{refused}");
    assert_eq!(open.get(SEGMENT).await.expect("an answer").0, 200);
}

#[tokio::test]
async fn files_on_the_command_line_are_followed_too_and_shown_over_the_network() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let now = Clock::system().wall();
    let certificate = files.put("edge", &authority.certify_for(&["localhost"], now - 100 * DAY, 101 * DAY));
    let ca_file = files.write("ca.pem", &authority.pem());
    let origin = Origin::start(|_| ok("x", &[])).await;
    let url = format!("http://{}", origin.address());
    let mut program = Program::start(&[
        "edge",
        "--origin",
        &url,
        "--listen",
        ANY,
        "--admin",
        ANY,
        "--tls-listen",
        ANY,
        "--certificate",
        text(&certificate.file),
        "--key",
        text(&certificate.key_file),
    ]);
    let [_, address, _] = program.listening_over_tls().await;
    let place = format!("localhost:{}", address.port());
    let connect = ["--connect", &place, "--ca-file", text(&ca_file)];
    let (ended, shown) = show(&connect).await;
    assert_eq!((ended.code, &shown["faults"]), (Some(1), &serde_json::json!(["is about to end"])));
    assert_eq!((&shown["protocol"], &shown["chain"]["trusted"]), (&"TLS 1.3, h2".into(), &true.into()));

    files.put("edge", &authority.certify(&["localhost"]));
    program.logs("the configuration is reloaded").await;
    let (ended, shown) = show(&connect).await;
    assert_eq!((ended.code, &shown["faults"]), (Some(0), &serde_json::json!([])));
    let (ended, shown) = show(&[&connect[..], &["--name", "other.example"]].concat()).await;
    assert_eq!((ended.code, &shown["faults"]), (Some(1), &serde_json::json!(["is not for `other.example`"])));
    let (ended, _) = show(&["--connect", &origin.address().to_string()]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.one_line().contains("no handshake"), "{}", ended.log);

    program.terminate();
    let log = program.ended().await.log;
    let warned: Vec<_> =
        log.lines().filter(|line| line.contains("the certificate for `localhost` ends")).collect();
    assert!(warned.len() == 1 && warned[0].contains("\"level\":\"WARN\""), "{log}");
}

#[tokio::test]
async fn a_check_reads_certificates_too() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let origin = Origin::start(|_| ok("x", &[])).await;
    let path = files.write("edge.toml", &configuration(&origin, &certificate));
    let ended = Program::run(&["check", text(&path)]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.output);
    files.write("edge.pem", "");
    let ended = Program::run(&["check", text(&path)]).await;
    assert_eq!(ended.code, Some(1));
    let expected = format!("{}: is empty", certificate.file.display());
    assert!(ended.output.contains(&expected), "{}", ended.output);
}
