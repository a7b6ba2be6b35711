//! The demo's own certificate authority, and the one certificate that it made.
//!
//! Browsers show no warning to who trusts the authority. That is safe to do: its key was thrown away when it had made the
//! certificate for this machine, and it says of itself that it vouches for `localhost` and loopback addresses alone. So
//! both live equally long, and end together.
//!
//! One process at a time makes them, under a lock; what is there and good is left as it is.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use edge::tls::{read_chain, read_pair};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// What the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long both live: what browsers take of an authority that their user trusts.
const LIFE: Duration = Duration::from_hours(800 * 24);
/// One that ends sooner is made anew.
const LEAST: Duration = Duration::from_hours(30 * 24);
/// Clocks of one machine differ by less.
const BEFORE: Duration = Duration::from_hours(1);

/// The files.
#[derive(Clone, Debug)]
pub struct DemoCertificate {
    /// The authority to trust.
    pub ca_file: PathBuf,
    /// The certificate.
    pub file: PathBuf,
    /// Its key, for its owner alone.
    pub key_file: PathBuf,
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum DemoCertificateError {
    /// The system does not give or take a file.
    #[error("{path}: {error}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// They cannot be made.
    #[error("the demo's certificate cannot be made: {0}")]
    Making(#[from] rcgen::Error),
}

impl DemoCertificate {
    /// Makes them in `folder` unless they are there and good. Blocks while another process does.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn ensure(folder: &Path, now: SystemTime) -> Result<Self, DemoCertificateError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| DemoCertificateError::File { path, error }
        };
        let folder = std::path::absolute(folder).map_err(at(folder))?.join("tls");
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let lock = folder.join("lock");
        let locked = File::create(&lock).and_then(|file| file.lock().map(|()| file)).map_err(at(&lock))?;
        let [ca_file, file, key_file] = ["ca.pem", "edge.pem", "edge.key"].map(|name| folder.join(name));
        let made = Self { ca_file, file, key_file };
        if !made.is_good(now) {
            made.make(now)?
                .into_iter()
                .try_for_each(|(path, text)| replace(path, &text).map_err(at(path)))?;
        }
        drop(locked);
        Ok(made)
    }

    fn is_good(&self, now: SystemTime) -> bool {
        let holds = read_pair(&self.file, &self.key_file)
            .is_ok_and(|facts| facts.not_before <= now && facts.not_after > now + LEAST);
        // Both are written of the same authority, whose certificate ends the chain.
        let same = |authority: &[_], chain: &[_]| chain.last() == authority.first();
        let vouched = read_chain(&self.ca_file)
            .and_then(|authority| Ok(same(&authority, &read_chain(&self.file)?)))
            .unwrap_or(false);
        holds && vouched
    }

    /// The text of each file, the certificate last: until it is there nothing is good.
    fn make(&self, now: SystemTime) -> Result<[(&Path, Zeroizing<String>); 3], rcgen::Error> {
        let authority = CertifiedIssuer::self_signed(authority(now)?, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = leaf(now)?.signed_by(&key, &authority)?;
        let chain = format!("{}{}", certificate.pem(), authority.pem());
        Ok([
            (&*self.ca_file, Zeroizing::new(authority.pem())),
            (&*self.key_file, Zeroizing::new(key.serialize_pem())),
            (&*self.file, Zeroizing::new(chain)),
        ])
    }
}

fn authority(now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = living(CertificateParams::new(Vec::new())?, now, "Spokecast demo on this machine");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let subtree = |name: &str| match name.parse::<IpAddr>() {
        Ok(address) => {
            let whole = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, whole))
        }
        Err(_) => GeneralSubtree::DnsName(name.into()),
    };
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees: NAMES.into_iter().map(subtree).collect(),
        excluded_subtrees: Vec::new(),
    });
    Ok(parameters)
}

fn leaf(now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<_> = NAMES.into_iter().map(String::from).collect();
    let mut parameters = living(CertificateParams::new(names)?, now, "Spokecast demo");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

fn living(mut parameters: CertificateParams, now: SystemTime, name: &str) -> CertificateParams {
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = (now - BEFORE).into();
    parameters.not_after = (now + LIFE).into();
    parameters
}

/// In the place of what is there, whole; for its owner alone, as every temporary file.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    fn now() -> SystemTime {
        humantime::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
    }

    fn contents(made: &DemoCertificate) -> [String; 3] {
        [&made.ca_file, &made.file, &made.key_file].map(|path| fs::read_to_string(path).unwrap())
    }

    #[test]
    fn what_is_made_is_kept_until_it_ends_or_is_damaged() {
        let folder = TempDir::new().unwrap();
        let made = DemoCertificate::ensure(folder.path(), now()).unwrap();
        let facts = read_pair(&made.file, &made.key_file).unwrap();
        assert_eq!(facts.names, NAMES);
        let rights = fs::metadata(&made.key_file).unwrap().permissions().mode() & 0o777;
        assert_eq!(rights, 0o600);
        let first = contents(&made);
        let later = now() + LIFE - LEAST - Duration::from_secs(1);
        assert_eq!(contents(&DemoCertificate::ensure(folder.path(), later).unwrap()), first);

        let too_late = later + Duration::from_secs(2);
        let second = contents(&DemoCertificate::ensure(folder.path(), too_late).unwrap());
        assert!(first.iter().zip(&second).all(|(old, new)| old != new));

        for damaged in [&made.ca_file, &made.file, &made.key_file] {
            let before = contents(&made);
            fs::write(damaged, "x").unwrap();
            DemoCertificate::ensure(folder.path(), too_late).unwrap();
            assert!(contents(&made).iter().zip(&before).all(|(new, old)| new != old));
        }
    }

    #[test]
    fn no_key_of_the_authority_is_kept_anywhere() {
        let folder = TempDir::new().unwrap();
        let made = DemoCertificate::ensure(folder.path(), now()).unwrap();
        let files = fs::read_dir(folder.path().join("tls")).unwrap();
        let keys = files.filter(|file| {
            fs::read_to_string(file.as_ref().unwrap().path()).unwrap().contains("PRIVATE KEY")
        });
        assert_eq!(keys.count(), 1);
        assert!(read_pair(&made.ca_file, &made.key_file).is_err(), "it is the certificate's");
    }

    #[test]
    fn many_at_once_find_the_same() {
        let folder = TempDir::new().unwrap();
        let ensure = || contents(&DemoCertificate::ensure(folder.path(), now()).unwrap());
        let found = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ensure)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
