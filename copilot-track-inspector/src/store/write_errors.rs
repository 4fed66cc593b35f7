//! Reports whether events can be written to the database.

use serde::Serialize;
use tokio::sync::watch;

use crate::timestamp::Timestamp;

/// The reason why events currently cannot be written.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct WriteError {
    since: Timestamp,
    /// The last error message.
    error: String,
    /// The number of events that have been rejected since `since`. An event that is sent again is
    /// counted again.
    events: u64,
}

/// The sender of the current write error, which is `None` while events can be written.
pub(crate) type WriteErrorSender = watch::Sender<Option<WriteError>>;

/// Records that a write of `events` events failed.
#[cfg(feature = "sqlite")]
pub(super) fn record_failure(reported: &WriteErrorSender, error: &str, events: usize) {
    reported.send_modify(|write_error| {
        let write_error = write_error.get_or_insert_with(|| WriteError {
            since: Timestamp::now(),
            error: String::new(),
            events: 0,
        });
        if write_error.error != error {
            error.clone_into(&mut write_error.error);
        }
        write_error.events += events as u64;
    });
}

/// Records that a write succeeded.
#[cfg(feature = "sqlite")]
pub(super) fn record_success(reported: &WriteErrorSender) {
    reported.send_if_modified(|write_error| write_error.take().is_some());
}

/// Reports when writes to the database start to fail and when they succeed again.
///
/// While writes fail, for example because the disk is full, the inspector responds with status 503,
/// so that trackers keep their events and retry.
#[derive(Debug)]
pub struct WriteErrors {
    changes: watch::Receiver<Option<WriteError>>,
    reported: Option<String>,
}

impl WriteErrors {
    pub(crate) fn new(changes: watch::Receiver<Option<WriteError>>) -> Self {
        Self {
            changes,
            reported: None,
        }
    }

    /// Waits for a change. Returns the error when events can no longer be written, and `None` when
    /// they can be written again. Once the inspector has stopped, this method never returns. It
    /// works with any async executor.
    pub async fn changed(&mut self) -> Option<String> {
        let reported = self.reported.as_deref();
        let differs =
            |now: &Option<WriteError>| now.as_ref().map(|now| now.error.as_str()) != reported;
        let Ok(now) = self.changes.wait_for(differs).await else {
            return std::future::pending().await;
        };
        let error = now.as_ref().map(|write_error| write_error.error.clone());
        drop(now);
        self.reported.clone_from(&error);
        error
    }
}
