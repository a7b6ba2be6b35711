//! What stands in a certificate: whom it is for, from whom, and for how long (RFC 5280).

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::names::with_open_label;

/// The last second that has a date of four digits (RFC 5280 section 4.1.2.5).
const LAST_SECOND: u64 = 253_402_300_799;

const DAY: u64 = 24 * 60 * 60;

/// What a certificate says. Nothing here is proven: that is for whoever trusts its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Names and addresses that it is for (`subjectAltName`), names in lower case.
    pub names: Vec<String>,
    /// Its subject, as text.
    pub subject: String,
    /// Who made it, as text.
    pub issuer: String,
    /// Since when it holds.
    pub not_before: SystemTime,
    /// Until when it holds.
    pub not_after: SystemTime,
    /// The kind of its key, such as `ECDSA P-256`.
    pub key_kind: String,
    /// SHA-256 of the whole, in hexadecimal digits.
    pub fingerprint: String,
    /// Whether it may vouch for others.
    pub is_authority: bool,
    /// Its subject and its issuer, as they stand in it: for comparing alone.
    parties: [Vec<u8>; 2],
}

/// It is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what stands there is no certificate (X.509)")]
pub struct NotACertificate;

impl Facts {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// It is none.
    pub fn read(der: &[u8]) -> Result<Self, NotACertificate> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| NotACertificate)?;
        if !rest.is_empty() {
            return Err(NotACertificate);
        }
        let alternative = certificate.subject_alternative_name().map_err(|_| NotACertificate)?;
        let names = alternative.iter().flat_map(|names| &names.value.general_names).filter_map(name);
        let validity = certificate.validity();
        Ok(Self {
            names: names.collect(),
            subject: text(certificate.subject()),
            issuer: text(certificate.issuer()),
            not_before: moment(validity.not_before),
            not_after: moment(validity.not_after),
            key_kind: key_kind(certificate.public_key()),
            fingerprint: hexadecimal(digest::digest(&digest::SHA256, der).as_ref()),
            is_authority: certificate.is_ca(),
            parties: [certificate.subject(), certificate.issuer()].map(|name| name.as_raw().to_vec()),
        })
    }

    /// What it is called where there is place for one name: the first that it is for, else its subject.
    pub fn name(&self) -> &str {
        match self.names.first() {
            Some(name) => name,
            None if self.subject.is_empty() => "unnamed",
            None => &self.subject,
        }
    }

    /// Whole days until it ends; negative when it has ended.
    pub fn days_left(&self, now: SystemTime) -> i64 {
        let days = |time: Duration| i64::try_from(time.as_secs() / DAY).unwrap_or(i64::MAX);
        match self.not_after.duration_since(now) {
            Ok(left) => days(left),
            Err(past) => -days(past.duration()) - 1,
        }
    }

    /// Whether it is for `name`, a name or an address.
    pub fn is_for(&self, name: &str) -> bool {
        let name = name.parse::<IpAddr>().map_or_else(|_| name.to_ascii_lowercase(), |ip| ip.to_string());
        let is_address = name.parse::<IpAddr>().is_ok();
        let open = if is_address { None } else { with_open_label(&name) };
        self.names.iter().any(|its| *its == name || Some(its) == open.as_ref())
    }

    /// Whether it says that it was made by the subject of `other`.
    pub fn names_as_issuer(&self, other: &Self) -> bool {
        self.parties[1] == other.parties[0]
    }

    /// Whether subject and issuer are the same.
    pub fn is_self_issued(&self) -> bool {
        self.parties[0] == self.parties[1]
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn text(name: &X509Name<'_>) -> String {
    // What comes from a file of others may hold anything: it ends on terminals and in logs.
    name.to_string().chars().filter(|character| !character.is_control()).collect()
}

fn moment(time: ASN1Time) -> SystemTime {
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
    UNIX_EPOCH + Duration::from_secs(seconds.min(LAST_SECOND))
}

fn key_kind(key: &SubjectPublicKeyInfo<'_>) -> String {
    let curve = |parameters: &Oid<'_>| match parameters.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => "ECDSA P-256".into(),
        "1.3.132.0.34" => "ECDSA P-384".into(),
        "1.3.132.0.35" => "ECDSA P-521".into(),
        other => format!("ECDSA {other}"),
    };
    match (key.algorithm.algorithm.to_id_string().as_str(), key.parsed()) {
        ("1.3.101.112", _) => "Ed25519".into(),
        (_, Ok(PublicKey::RSA(key))) => format!("RSA {}", key.key_size()),
        (_, Ok(PublicKey::EC(_))) => {
            let parameters = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            parameters.as_ref().map_or_else(|| "ECDSA".into(), curve)
        }
        (other, _) => other.into(),
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn made(change: impl FnOnce(&mut CertificateParams), key: &KeyPair) -> Facts {
        let names = ["Video.Office.example", "*.office.example", "127.0.0.1", "::1"].map(String::from);
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2026, 4, 1);
        change(&mut parameters);
        Facts::read(parameters.self_signed(key).unwrap().der()).unwrap()
    }

    #[test]
    fn names_times_and_key_are_read() {
        let facts = made(|_| {}, &KeyPair::generate().unwrap());
        assert_eq!(facts.names, ["video.office.example", "*.office.example", "127.0.0.1", "::1"]);
        assert_eq!(facts.name(), "video.office.example");
        assert_eq!(facts.key_kind, "ECDSA P-256");
        for (name, is_for) in [
            ("VIDEO.office.example", true),
            ("x.office.example", true),
            ("office.example", false),
            ("127.0.0.1", true),
            ("0:0::1", true),
            ("127.0.0.2", false),
        ] {
            assert_eq!(facts.is_for(name), is_for, "{name}");
        }
        let begins = humantime::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        let ends = humantime::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
        assert_eq!((facts.not_before, facts.not_after), (begins, ends));
        assert_eq!(facts.fingerprint.len(), 64);
        assert!(facts.is_self_issued() && facts.names_as_issuer(&facts) && !facts.is_authority);
    }

    #[test]
    fn every_kind_of_key_has_its_name() {
        for (algorithm, kind) in [
            (&rcgen::PKCS_ECDSA_P384_SHA384, "ECDSA P-384"),
            (&rcgen::PKCS_ED25519, "Ed25519"),
            (&rcgen::PKCS_RSA_SHA256, "RSA 2048"),
        ] {
            assert_eq!(made(|_| {}, &KeyPair::generate_for(algorithm).unwrap()).key_kind, kind);
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_its_ends_and_control_characters_go() {
        let facts = made(
            |parameters| {
                parameters.not_before = rcgen::date_time_ymd(1950, 1, 1);
                parameters.not_after = rcgen::date_time_ymd(9999, 12, 31);
                parameters.distinguished_name.push(DnType::CommonName, "a\u{1b}[31mb");
                parameters.subject_alt_names.clear();
            },
            &KeyPair::generate().unwrap(),
        );
        assert_eq!(facts.not_before, UNIX_EPOCH);
        assert!(humantime::format_rfc3339_seconds(facts.not_after).to_string().starts_with("9999-"));
        assert!(!facts.subject.contains('\u{1b}') && facts.name() == facts.subject, "{}", facts.subject);
    }

    #[test]
    fn what_is_no_certificate_is_said_to_be_none() {
        let der = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap();
        for length in 0..der.der().len() {
            assert_eq!(Facts::read(&der.der()[..length]), Err(NotACertificate));
        }
        assert_eq!(Facts::read(&[der.der(), &[0][..]].concat()), Err(NotACertificate));
    }
}
