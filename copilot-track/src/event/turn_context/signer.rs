//! Signatures of turn contexts. Requires the `signed-context` feature.

use std::fmt;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::event::turn_context::error::TurnContextError;
use crate::event::turn_context::token::{self, TokenSignature};

/// The minimum length of a key in bytes: the length of the hash, as RFC 2104 recommends.
pub(crate) const MIN_KEY_BYTES: usize = 32;

/// The keys that sign and verify turn contexts.
pub(crate) struct Signer {
    /// The key that signs. It also verifies.
    first: Hmac<Sha256>,
    /// Further keys that verify.
    others: Vec<Hmac<Sha256>>,
    lifetime: Duration,
}

impl Signer {
    /// Creates a signer. Returns `None` if there is no key or if a key is too short.
    pub(crate) fn new(keys: &[Vec<u8>], lifetime: Duration) -> Option<Self> {
        let macs = keys.iter().map(|key| {
            let is_long_enough = key.len() >= MIN_KEY_BYTES;
            is_long_enough.then(|| Hmac::new_from_slice(key).ok())?
        });
        let mut macs = macs.collect::<Option<Vec<_>>>()?.into_iter();
        Some(Self {
            first: macs.next()?,
            others: macs.collect(),
            lifetime,
        })
    }

    /// Returns the time when a context that is created at `now` expires, in seconds since the Unix
    /// epoch.
    pub(crate) fn expires_at(&self, now: SystemTime) -> Option<u64> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(now.checked_add(self.lifetime)?.as_secs())
    }

    /// Appends a signature to an unsigned token.
    pub(super) fn sign(&self, unsigned: &mut String) {
        let signature = self
            .first
            .clone()
            .chain_update(unsigned.as_bytes())
            .finalize();
        token::append_signature(unsigned, &signature.into_bytes());
    }

    /// Checks a signature in constant time.
    pub(super) fn verify(&self, token: &TokenSignature<'_>) -> Result<(), TurnContextError> {
        let mut keys = std::iter::once(&self.first).chain(&self.others);
        let is_valid = keys.any(|key| {
            let mac = key.clone().chain_update(token.signed.as_bytes());
            mac.verify_slice(&token.signature).is_ok()
        });
        if is_valid {
            Ok(())
        } else {
            Err(TurnContextError::InvalidSignature)
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The keys are secret.
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}
