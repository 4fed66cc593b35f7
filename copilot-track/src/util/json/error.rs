//! The error that writing or checking JSON can return.

use crate::util::json::depth::MAX_DEPTH;

/// Why a value cannot be sent as JSON.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonError {
    #[error("it is nested too deeply: an event can have at most {MAX_DEPTH} levels")]
    TooDeep,
    #[error("the key `{0}` occurs twice in one object")]
    DuplicateKey(String),
    #[error(transparent)]
    Serde(serde_json::Error),
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() {
            // JSON is written to memory, so the only possible I/O error is that the depth limit was
            // exceeded.
            Self::TooDeep
        } else {
            Self::Serde(error)
        }
    }
}

impl JsonError {
    /// Returns whether the value is nested too deeply. Dropping such a value could overflow the
    /// stack.
    pub(crate) fn is_too_deep(&self) -> bool {
        matches!(self, Self::TooDeep)
    }
}
