//! The changes of all conversations that have not been written to the store.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::store::conversation_update::ConversationUpdate;
use crate::store::outbox::{EndJob, Outbox};
use crate::store::outbox_queue::OutboxQueue;
use crate::store::store_error::{FailedUpdate, StoreError};
use crate::store::write_batch::WriteBatch;

/// The changes of all conversations that have not been written to the store, and the Conversation
/// Ended events that wait for their claims.
pub(crate) type Outboxes = OutboxQueue<Arc<Outbox>, EndJob>;

/// Updates that are written together.
pub(crate) type OutboxBatch = WriteBatch<Arc<Outbox>>;

impl Outboxes {
    /// Removes and returns the changes of at most `limit` conversations.
    pub(crate) fn take(&self, limit: usize) -> Option<OutboxBatch> {
        let changed = self.take_changed(limit);
        if changed.is_empty() {
            return None;
        }
        let take = |outbox: Arc<Outbox>| Some((outbox.take()?, outbox));
        Some(WriteBatch::new(changed.into_iter().filter_map(take)))
    }

    /// Stops accepting changes. Counts the changes that are not known to be written, and those of
    /// `unwritten`.
    pub(crate) fn close(&self, unwritten: impl IntoIterator<Item = OutboxBatch>) {
        self.stop();
        for job in self.take_ends() {
            job.send_without_count();
        }
        // Each outbox refers to `self`, and `self` keeps the tracker alive.
        for outbox in self.take_changed(usize::MAX) {
            outbox.lose_all();
        }
        for batch in unwritten {
            for (update, outbox) in batch.iter() {
                self.count_lost(update, "the conversations were closed");
                outbox.lose_all();
            }
        }
    }
}

impl OutboxBatch {
    /// Returns whether an update of the batch was dropped and counted before.
    pub(crate) fn has_late(&self) -> bool {
        self.updates().iter().any(ConversationUpdate::is_late)
    }

    /// Returns whether all updates that failed were dropped and counted before. `failed` is `None`
    /// if all updates of the batch failed.
    pub(crate) fn has_only_late(&self, failed: Option<&[FailedUpdate]>) -> bool {
        let Some(failed) = failed else {
            return self.updates().iter().all(ConversationUpdate::is_late);
        };
        failed.iter().all(|failed| {
            let (FailedUpdate::Delayed(position) | FailedUpdate::Refused(position)) = *failed;
            self.updates()
                .get(position)
                .is_none_or(ConversationUpdate::is_late)
        })
    }

    /// Records that the batch was written. Returns whether updates that were dropped before must be
    /// written now.
    pub(crate) fn saved(&self) -> bool {
        let mut has_dropped = false;
        for (update, outbox) in self.iter() {
            has_dropped |= outbox.saved(update);
        }
        has_dropped
    }

    /// Keeps the updates of the batch, because they could not be written.
    pub(crate) fn put_back(&self) {
        for (update, outbox) in self.iter() {
            outbox.put_back(update);
        }
    }

    /// Settles the batch if some of its updates were written, and others failed. Returns whether an
    /// update was written.
    pub(crate) fn saved_except(&self, failed: &[FailedUpdate], error: &StoreError) -> bool {
        let now = Instant::now();
        let mut is_refused = HashMap::with_capacity(failed.len());
        for failed in failed {
            let (position, refused) = match *failed {
                FailedUpdate::Delayed(position) => (position, false),
                FailedUpdate::Refused(position) => (position, true),
            };
            *is_refused.entry(position).or_insert(refused) |= refused;
        }
        let mut has_written = false;
        for (position, (update, outbox)) in self.iter().enumerate() {
            match is_refused.get(&position) {
                Some(true) => outbox.refused(update, error, now),
                Some(false) => outbox.put_back(update),
                None => {
                    outbox.saved(update);
                    has_written = true;
                }
            }
        }
        has_written
    }

    /// Keeps the updates of the batch, which the store refused although it accepted others. An
    /// update that is refused repeatedly is counted as unsaved, and dropped.
    pub(crate) fn refused(&self, error: &StoreError) {
        let now = Instant::now();
        for (update, outbox) in self.iter() {
            outbox.refused(update, error, now);
        }
    }
}
