//! Who comes with a certificate: other edges.
//!
//! Viewers have none. Whoever comes without a certificate is a viewer; whoever shows one is an edge if an authority of
//! `tls.client-ca-file` vouches for it, and is let in no further than the handshake if not.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CommonState, RootCertStore};
use rustls_pki_types::CertificateDer;

use super::facts::Facts;

/// Asks for a certificate of one of these authorities, and takes none as an answer.
///
/// # Errors
/// What is wrong with the authorities.
pub(super) fn verifier(
    authorities: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority.clone()).map_err(|error| error.to_string())?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .allow_unauthenticated()
        .build()
        .map_err(|error| error.to_string())
}

/// The name of the edge at the other end of a connection; `None` where that is a viewer.
pub(crate) fn edge_name(connection: &CommonState) -> Option<String> {
    let leaf = connection.peer_certificates()?.first()?;
    // It was verified in the handshake, by another reader: what this one cannot read has no name.
    Some(Facts::read(leaf).map_or_else(|_| "unnamed".into(), |facts| facts.name().into()))
}
