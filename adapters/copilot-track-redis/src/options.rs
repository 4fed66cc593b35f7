//! The options of a store.

use std::time::Duration;

use crate::error::ConnectError;
use crate::redis_store::RedisStore;

/// The options of a [`RedisStore`]. Returned by [`RedisStore::options`].
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `connect` is called"]
pub struct RedisStoreOptions {
    pub(crate) prefix: String,
    pub(crate) retention: Duration,
    /// Root certificates in PEM format, if others than the system's are trusted.
    #[cfg(feature = "rustls")]
    pub(crate) root_certificates: Vec<u8>,
}

impl Default for RedisStoreOptions {
    fn default() -> Self {
        Self {
            prefix: "copilot-track".to_owned(),
            retention: Duration::from_secs(7 * 24 * 60 * 60),
            #[cfg(feature = "rustls")]
            root_certificates: Vec::new(),
        }
    }
}

impl RedisStoreOptions {
    /// Sets the prefix of all keys.
    ///
    /// Default: `copilot-track`. Applications that share a server need different prefixes, unless
    /// they share their conversations. Braces are not allowed.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a conversation is kept after its last activity.
    ///
    /// Default: 7 days; the minimum is 1 second, the maximum 100 years. Choose a time that is
    /// longer than that of `end_after_idle`, or conversations are deleted before they end.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention.max(Duration::from_secs(1));
        self
    }

    /// Trusts the root certificates in `pem` for `rediss://` URLs, instead of the system's. Can be
    /// called several times. Needs the `rustls` feature.
    ///
    /// Default: the system's root certificates, or those in the file that the environment variable
    /// `SSL_CERT_FILE` names.
    ///
    /// ```no_run
    /// # let options = copilot_track_redis::RedisStore::options();
    /// options.root_certificates(std::fs::read("/etc/company/root.pem")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "rustls")]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.root_certificates.extend_from_slice(pem.as_ref());
        self.root_certificates.push(b'\n');
        self
    }

    /// Connects to the server, and checks that it does not evict keys.
    ///
    /// [`RedisStore::connect`] describes the URLs.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the URL or the prefix is invalid, if the server cannot be
    /// reached within 10 s, or if it evicts keys.
    pub async fn connect(self, url: impl AsRef<str>) -> Result<RedisStore, ConnectError> {
        RedisStore::connect_with(url.as_ref(), self).await
    }
}
