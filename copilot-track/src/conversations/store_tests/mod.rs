//! Unit tests of conversations that several processes share. Each `Conversations` is a replica.

mod counting;
mod ends;
mod late_updates;
mod ledger;
mod losses;
mod order;
mod outages;
mod schedule;
mod settings;
mod unruly_stores;
mod warning_counter;
mod watched_store;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::config::builder::TrackerBuilder;
use crate::conversation::conversation::Conversation;
use crate::conversations::builder::ConversationsBuilder;
use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::{OnEnd, RegistryOptions};
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::StoreCaller;
use crate::conversations::store_tests::watched_store::WatchedStore;
use crate::event::user::User;
use crate::store::outboxes::Outboxes;
use crate::testing::{MemoryStore, TestTracker};
use crate::tracker::tracker::Tracker;

const TIMEOUT: Duration = Duration::from_secs(60);

fn user() -> User {
    User::known("123").unwrap()
}

fn builder() -> TrackerBuilder {
    Tracker::builder()
        .write_key("key")
        .flush_interval(Duration::from_millis(10))
}

fn new_test() -> TestTracker {
    TestTracker::with(builder()).unwrap()
}

fn replica(test: &TestTracker, store: &MemoryStore) -> ConversationsBuilder {
    Conversations::builder(test.tracker()).store(store.clone())
}

fn replicas(test: &TestTracker, store: &MemoryStore) -> [Conversations; 2] {
    [(); 2].map(|()| replica(test, store).build())
}

fn flush(test: &TestTracker) {
    let report = test.tracker().flush_blocking(TIMEOUT);
    assert!(report.complete, "{report}");
}

/// Waits until `condition` is true.
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT);
        std::thread::yield_now();
    }
}

fn caller(test: &TestTracker, store: &WatchedStore) -> StoreCaller {
    let store = Arc::new(store.clone());
    StoreCaller::new(store, Handle::current(), test.tracker().clone())
}

fn shared(
    test: &TestTracker,
    outboxes: &Arc<Outboxes>,
    on_end: impl Fn(&Conversation, EndReason) + Send + Sync + 'static,
) -> Arc<Shared> {
    let options = RegistryOptions {
        end_after_idle: None,
        max_conversations: 10,
        with_ended_by: false,
        on_end: Some(OnEnd::new(on_end)),
        replica: None,
    };
    let outboxes = Some(Arc::clone(outboxes));
    Arc::new(Shared::new(
        test.tracker().clone(),
        Arc::new(options),
        outboxes,
    ))
}
