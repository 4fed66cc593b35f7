//! The certificate verifier of Windows and of Apple's systems.

use std::env;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, ConfigBuilder, WantsVerifier};
use rustls_platform_verifier::Verifier;

use crate::delivery::endpoint::Endpoint;
use crate::error::ConfigError;

/// Trusts what the system trusts, the certificates in the file `SSL_CERT_FILE`, and `roots`.
pub(super) fn trust(
    config: ConfigBuilder<ClientConfig, WantsVerifier>,
    provider: Arc<CryptoProvider>,
    mut roots: Vec<CertificateDer<'static>>,
    _: &Endpoint,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, ConfigError> {
    if let Some(file) = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) {
        for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
            roots.push(certificate.map_err(unreadable)?);
        }
    }
    let verifier =
        Verifier::new_with_extra_roots(roots, provider).map_err(ConfigError::invalid_roots)?;
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

/// Returns the error for a file that `SSL_CERT_FILE` names and that cannot be read.
fn unreadable(error: pem::Error) -> ConfigError {
    ConfigError::NoRootCertificates(Some(Box::new(error)))
}
