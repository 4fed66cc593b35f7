//! Word of a file that cannot be written, and of its being written again.

use serde::Serialize;
use tokio::sync::watch;

use crate::timestamp::Instant;

/// That events cannot be kept now.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Trouble {
    since: Instant,
    /// What the system says, last.
    error: String,
    /// How many events were turned away since; one that is sent again counts again.
    events: u64,
}

/// Where trouble is told of.
pub(crate) type Told = watch::Sender<Option<Trouble>>;

/// Notes that a write failed, with so many events.
#[cfg(feature = "sqlite")]
pub(super) fn failed(told: &Told, error: &str, events: usize) {
    told.send_modify(|trouble| {
        let trouble = trouble.get_or_insert_with(|| Trouble {
            since: Instant::now(),
            error: String::new(),
            events: 0,
        });
        if trouble.error != error {
            error.clone_into(&mut trouble.error);
        }
        trouble.events += events as u64;
    });
}

/// Notes that a write went well.
#[cfg(feature = "sqlite")]
pub(super) fn over(told: &Told) {
    told.send_if_modified(|trouble| trouble.take().is_some());
}

/// Tells when events cannot be written to the file, such as for want of room, and when they can
/// again.
///
/// Meanwhile trackers are answered with 503, so that they keep their events and send them again.
#[derive(Debug)]
pub struct WriteErrors {
    changes: watch::Receiver<Option<Trouble>>,
    told: Option<String>,
}

impl WriteErrors {
    pub(crate) fn new(changes: watch::Receiver<Option<Trouble>>) -> Self {
        Self {
            changes,
            told: None,
        }
    }

    /// Waits for a change: why nothing can be written, or nothing once it can be again. It never
    /// comes after the inspector has stopped. Any executor may wait.
    pub async fn changed(&mut self) -> Option<String> {
        let told = self.told.as_deref();
        let differs = |now: &Option<Trouble>| now.as_ref().map(|now| now.error.as_str()) != told;
        let Ok(now) = self.changes.wait_for(differs).await else {
            return std::future::pending().await;
        };
        let error = now.as_ref().map(|trouble| trouble.error.clone());
        drop(now);
        self.told.clone_from(&error);
        error
    }
}
