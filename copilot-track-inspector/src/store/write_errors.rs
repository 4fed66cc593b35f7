//! Word of a file that cannot be written, and of its being written again.

use serde::Serialize;
use tokio::sync::watch;

use crate::timestamp::Timestamp;

/// That events cannot be kept now.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct WriteError {
    since: Timestamp,
    /// What the system says, last.
    error: String,
    /// How many events were turned away since; one that is sent again counts again.
    events: u64,
}

/// Where trouble is told of.
pub(crate) type WriteErrorSender = watch::Sender<Option<WriteError>>;

/// Notes that a write failed, with so many events.
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

/// Notes that a write went well.
#[cfg(feature = "sqlite")]
pub(super) fn record_success(reported: &WriteErrorSender) {
    reported.send_if_modified(|write_error| write_error.take().is_some());
}

/// Tells when events cannot be written to the file, such as for want of room, and when they can
/// again.
///
/// Meanwhile trackers are answered with 503, so that they keep their events and send them again.
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

    /// Waits for a change: why nothing can be written, or nothing once it can be again. It never
    /// comes after the inspector has stopped. Any executor may wait.
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
