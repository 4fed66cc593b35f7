//! Writes the changes of conversations to the store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::event::ids::conversation_id::ConversationId;
use crate::store::outboxes::{OutboxBatch, Outboxes};
use crate::store::store_error::StoreError;
use crate::util::{random, reentrancy};

/// The maximum number of conversations in one write.
const MAX_BATCH: usize = 1_000;
/// The maximum number of failed writes in one pass. The path from a batch of [`MAX_BATCH`] updates
/// to one of its updates has eleven writes.
const MAX_FAILURES: u32 = 24;
/// The time after which a pass with a failed write ends. Each failed write can take [`TIMEOUT`].
const MAX_FAILING_TIME: Duration = Duration::from_secs(5);

/// Writes the changes of conversations to the store.
///
/// The future of [`write`](Self::write) can be dropped at any time. No change is lost then.
pub(super) struct UpdateWriter {
    outboxes: Arc<Outboxes>,
    caller: StoreCaller,
    /// The batches that are being written. They are written again until this succeeds.
    pending: VecDeque<OutboxBatch>,
    /// The updates that failed alone in this pass.
    failed: Vec<(OutboxBatch, StoreError)>,
    /// Whether the last pass was dropped or has not written all changes.
    is_behind: bool,
    /// Whether updates that were dropped before must be written now.
    has_dropped: bool,
    /// Whether a refusal was logged since the last complete pass.
    has_warned: bool,
}

/// How much of a pass was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// All changes were written.
    All,
    /// The store answers, but has not accepted all changes.
    Some,
    /// The store does not answer.
    None,
}

/// The progress of a pass.
struct Pass {
    /// The number of conversations whose changes have not been taken.
    left: usize,
    /// Whether the store accepted an update.
    has_written: bool,
    /// Whether the store answers, although a write failed.
    is_reachable: bool,
    failures: u32,
    started: Instant,
}

impl UpdateWriter {
    pub(super) fn new(outboxes: Arc<Outboxes>, caller: StoreCaller) -> Self {
        Self {
            outboxes,
            caller,
            pending: VecDeque::new(),
            failed: Vec::new(),
            is_behind: false,
            has_dropped: false,
            has_warned: false,
        }
    }

    /// Writes the changes that there are now. If the store refuses a batch although it answers, the
    /// batch is divided until the updates that it refuses are found.
    pub(super) async fn write(&mut self) -> Written {
        let was_behind = std::mem::replace(&mut self.is_behind, true);
        let mut written = self.write_pass().await;
        let has_dropped = std::mem::take(&mut self.has_dropped);
        if written == Written::All && (was_behind || has_dropped) {
            // Conversations whose older updates have just been written can have newer ones.
            written = self.write_pass().await;
        }
        self.is_behind = written != Written::All;
        written
    }

    async fn write_pass(&mut self) -> Written {
        // An earlier pass may have been dropped.
        self.settle_failed(false);
        let mut pass = Pass {
            left: self.outboxes.changed_count(),
            has_written: false,
            is_reachable: false,
            failures: 0,
            started: Instant::now(),
        };
        while self.fill(&mut pass) {
            if !self.write_first(&mut pass).await {
                return Written::None;
            }
            let is_slow = pass.failures > 0 && pass.started.elapsed() >= MAX_FAILING_TIME;
            if is_slow || pass.failures > MAX_FAILURES {
                break;
            }
        }
        self.settle_failed(pass.has_written);
        if pass.failures > 0 {
            return Written::Some;
        }
        self.has_warned = false;
        Written::All
    }

    /// Takes changes if no batch is pending. Returns whether a batch is pending.
    fn fill(&mut self, pass: &mut Pass) -> bool {
        if self.pending.is_empty() {
            let limit = MAX_BATCH.min(pass.left);
            pass.left -= limit;
            self.pending.extend(self.outboxes.take(limit));
        }
        !self.pending.is_empty()
    }

    /// Writes the first pending batch. Returns `false` if the store does not answer.
    async fn write_first(&mut self, pass: &mut Pass) -> bool {
        let Some(batch) = self.pending.front() else {
            return true;
        };
        let shared = batch.share();
        let applied = self
            .caller
            .attempt(TIMEOUT, move |store| {
                Box::pin(async move { store.apply(shared.updates()).await })
            })
            .await;
        let error = match applied {
            Ok(()) => {
                self.caller.report_success();
                self.has_dropped |= batch.saved();
                self.pending.pop_front();
                pass.has_written = true;
                return true;
            }
            Err(error) => error,
        };
        let names_updates = error.failed_updates().is_some();
        if !names_updates && !pass.is_reachable {
            if !self.is_reachable().await {
                self.caller.report(&error);
                return false;
            }
            pass.is_reachable = true;
        }
        self.caller.count_error();
        pass.failures += 1;
        let Some(batch) = self.pending.pop_front() else {
            return true;
        };
        let is_divided = !names_updates && batch.len() > 1;
        // Refusals of updates that were dropped before have been logged. Such an update can be the
        // only one that the store refuses in a batch that is divided.
        let may_be_logged = if is_divided {
            batch.has_late()
        } else {
            batch.has_only_late(error.failed_updates())
        };
        if !may_be_logged {
            self.warn(&error);
        }
        if let Some(failed) = error.failed_updates() {
            if batch.saved_except(failed, &error) {
                self.caller.report_success();
                pass.has_written = true;
            }
        } else if is_divided {
            // Writes that time out must not delay the other batches of the next passes.
            self.pending.extend(batch.halves());
        } else {
            self.failed.push((batch, error));
        }
        true
    }

    /// Returns whether the store can be read.
    async fn is_reachable(&self) -> bool {
        let id = ConversationId::from_uuid(random::uuid(u64::from(std::process::id())));
        let read = self.caller.call(TIMEOUT, move |store| {
            Box::pin(async move { store.load(&id).await })
        });
        read.await.is_ok()
    }

    /// Keeps the updates that failed alone. If the store accepted others, it refused them. An
    /// update that was dropped before is written after the store has accepted another update of the
    /// same conversation.
    fn settle_failed(&mut self, has_written: bool) {
        for (batch, error) in self.failed.drain(..) {
            if has_written || batch.has_only_late(None) {
                batch.refused(&error);
            } else {
                batch.put_back();
            }
        }
    }

    fn warn(&mut self, error: &StoreError) {
        if std::mem::replace(&mut self.has_warned, true) {
            return;
        }
        reentrancy::log(|| {
            tracing::warn!(%error, "the conversation store refused changes; they are written again");
        });
    }

    /// Returns the updates that are not known to be written.
    pub(super) fn into_unwritten(self) -> impl Iterator<Item = OutboxBatch> {
        let failed = self.failed.into_iter().map(|(batch, _)| batch);
        self.pending.into_iter().chain(failed)
    }
}
