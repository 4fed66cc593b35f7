//! Values that are written late, on a server that executes commands with a delay.

use std::time::{Duration, Instant};

use copilot_track::store::{ConversationStore as _, ConversationUpdate};
use copilot_track::{Consent, ConversationId};
use copilot_track_redis::RedisStore;

use crate::common::Server;
use crate::proxy::Proxy;

#[tokio::test]
async fn a_delay_of_the_server_does_not_make_a_late_value_newer() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = RedisStore::connect(server.url()).await.unwrap();
    let id = ConversationId::new("c-1").unwrap();
    let with_consent = |update_id: &str, granted: bool| {
        let mut update = ConversationUpdate::new(id.clone(), update_id);
        update.consent = Some(Consent::new().category("Analytics", granted));
        update
    };
    // A replica could not write its consent, and the customer revoked it on another replica.
    let mut late = with_consent("late", true);
    late.late_since = Instant::now().checked_sub(Duration::from_millis(700));
    assert!(late.late_since.is_some());
    let newer = with_consent("newer", false);
    store.apply(std::slice::from_ref(&newer)).await.unwrap();
    let paused = server.cli(&["CLIENT", "PAUSE", "1000"]);
    assert_eq!(paused.as_deref(), Some("OK"));
    store.apply(&[late]).await.unwrap();
    let stored = store.load(&id).await.unwrap().unwrap();
    assert_eq!(stored.consent, newer.consent);
}

#[tokio::test]
async fn a_slow_server_is_asked_for_its_time_once() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::connect(&proxy.url).await.unwrap();
    let mut update = ConversationUpdate::new(ConversationId::new("c-1").unwrap(), "late");
    update.consent = Some(Consent::new().category("Analytics", true));
    update.late_since = Some(Instant::now());
    // The scripts are loaded.
    store.apply(std::slice::from_ref(&update)).await.unwrap();
    proxy.delay_replies(Duration::from_millis(1_700));
    let before = proxy.delayed();
    update.update_id = "slow".to_owned();
    store.apply(&[update]).await.unwrap();
    assert_eq!(proxy.delayed() - before, 2, "the time and the write");
}
