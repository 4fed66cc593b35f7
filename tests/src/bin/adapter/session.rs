//! The tracker that the adapter drives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use copilot_track::{Conversation, Tracker};
use copilot_track_tests::sdk_harness::stderr_log;

use crate::response::Failure;

/// The adapter's state: the current session, if any.
#[derive(Clone, Default)]
pub(crate) struct Adapter(Arc<Mutex<Option<Session>>>);

pub(crate) struct Session {
    pub(crate) tracker: Tracker,
    pub(crate) conversations: HashMap<String, Conversation>,
}

impl Adapter {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tracker(&self) -> Result<Tracker, Failure> {
        match &*self.lock() {
            Some(session) => Ok(session.tracker.clone()),
            None => Err(Failure::uninitialized()),
        }
    }

    /// Discards the tracker. Returns the number of events that were dropped.
    pub(crate) async fn clear(&self) -> u64 {
        let session = self.lock().take();
        let Some(Session { tracker, .. }) = session else {
            return 0;
        };
        let before = tracker.ledger().dropped.shutdown;
        // Shuts down now, so that dropping the last handle does not wait.
        let report = tracker.shutdown(Duration::ZERO).await;
        stderr_log::reasons().clear();
        report.ledger.dropped.shutdown - before
    }
}
