//! Reads conversations from the store.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::conversation::conversation::Conversation;
use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_store::{ConversationStore, StoreFuture};
use crate::store::store_error::StoreError;
use crate::store::stored_conversation::StoredConversation;
use crate::store::unsaved::UnsavedSnapshot;
use crate::tracker::tracker::Tracker;
use crate::util::caught_drop::CaughtDrop;
use crate::util::caught_future::CaughtFuture;
use crate::util::reentrancy;

/// The timeout of an operation that no caller of `open` waits for.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller of `open` waits for the store.
const READ_TIMEOUT: Duration = Duration::from_millis(250);

/// What the store knows about a conversation.
#[derive(Debug, Default)]
pub(super) struct StoreRead {
    /// `None` if the store does not know the conversation, or did not answer.
    pub(super) stored: Option<StoredConversation>,
    /// The changes that had not been written when the store was read. `None` if this process did
    /// not know the conversation.
    pub(super) before: Option<UnsavedSnapshot>,
}

impl StoreRead {
    /// Makes a conversation adopt what the store knows about it. This can be repeated.
    pub(super) fn adopt_into(&self, conversation: &Conversation) {
        if let Some(stored) = &self.stored {
            conversation.adopt(stored, self.before.as_ref());
        }
    }
}

/// A store, and the runtime on which it is called.
#[derive(Clone)]
pub(super) struct StoreCaller {
    /// A panic in the destructor of the store must reach neither the thread of the store nor the
    /// application.
    store: Arc<CaughtDrop<Arc<dyn ConversationStore>>>,
    runtime: Handle,
    tracker: Tracker,
    /// Whether the last operation failed.
    is_down: Arc<AtomicBool>,
}

impl StoreCaller {
    pub(super) fn new(
        store: Arc<dyn ConversationStore>,
        runtime: Handle,
        tracker: Tracker,
    ) -> Self {
        Self {
            store: Arc::new(CaughtDrop::new(store)),
            runtime,
            tracker,
            is_down: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Calls the store on its runtime, on any executor. An error is counted, and logged if it is
    /// the first one.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl for<'a> FnOnce(&'a dyn ConversationStore) -> StoreFuture<'a, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = self.attempt(limit, call).await;
        match &result {
            Ok(_) => self.report_success(),
            Err(error) => self.report(error),
        }
        result
    }

    /// Calls the store as [`call`](Self::call) does. An error is counted, but it can concern one
    /// conversation only, so the store is not regarded as down.
    pub(super) async fn call_for_one<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl for<'a> FnOnce(&'a dyn ConversationStore) -> StoreFuture<'a, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = self.attempt(limit, call).await;
        if result.is_err() {
            self.count_error();
        }
        result
    }

    /// Calls the store on its runtime, on any executor. The caller must report the result.
    pub(super) async fn attempt<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl for<'a> FnOnce(&'a dyn ConversationStore) -> StoreFuture<'a, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let calling = async move {
            let store = store.get()?;
            Some(timeout(limit, call(&**store)).await)
        };
        // A panic must not become the result of the task, because its payload can panic, too.
        let task = self.runtime.spawn(CaughtFuture::new(Box::pin(calling)));
        match task.await {
            Ok(Some(Some(Ok(result)))) => result,
            Ok(Some(Some(Err(_)))) => Err(StoreError::new("the store did not answer in time")),
            Ok(Some(None) | None) => Err(StoreError::new("the store panicked")),
            Err(error) => Err(StoreError::new(error)),
        }
    }

    /// Counts an error that can concern one conversation only.
    pub(super) fn count_error(&self) {
        self.tracker.count_store_error();
    }

    /// Records that an operation succeeded.
    pub(super) fn report_success(&self) {
        self.is_down.store(false, Ordering::Relaxed);
    }

    /// Counts an error, and logs it if it is the first one.
    pub(super) fn report(&self, error: &StoreError) {
        self.count_error();
        if self.is_down.swap(true, Ordering::Relaxed) {
            return;
        }
        reentrancy::log(|| {
            tracing::warn!(%error, "the conversation store failed; operations are repeated");
        });
    }

    /// Reads a conversation. Returns `None` if the store does not know it, or does not answer. If
    /// the last operation failed, this method does not wait for the store.
    pub(super) async fn read(&self, id: &ConversationId) -> Option<StoredConversation> {
        if self.is_down.load(Ordering::Relaxed) {
            self.tracker.count_open_without_store();
            return None;
        }
        let id = id.clone();
        let mut call = pin!(self.call(READ_TIMEOUT, move |store| {
            Box::pin(async move { store.load(&id).await })
        }));
        // The runtime's own timeout does not end if the application blocks the store's thread.
        let mut alarm = self.tracker.alarm(Instant::now() + READ_TIMEOUT);
        let read = poll_fn(|context| {
            if let Poll::Ready(read) = call.as_mut().poll(context) {
                return Poll::Ready(read);
            }
            let expired = alarm.as_mut().map(|alarm| alarm.poll(context));
            if expired != Some(Poll::Ready(())) {
                return Poll::Pending;
            }
            let error = StoreError::new("the thread of the store did not answer in time");
            self.report(&error);
            Poll::Ready(Err(error))
        });
        read.await.unwrap_or_else(|_| {
            self.tracker.count_open_without_store();
            None
        })
    }
}
