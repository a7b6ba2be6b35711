//! `spokecast cert request`: a key that never leaves this machine, and the request that does (PKCS#10, RFC 2986).

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use edge::secret_file;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::json;
use zeroize::Zeroizing;

use crate::arguments::RequestArguments;
use crate::output::print;

/// The longest common name (RFC 5280 appendix A.1).
const LONGEST_COMMON_NAME: usize = 64;

pub(super) fn run(arguments: &RequestArguments) -> anyhow::Result<()> {
    let RequestArguments { name, key: key_file, out, json } = arguments;
    for file in out.iter().chain([key_file]) {
        if file.symlink_metadata().is_ok() {
            bail!("{}: is there already, and is left as it is", file.display());
        }
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let request = request(name, &key)?;
    let secret = Zeroizing::new(key.serialize_pem());
    secret_file::create(key_file, secret.as_bytes())
        .with_context(|| format!("{}: cannot be written", key_file.display()))?;
    if let Some(out) = out {
        create(out, &request).with_context(|| format!("{}: cannot be written", out.display()))?;
    }
    let printed = match out {
        _ if *json => print(format_args!(
            "{:#}",
            json!({ "names": name, "key_file": key_file, "request_file": out, "request": request })
        )),
        Some(out) => {
            let (key_file, out) = (key_file.display(), out.display());
            print(format_args!(
                "{key_file}: the key, which stays here\n{out}: the request, for the authority"
            ))
        }
        None => print(request.trim_end()),
    };
    Ok(printed?)
}

fn request(names: &[String], key: &KeyPair) -> Result<String, rcgen::Error> {
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    // Some authorities want one; whom the certificate is for is in the alternative names.
    if let Some(name) = names.first().filter(|name| name.len() <= LONGEST_COMMON_NAME) {
        parameters.distinguished_name.push(DnType::CommonName, name.as_str());
    }
    parameters.serialize_request(key)?.pem()
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
