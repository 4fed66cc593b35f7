//! Errors of stores.

use std::error::Error;
use std::fmt;

use crate::util::caught_drop::CaughtDrop;

/// The error of a [`ConversationStore`](crate::store::ConversationStore).
///
/// After an error, it is unknown whether the operation took effect. The operation is repeated.
#[derive(Debug)]
pub struct StoreError {
    /// The library drops errors of the store on its threads.
    error: CaughtDrop<Box<dyn Error + Send + Sync>>,
    failed: Option<Vec<FailedUpdate>>,
}

/// An update that a store did not write, identified by its position in the updates of
/// [`apply`](crate::store::ConversationStore::apply).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailedUpdate {
    /// The store could not write the update now. The update is written again until this succeeds.
    Delayed(usize),
    /// The store cannot accept the update, for example because the update is too large. After five
    /// refusals in different flush intervals, but not within 60 s, the update is dropped, and
    /// [counted](crate::Ledger::refused_updates).
    Refused(usize),
}

impl StoreError {
    /// Creates an error from a message or from another error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            error: CaughtDrop::new(error.into()),
            failed: None,
        }
    }

    /// Creates the error of [`apply`](crate::store::ConversationStore::apply) if some of the
    /// updates were written, and others failed.
    ///
    /// All updates that are not in `failed` must have been written. An update that is in `failed`
    /// as delayed and as refused counts as refused.
    ///
    /// ```
    /// use copilot_track::store::{FailedUpdate, StoreError};
    ///
    /// // Of the updates 0, 1, and 2, the last one was written.
    /// let failed = [FailedUpdate::Delayed(0), FailedUpdate::Refused(1)];
    /// let error = StoreError::of_updates("the value is too large", failed);
    /// assert_eq!(error.to_string(), "the value is too large");
    /// ```
    pub fn of_updates(
        error: impl Into<Box<dyn Error + Send + Sync>>,
        failed: impl IntoIterator<Item = FailedUpdate>,
    ) -> Self {
        Self {
            error: CaughtDrop::new(error.into()),
            failed: Some(failed.into_iter().collect()),
        }
    }

    /// Returns the updates that failed, if the others were written.
    pub(crate) fn failed_updates(&self) -> Option<&[FailedUpdate]> {
        self.failed.as_deref()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.get();
        error.map_or(Ok(()), |error| fmt::Display::fmt(error, f))
    }
}

impl Error for StoreError {}
