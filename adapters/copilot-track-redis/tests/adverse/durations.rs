//! Durations that are longer than the server supports.

use std::time::Duration;

use copilot_track::store::{ConversationStore as _, IdleRequest};
use copilot_track::testing::store_conformance;
use copilot_track::{ConversationId, Ledger};
use copilot_track_redis::RedisStore;

use crate::common::Server;
use crate::update;

#[tokio::test]
async fn conversations_can_be_kept_for_the_longest_duration() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let options = RedisStore::options().retention(Duration::MAX);
    let store = options.connect(server.url()).await.unwrap();
    let id = ConversationId::new("c-1").unwrap();
    store.apply(&[update(&id, "m-1")]).await.unwrap();
    let left = server.cli(&["PTTL", "copilot-track:1:{c-c-1}"]).unwrap();
    assert!(left.parse::<u64>().unwrap() > 0);
    let ledger = Ledger::default();
    store.publish_ledger("replica", &ledger).await.unwrap();
    assert_eq!(store.read_ledgers().await.unwrap().len(), 1);
    // A lease without an end is not found again.
    for claims in [1, 0] {
        let request = IdleRequest::new(Duration::ZERO, 10, Duration::MAX, "token");
        let claimed = store.claim_idle(&request).await.unwrap();
        assert_eq!(claimed.len(), claims);
    }
    store_conformance::check(&store).await;
}
