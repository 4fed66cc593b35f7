//! No TLS. [`Endpoint`] refuses HTTPS URLs.

use reqwest::ClientBuilder;

use crate::delivery::endpoint::Endpoint;
use crate::error::ConfigError;

/// Returns the client as it is.
#[expect(clippy::unnecessary_wraps, reason = "it can fail with TLS")]
pub(in crate::delivery::transport) fn configure(
    client: ClientBuilder,
    _: &Endpoint,
    _: &[Vec<u8>],
) -> Result<ClientBuilder, ConfigError> {
    Ok(client)
}
