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
}

impl Default for RedisStoreOptions {
    fn default() -> Self {
        Self {
            prefix: "copilot-track".to_owned(),
            retention: Duration::from_secs(7 * 24 * 60 * 60),
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
    /// Default: 7 days; the minimum is 1 second. Choose a time that is longer than that of
    /// `end_after_idle`, or conversations are deleted before they end.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention.max(Duration::from_secs(1));
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
