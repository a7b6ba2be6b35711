//! Who gets which certificate.

use rcgen::{KeyPair, SignatureAlgorithm};
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::PrivateKeyDer;

use super::*;

fn certified(names: &[&str], algorithm: &'static SignatureAlgorithm) -> Arc<CertifiedKey> {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let names: Vec<_> = names.iter().copied().map(String::from).collect();
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = aws_lc_rs::sign::any_supported_type(&der).unwrap();
    Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key))
}

fn of(names: &[&str]) -> Arc<CertifiedKey> {
    certified(names, &rcgen::PKCS_ECDSA_P256_SHA256)
}

fn in_file(certified: &Arc<CertifiedKey>) -> Arc<Identity> {
    Arc::new(Identity::of(Arc::clone(certified)).unwrap())
}

const ANY: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::RSA_PSS_SHA256];

/// The first name of the certificate that somebody gets.
fn chosen(certificates: &Certificates, name: Option<&str>) -> Option<String> {
    let shown = certificates.shown.load();
    shown.choose(name, ANY).map(|identity| identity.facts.name().to_owned())
}

#[test]
fn a_name_chooses_its_certificate_and_others_get_the_first() {
    let certificates = Certificates::default();
    assert_eq!(chosen(&certificates, Some("a.example")), None);
    let each = [of(&["first.example"]), of(&["*.office.example"]), of(&["a.office.example", "b.example"])];
    certificates.set_files(&each.each_ref().map(in_file));
    for (asked, found) in [
        (None, "first.example"),
        (Some("first.example"), "first.example"),
        (Some("nobody.example"), "first.example"),
        (Some("x.office.example"), "*.office.example"),
        (Some("X.Office.Example."), "*.office.example"),
        (Some("a.office.example"), "a.office.example"),
        (Some("b.example"), "a.office.example"),
        // One label is open, and one alone; and nobody has a star for a name.
        (Some("office.example"), "first.example"),
        (Some("x.y.office.example"), "first.example"),
        (Some("*.office.example"), "*.office.example"),
        (Some(".office.example"), "first.example"),
        (Some(""), "first.example"),
        (Some("."), "first.example"),
    ] {
        assert_eq!(chosen(&certificates, asked).as_deref(), Some(found), "{asked:?}");
    }
}

#[test]
fn of_several_for_one_name_the_first_that_the_client_can_verify_is_shown() {
    let rsa = certified(&["a.example"], &rcgen::PKCS_RSA_SHA256);
    let ecdsa = of(&["a.example"]);
    let certificates = Certificates::default();
    certificates.set_files(&[in_file(&rsa), in_file(&ecdsa)]);
    let key = |schemes: &[SignatureScheme]| {
        certificates.shown.load().choose(Some("a.example"), schemes).unwrap().facts.key_kind.clone()
    };
    assert_eq!(key(ANY), "RSA 2048");
    assert_eq!(key(&ANY[..1]), "ECDSA P-256");
    assert_eq!(key(&[SignatureScheme::ED25519]), "RSA 2048");
}

#[test]
fn what_was_acquired_stays_when_files_change_and_comes_after_them() {
    let certificates = Certificates::default();
    let mut changes = certificates.changes();
    certificates.set_acquired(Some(of(&["acquired.example"]))).unwrap();
    assert!(changes.has_changed().unwrap());
    assert_eq!(chosen(&certificates, None).as_deref(), Some("acquired.example"));
    changes.mark_unchanged();
    certificates.set_files(&[in_file(&of(&["file.example"]))]);
    assert!(changes.has_changed().unwrap());
    assert_eq!(chosen(&certificates, None).as_deref(), Some("file.example"));
    assert_eq!(chosen(&certificates, Some("acquired.example")).as_deref(), Some("acquired.example"));
    assert_eq!(certificates.all().len(), 2);
    certificates.set_acquired(None).unwrap();
    assert_eq!(chosen(&certificates, Some("acquired.example")).as_deref(), Some("file.example"));
}

#[test]
fn a_certificate_with_the_key_of_another_is_not_taken() {
    let (one, other) = (of(&["a.example"]), of(&["b.example"]));
    let mixed = CertifiedKey::new(one.cert.clone(), Arc::clone(&other.key));
    let certificates = Certificates::default();
    certificates.set_acquired(Some(one)).unwrap();
    assert!(certificates.set_acquired(Some(Arc::new(mixed))).is_err());
    assert_eq!(chosen(&certificates, None).as_deref(), Some("a.example"));
}
