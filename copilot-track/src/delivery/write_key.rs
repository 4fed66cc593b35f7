//! The write key.

use std::fmt;
use std::sync::Arc;

use crate::error::ConfigError;

/// The write key of a source. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WriteKey(Arc<str>);

impl WriteKey {
    pub(crate) fn parse(key: &str) -> Result<Self, ConfigError> {
        let key = key.trim();
        if key.is_empty() || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(ConfigError::InvalidWriteKey);
        }
        Ok(Self(key.into()))
    }

    /// Creates a key without checking it, e.g. from a string that the `segment` crate passes to a
    /// client.
    pub(crate) fn unchecked(key: String) -> Self {
        Self(key.into())
    }

    /// Returns the key itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_checked_and_hidden() {
        for key in ["", "  ", "a b", "a\u{0}b"] {
            assert!(WriteKey::parse(key).is_err(), "{key:?}");
        }
        let key = WriteKey::parse(" secret\n").unwrap();
        assert_eq!(key.expose(), "secret");
        assert!(!format!("{key:?}").contains("secret"));
    }
}
