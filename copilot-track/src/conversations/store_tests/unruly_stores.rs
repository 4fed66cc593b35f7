//! Stores whose panics, errors, and destructors panic.

use std::error::Error;
use std::fmt;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::conversations::conversations::Conversations;
use crate::conversations::store_tests::{new_test, user, wait_until};
use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
use crate::store::conversation_update::ConversationUpdate;
use crate::store::store_error::StoreError;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::MemoryStore;

/// A value whose destructor panics with a payload of the same kind.
#[derive(Debug)]
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Self(self.0 - 1));
        }
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bomb {}", self.0)
    }
}

impl Error for Bomb {}

fn explode<T>() -> T {
    panic_any(Bomb(3))
}

#[derive(Debug, Clone, Copy)]
enum Failure {
    /// The method panics.
    Call,
    /// The future panics when it is polled.
    Poll,
    /// The error panics when it is dropped.
    Error,
}

/// A store that fails for some calls. Its destructor panics.
struct UnrulyStore {
    inner: MemoryStore,
    failure: Failure,
    calls_to_fail: Arc<AtomicUsize>,
    _bomb: Bomb,
}

impl UnrulyStore {
    /// Fails, or calls a method of the inner store. A call that fails has no effect.
    fn fail_or<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a MemoryStore) -> StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        let one_less = |calls: usize| calls.checked_sub(1);
        let order = Ordering::Relaxed;
        let left = self.calls_to_fail.fetch_update(order, order, one_less);
        match (left, self.failure) {
            (Err(_), _) => call(&self.inner),
            (Ok(_), Failure::Call) => explode(),
            (Ok(_), Failure::Poll) => Box::pin(async { explode() }),
            (Ok(_), Failure::Error) => Box::pin(async { Err(StoreError::new(Bomb(3))) }),
        }
    }
}

impl ConversationStore for UnrulyStore {
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        self.fail_or(|inner| inner.load(id))
    }

    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        self.fail_or(|inner| inner.apply(updates))
    }

    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        self.fail_or(|inner| inner.claim_end(id, token, lease))
    }

    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        self.fail_or(|inner| inner.claim_idle(request))
    }

    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()> {
        self.fail_or(|inner| inner.confirm_end(id, number))
    }
}

#[tokio::test]
async fn panics_of_the_store_reach_nobody() {
    for failure in [Failure::Call, Failure::Poll, Failure::Error] {
        let (test, inner) = (new_test(), MemoryStore::new());
        let calls_to_fail = Arc::new(AtomicUsize::new(10));
        let conversations = Conversations::builder(test.tracker())
            .store(UnrulyStore {
                inner: inner.clone(),
                failure,
                calls_to_fail: Arc::clone(&calls_to_fail),
                _bomb: Bomb(3),
            })
            .build();
        let conversation = conversations.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        conversation.end();
        wait_until(|| calls_to_fail.load(Ordering::Relaxed) == 0);
        assert!(test.tracker().ledger().store_errors > 0);
        test.event("Conversation Ended")
            .assert_property("message_count", 1);
        drop((conversation, conversations));
        let id = ConversationId::new("c-1").unwrap();
        let stored = inner.load(&id).await.unwrap().unwrap();
        assert_eq!(stored.message_count(), 1);
    }
}
