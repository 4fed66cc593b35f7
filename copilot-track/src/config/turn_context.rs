//! The keys for turn contexts.

use std::sync::Arc;
#[cfg(feature = "signed-context")]
use std::time::Duration;

use crate::config::builder::TrackerBuilder;
use crate::error::ConfigError;
use crate::event::turn_context::Signer;

#[cfg(feature = "signed-context")]
impl TrackerBuilder {
    /// Sets the keys that sign and verify [turn contexts](crate::TurnContext) with HMAC-SHA256.
    ///
    /// Default: no keys. Contexts are then neither signed nor verified.
    ///
    /// The first key signs. Every key verifies, so keys can be rotated without an interruption:
    /// first append the new key to the list of every process, then move it to the front, and then
    /// remove the old key. With keys, [`continue_turn`](crate::Tracker::continue_turn) rejects a
    /// context that is not signed with one of them.
    ///
    /// Each key must have at least 32 bytes. Use random bytes, for example the output of
    /// `openssl rand 32`.
    pub fn turn_context_keys<K: AsRef<[u8]>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.turn_context_keys = keys.into_iter().map(|key| key.as_ref().to_vec()).collect();
        self
    }

    /// Sets how long a signed [turn context](crate::TurnContext) is valid.
    ///
    /// Default: 1 hour. The minimum is 1 second; a shorter lifetime has the same effect. The time
    /// begins when [`Turn::context`](crate::Turn::context) is called. If contexts wait in a queue,
    /// the lifetime must be longer than the longest wait. The clocks of the processes are compared,
    /// so the lifetime should be much longer than the difference between them.
    pub fn turn_context_lifetime(mut self, lifetime: Duration) -> Self {
        self.turn_context_lifetime = lifetime;
        self
    }

    pub(super) fn signer(&mut self) -> Result<Option<Arc<Signer>>, ConfigError> {
        let keys = std::mem::take(&mut self.turn_context_keys);
        if keys.is_empty() {
            return Ok(None);
        }
        let signer = Signer::new(
            &keys,
            self.turn_context_lifetime.max(Duration::from_secs(1)),
        );
        let signer = signer.ok_or(ConfigError::ShortTurnContextKey)?;
        Ok(Some(Arc::new(signer)))
    }
}

#[cfg(not(feature = "signed-context"))]
impl TrackerBuilder {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the `signed-context` feature needs the same signature"
    )]
    pub(super) fn signer(&mut self) -> Result<Option<Arc<Signer>>, ConfigError> {
        Ok(None)
    }
}
