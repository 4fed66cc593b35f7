//! The root certificates of a system that keeps them in files.
//!
//! `rustls-platform-verifier` would load the same files here. It is not used, because it logs an
//! error for each rejected certificate and does not say which file it cannot read.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_native_certs::{CertificateResult, load_native_certs};

use crate::delivery::endpoint::Endpoint;
use crate::error::ConfigError;
use crate::util::reentrancy;

/// Trusts the system's root certificates and `roots`. If `SSL_CERT_FILE` or `SSL_CERT_DIR` is set,
/// its certificates replace those of the system.
pub(super) fn trust(
    config: ConfigBuilder<ClientConfig, WantsVerifier>,
    _: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
    endpoint: &Endpoint,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, ConfigError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root).map_err(ConfigError::invalid_roots)?;
    }
    // Requests to this machine use no proxy, so without HTTPS they never use TLS.
    if endpoint.is_https() || !endpoint.is_loopback() {
        let CertificateResult { certs, errors, .. } = load_native_certs();
        store.add_parsable_certificates(certs);
        for error in &errors {
            reentrancy::log(|| {
                tracing::debug!(%error, "a root certificate of the system cannot be read");
            });
        }
        if store.is_empty() && endpoint.is_https() {
            let source = errors.into_iter().next();
            return Err(ConfigError::NoRootCertificates(
                source.map(|error| Box::new(error) as _),
            ));
        }
    }
    Ok(config.with_root_certificates(store))
}
