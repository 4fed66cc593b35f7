//! Errors of stores.

use std::error::Error;

/// The error of a [`ConversationStore`](crate::store::ConversationStore).
///
/// After an error, it is unknown whether the operation took effect. The operation is repeated.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct StoreError {
    error: Box<dyn Error + Send + Sync>,
    failed: Option<FailedUpdates>,
}

/// The positions of the updates that failed in a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedUpdates {
    /// The store did not accept these updates now.
    pub(crate) delayed: Vec<usize>,
    /// The store refused these updates because of their content or their conversation.
    pub(crate) refused: Vec<usize>,
}

impl StoreError {
    /// Creates an error from a message or from another error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            error: error.into(),
            failed: None,
        }
    }

    /// Creates the error of [`apply`](crate::store::ConversationStore::apply) if some of the
    /// updates were written, and others failed.
    ///
    /// `delayed` and `refused` are positions in the updates. An update in `delayed` is written
    /// again until this succeeds. An update in `refused` is one that the store cannot accept, for
    /// example because it is too large. After five refusals in different flush intervals, but not
    /// within 60 s, it is dropped, and [counted](crate::Ledger::refused_updates). All other updates
    /// must have been written.
    pub fn of_updates(
        error: impl Into<Box<dyn Error + Send + Sync>>,
        delayed: Vec<usize>,
        refused: Vec<usize>,
    ) -> Self {
        Self {
            error: error.into(),
            failed: Some(FailedUpdates { delayed, refused }),
        }
    }

    /// Returns the updates that failed, if the others were written.
    pub(crate) fn failed_updates(&self) -> Option<&FailedUpdates> {
        self.failed.as_ref()
    }
}
