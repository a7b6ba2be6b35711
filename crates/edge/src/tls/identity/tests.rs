//! What is wrong with a file is said of that file, and no part of a key is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};
use tempfile::TempDir;

use super::*;

struct Made {
    certificate: String,
    key: String,
}

fn made(algorithm: &'static SignatureAlgorithm) -> Made {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = CertificateParams::new(["a.example".into()]).unwrap().self_signed(&key).unwrap();
    Made { certificate: certificate.pem(), key: key.serialize_pem() }
}

/// What the error says, without the folder.
fn said(certificate: &str, key: &str, mode: u32) -> Result<Identity, String> {
    let folder = TempDir::new().unwrap();
    let files = ["a.pem", "a.key"].map(|name| folder.path().join(name));
    fs::write(&files[0], certificate).unwrap();
    fs::write(&files[1], key).unwrap();
    fs::set_permissions(&files[1], fs::Permissions::from_mode(mode)).unwrap();
    Identity::load(&files[0], &files[1])
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn every_kind_of_key_that_browsers_know_is_taken() {
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_RSA_SHA256,
    ] {
        let Made { certificate, key } = made(algorithm);
        let identity = said(&certificate, &key, 0o600).unwrap();
        assert_eq!(identity.facts.names, ["a.example"]);
        // Both may stand in one file.
        assert!(said(&format!("{key}{certificate}"), &key, 0o400).is_ok());
    }
}

#[test]
fn each_fault_names_its_file() {
    let (one, other) = (made(&rcgen::PKCS_ECDSA_P256_SHA256), made(&rcgen::PKCS_ED25519));
    let (certificate, key) = (one.certificate.as_str(), one.key.as_str());
    let cut = &certificate[..certificate.len() / 2];
    let both = format!("{}{certificate}", other.certificate);
    let no_certificate = certificate.replace("MII", "AAA");
    for (certificate, key, mode, expected) in [
        ("", key, 0o600, "a.pem: is empty"),
        (" \n", key, 0o600, "a.pem: is empty"),
        ("hello", key, 0o600, "a.pem: holds no certificate (PEM)"),
        (key, key, 0o600, "a.pem: holds a key and no certificate"),
        (cut, key, 0o600, "a.pem: is no sound PEM"),
        (&no_certificate, key, 0o600, "a.pem: what stands there is no certificate (X.509)"),
        (
            &both,
            key,
            0o600,
            "a.pem: the key belongs to certificate 2 of 2 in it; the edge's own has to stand first",
        ),
        (certificate, "", 0o600, "a.key: is empty"),
        (
            certificate,
            certificate,
            0o600,
            "a.key: there is no private key in it (PEM: PKCS#8, PKCS#1 or SEC1)",
        ),
        (certificate, &other.key, 0o600, "a.key: holds the key of another certificate than a.pem"),
        (
            certificate,
            key,
            0o644,
            "a.key: its mode 0644 lets others than its owner read or change it; `chmod 600 a.key` keeps it secret",
        ),
        (
            certificate,
            key,
            0o640,
            "a.key: its mode 0640 lets others than its owner read or change it; `chmod 600 a.key` keeps it secret",
        ),
    ] {
        assert_eq!(said(certificate, key, mode).unwrap_err(), expected);
    }
    let large = "x".repeat(LARGEST_CHAIN + 1);
    assert!(said(&large, key, 0o600).unwrap_err().starts_with("a.pem: is larger than"));
    assert!(said(certificate, &large, 0o600).unwrap_err().starts_with("a.key: is larger than"));
    let gone = Identity::load(Path::new("/nowhere/a.pem"), Path::new("/nowhere/a.key")).unwrap_err();
    assert!(gone.to_string().starts_with("/nowhere/a.pem: No such file"), "{gone}");
}

#[test]
fn no_part_of_a_key_stands_in_what_is_said_of_it() {
    let Made { certificate, key } = made(&rcgen::PKCS_ECDSA_P256_SHA256);
    let body = key.lines().nth(1).unwrap();
    for broken in [key.replace("PRIVATE", "PUBLIC"), key.replacen(body, &body[..20], 1), body.to_owned()] {
        let error = said(&certificate, &broken, 0o600).unwrap_err();
        for part in (0..20).step_by(5) {
            assert!(!error.contains(&body[part..part + 5]), "{error}");
        }
    }
}
