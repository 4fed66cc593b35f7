//! Connections that break in the middle of a request or of a reply.

use copilot_track::ConversationId;
use copilot_track::store::{ConversationStore as _, ConversationUpdate};
use copilot_track_redis::RedisStore;

use crate::common::{Server, TIMEOUT};
use crate::proxy::Proxy;
use crate::{assert_end, new_test, replicas, send_messages, update};

/// Returns updates of three conversations.
fn updates(cut: &str) -> Vec<ConversationUpdate> {
    (0..3)
        .map(|number| {
            let id = ConversationId::new(format!("{cut}-{number}")).unwrap();
            update(&id, "m-1")
        })
        .collect()
}

async fn apply(store: &RedisStore, updates: &[ConversationUpdate]) {
    let written = tokio::time::timeout(TIMEOUT, async {
        while store.apply(updates).await.is_err() {}
    });
    assert!(written.await.is_ok());
}

async fn assert_written_once(store: &RedisStore, updates: &[ConversationUpdate]) {
    for update in updates {
        let stored = store.load(&update.conversation_id).await.unwrap().unwrap();
        assert_eq!(stored.message_count(), 1);
    }
}

#[tokio::test]
async fn a_reply_can_be_cut_at_each_byte() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::connect(&proxy.url).await.unwrap();
    apply(&store, &updates("first")).await;
    let (_, before) = proxy.forwarded();
    apply(&store, &updates("second")).await;
    let (_, after) = proxy.forwarded();
    for cut in 0..=after - before {
        let updates = updates(&format!("reply-{cut}"));
        proxy.cut_replies_after(cut);
        apply(&store, &updates).await;
        assert!(proxy.has_cut());
        apply(&store, &updates).await;
        assert_written_once(&store, &updates).await;
    }
}

#[tokio::test]
async fn a_request_can_be_cut_anywhere() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::connect(&proxy.url).await.unwrap();
    apply(&store, &updates("first")).await;
    let (before, _) = proxy.forwarded();
    apply(&store, &updates("second")).await;
    let (after, _) = proxy.forwarded();
    for cut in (0..after - before).step_by(7) {
        let updates = updates(&format!("request-{cut}"));
        proxy.cut_requests_after(cut);
        apply(&store, &updates).await;
        assert!(proxy.has_cut());
        assert_written_once(&store, &updates).await;
    }
}

#[tokio::test]
async fn a_closed_connection_is_no_error() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    for _ in 0..5 {
        send_messages(&replicas, "c-1").await;
        assert!(test.tracker().flush(TIMEOUT).await.complete);
        // For example, a server closes connections that have been idle for a while.
        server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    }
    let store = RedisStore::connect(server.url()).await.unwrap();
    assert_end(&test, &replicas, &store, 10).await;
    let ledger = test.tracker().ledger();
    assert_eq!((ledger.store_errors, ledger.opens_without_store), (0, 0));
}

#[tokio::test]
async fn a_slow_server_loses_nothing() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let test = new_test();
    let replicas = replicas(&test, &server.url()).await;
    for _ in 0..3 {
        // Each read waits for longer than `open` does.
        server.cli(&["CLIENT", "PAUSE", "400", "ALL"]);
        send_messages(&replicas, "c-1").await;
        let _ = test.tracker().flush(TIMEOUT).await;
    }
    let store = RedisStore::connect(server.url()).await.unwrap();
    assert_end(&test, &replicas, &store, 6).await;
}
