//! A store whose operations can be held or refused.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::event::ids::conversation_id::ConversationId;
use crate::ledger::counts::Ledger;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
use crate::store::conversation_update::ConversationUpdate;
use crate::store::fleet_ledger::ReplicaLedger;
use crate::store::store_error::{FailedUpdate, StoreError};
use crate::store::stored_conversation::StoredConversation;
use crate::testing::MemoryStore;

/// A [`MemoryStore`] whose operations can be held or refused. Clones share everything.
#[derive(Clone, Default)]
pub(super) struct WatchedStore {
    pub(super) inner: MemoryStore,
    pub(super) watch: Arc<Watch>,
}

#[derive(Default)]
pub(super) struct Watch {
    pub(super) confirmations: Operation,
    pub(super) searches: Operation,
    /// A read that is held has already read the conversation.
    pub(super) loads: Operation,
    pub(super) updates: Operation,
    pub(super) ends: Operation,
    pub(super) publications: Operation,
    /// How long a write takes.
    pub(super) write_time: Mutex<Duration>,
    /// When the writes started.
    write_starts: Mutex<Vec<Instant>>,
    /// Whether all writes fail.
    pub(super) refuses_all: AtomicBool,
    /// The number of claims that were answered.
    claims: AtomicUsize,
    /// A write with an update of this conversation fails.
    refused: Mutex<Option<ConversationId>>,
    /// Whether a write with an update that was dropped before fails, too.
    pub(super) refuses_late: AtomicBool,
    /// Whether the error of such a write names the update. The other updates are then written.
    pub(super) names_refused: AtomicBool,
}

/// An operation that can be held.
#[derive(Default)]
pub(super) struct Operation {
    /// `None` if the operation is not held.
    held: Mutex<Option<Arc<Semaphore>>>,
    running: AtomicUsize,
    /// The number of writes while the operation was held.
    writes: AtomicUsize,
}

impl Operation {
    /// Holds the operation until [`release`](Self::release) is called.
    pub(super) fn hold(&self) {
        *self.held.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    }

    pub(super) fn release(&self) {
        if let Some(held) = self.held.lock().unwrap().take() {
            held.close();
        }
    }

    /// Returns the number of writes while the operation was held.
    pub(super) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    async fn wait(&self) {
        let held = self.held.lock().unwrap().clone();
        let Some(held) = held else {
            return;
        };
        let _running = Running::start(&self.running);
        let _ = held.acquire().await;
    }

    /// Returns whether a caller waits for [`release`](Self::release).
    pub(super) fn is_waiting(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    fn count_write(&self) {
        if self.running.load(Ordering::Relaxed) > 0 {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts an operation until it is dropped.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn start(running: &'a AtomicUsize) -> Self {
        running.fetch_add(1, Ordering::Relaxed);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl WatchedStore {
    pub(super) fn refuse(&self, id: &str) {
        *self.watch.refused.lock().unwrap() = Some(ConversationId::new(id).unwrap());
    }

    /// Returns the times between the starts of two successive writes.
    pub(super) fn write_intervals(&self) -> Vec<Duration> {
        let starts = self.watch.write_starts.lock().unwrap();
        starts.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Returns the number of claims that were answered.
    pub(super) fn claims(&self) -> usize {
        self.watch.claims.load(Ordering::Relaxed)
    }
}

impl ConversationStore for WatchedStore {
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        Box::pin(async move {
            let loaded = self.inner.load(id).await;
            self.watch.loads.wait().await;
            loaded
        })
    }

    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.watch.write_starts.lock().unwrap().push(Instant::now());
            let write_time = *self.watch.write_time.lock().unwrap();
            if !write_time.is_zero() {
                sleep(write_time).await;
            }
            self.watch.updates.wait().await;
            if self.watch.refuses_all.load(Ordering::Relaxed) {
                return Err(StoreError::new("all updates are refused"));
            }
            let refused = self.watch.refused.lock().unwrap().clone();
            let refuses_late = self.watch.refuses_late.load(Ordering::Relaxed);
            let is_refused = |update: &ConversationUpdate| {
                refused.as_ref() == Some(&update.conversation_id)
                    || (refuses_late && update.late_since.is_some())
            };
            if let Some(position) = updates.iter().position(is_refused) {
                if !self.watch.names_refused.load(Ordering::Relaxed) {
                    return Err(StoreError::new("an update is refused"));
                }
                let mut others = updates.to_vec();
                others.remove(position);
                self.inner.apply(&others).await?;
                let failed = [FailedUpdate::Refused(position)];
                return Err(StoreError::of_updates("refused", failed));
            }
            self.inner.apply(updates).await?;
            self.watch.confirmations.count_write();
            self.watch.searches.count_write();
            self.watch.ends.count_write();
            self.watch.publications.count_write();
            Ok(())
        })
    }

    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        Box::pin(async move {
            self.watch.ends.wait().await;
            let claim = self.inner.claim_end(id, token, lease).await;
            self.watch.claims.fetch_add(1, Ordering::Relaxed);
            claim
        })
    }

    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        Box::pin(async move {
            self.watch.searches.wait().await;
            self.inner.claim_idle(request).await
        })
    }

    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.watch.confirmations.wait().await;
            self.inner.confirm_end(id, number).await
        })
    }

    fn publish_ledger<'a>(&'a self, replica: &'a str, ledger: &'a Ledger) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.watch.publications.wait().await;
            self.inner.publish_ledger(replica, ledger).await
        })
    }

    fn read_ledgers(&self) -> StoreFuture<'_, Vec<ReplicaLedger>> {
        self.inner.read_ledgers()
    }
}
