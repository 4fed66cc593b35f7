//! Notifies watchers of deleted conversations.

use serde::Serialize;
use tokio::sync::broadcast::{self, error::TryRecvError};

/// The number of deletions that a watcher can miss before it has to reload everything.
const CAPACITY: usize = 64;

/// A conversation that was deleted.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deletion {
    pub(crate) conversation: String,
    /// The last event that had arrived at that time. Later events of the conversation are stored.
    pub(crate) up_to: u64,
}

/// The sender of deletions.
#[derive(Debug)]
pub(super) struct Deletions(broadcast::Sender<Deletion>);

impl Default for Deletions {
    fn default() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }
}

impl Deletions {
    pub(super) fn record(&self, conversation: String, up_to: u64) {
        // Without watchers, nobody has to be notified.
        let _ = self.0.send(Deletion {
            conversation,
            up_to,
        });
    }

    pub(super) fn subscribe(&self) -> DeletionReceiver {
        DeletionReceiver(self.0.subscribe())
    }
}

/// A receiver of deletions.
#[derive(Debug)]
pub(crate) struct DeletionReceiver(broadcast::Receiver<Deletion>);

/// What a watcher has to report.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Deleted {
    Conversation(Deletion),
    /// There were too many deletions to report each of them.
    Many,
}

impl DeletionReceiver {
    /// Returns the next deletion, if there is one.
    pub(crate) fn try_next(&mut self) -> Option<Deleted> {
        match self.0.try_recv() {
            Ok(deletion) => Some(Deleted::Conversation(deletion)),
            Err(TryRecvError::Lagged(_)) => {
                self.0 = self.0.resubscribe();
                Some(Deleted::Many)
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watcher_that_missed_deletions_reloads_once() {
        let deletions = Deletions::default();
        let mut receiver = deletions.subscribe();
        assert_eq!(receiver.try_next(), None);
        deletions.record("c".into(), 7);
        let deletion = Deletion {
            conversation: "c".into(),
            up_to: 7,
        };
        assert_eq!(receiver.try_next(), Some(Deleted::Conversation(deletion)));
        for number in 0..1_000 {
            deletions.record(number.to_string(), 7);
        }
        assert_eq!(receiver.try_next(), Some(Deleted::Many));
        assert_eq!(receiver.try_next(), None);
    }
}
