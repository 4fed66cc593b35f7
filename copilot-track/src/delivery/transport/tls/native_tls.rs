//! TLS with the system's library: OpenSSL, Schannel, or Secure Transport.

use reqwest::{Certificate, ClientBuilder};

use crate::delivery::endpoint::Endpoint;
use crate::error::ConfigError;

/// Makes the client use the system's TLS. It trusts the system's root certificates and those in
/// `pem_files`.
pub(in crate::delivery::transport) fn configure(
    client: ClientBuilder,
    endpoint: &Endpoint,
    pem_files: &[Vec<u8>],
) -> Result<ClientBuilder, ConfigError> {
    let mut client = client.tls_backend_native();
    for pem in pem_files {
        let certificates = Certificate::from_pem_bundle(pem).map_err(ConfigError::invalid_roots)?;
        if certificates.is_empty() {
            return Err(ConfigError::invalid_roots("no certificate found"));
        }
        client = client.tls_certs_merge(certificates);
    }
    if endpoint.is_https() && pem_files.is_empty() && !system_has_roots() {
        return Err(ConfigError::NoRootCertificates(None));
    }
    Ok(client)
}

/// Returns whether there are root certificates at the paths that native-tls passes to OpenSSL.
#[cfg(not(any(windows, target_vendor = "apple")))]
fn system_has_roots() -> bool {
    has_certificates(&openssl_probe::probe())
}

#[cfg(not(any(windows, target_vendor = "apple")))]
fn has_certificates(paths: &openssl_probe::ProbeResult) -> bool {
    let mut directories = paths
        .cert_dir
        .iter()
        .filter_map(|path| path.read_dir().ok());
    paths.cert_file.is_some() || directories.any(|mut entries| entries.next().is_some())
}

/// Returns `true`: these systems always have root certificates.
#[cfg(any(windows, target_vendor = "apple"))]
fn system_has_roots() -> bool {
    true
}

#[cfg(all(test, not(any(windows, target_vendor = "apple"))))]
mod tests {
    use openssl_probe::ProbeResult;

    use super::*;

    #[test]
    fn an_empty_directory_has_no_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("root.pem");
        let paths = |cert_file| ProbeResult {
            cert_file,
            cert_dir: vec![directory.path().join("absent"), directory.path().to_owned()],
        };
        assert!(!has_certificates(&paths(None)));
        assert!(has_certificates(&paths(Some(file.clone()))));
        std::fs::write(file, "").unwrap();
        assert!(has_certificates(&paths(None)));
    }
}
