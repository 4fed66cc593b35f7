//! Errors of stores.

use std::error::Error;

/// The error of a [`ConversationStore`](crate::store::ConversationStore).
///
/// After an error, it is unknown whether the operation took effect. The operation is repeated.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// Creates an error from a message or from another error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}
