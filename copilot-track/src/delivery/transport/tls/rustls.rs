//! TLS with rustls. Nothing is installed for the whole process.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

use crate::delivery::endpoint::Endpoint;
use crate::delivery::transport::tls::system_roots;
use crate::error::ConfigError;

/// Makes the client use rustls. It trusts the system's root certificates and those in `pem_files`.
pub(in crate::delivery::transport) fn configure(
    client: ClientBuilder,
    endpoint: &Endpoint,
    pem_files: &[Vec<u8>],
) -> Result<ClientBuilder, ConfigError> {
    let roots = parse(pem_files)?;
    let provider = provider()?;
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::HttpClient(Box::new(error)))?;
    let config = system_roots::trust(versions, provider, roots, endpoint)?.with_no_client_auth();
    Ok(client.tls_backend_preconfigured(config))
}

/// Returns aws-lc-rs. A provider that the program has installed is not used, so the result does not
/// depend on the order in which the program starts its parts.
#[cfg(feature = "rustls")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "it can fail without the `rustls` feature"
)]
fn provider() -> Result<Arc<CryptoProvider>, ConfigError> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

/// Returns the provider that the program has installed.
#[cfg(not(feature = "rustls"))]
fn provider() -> Result<Arc<CryptoProvider>, ConfigError> {
    CryptoProvider::get_default()
        .cloned()
        .ok_or(ConfigError::NoCryptoProvider)
}

/// Returns the certificates in `pem_files`. Each file must have at least one.
fn parse(pem_files: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let mut roots = Vec::new();
    for pem in pem_files {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.push(certificate.map_err(ConfigError::invalid_roots)?);
        }
        if roots.len() == before {
            return Err(ConfigError::invalid_roots(pem::Error::NoItemsFound));
        }
    }
    Ok(roots)
}
