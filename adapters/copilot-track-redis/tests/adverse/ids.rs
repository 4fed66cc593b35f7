//! Unusual ids, and many conversations.

use std::collections::HashSet;
use std::time::Duration;

use copilot_track::store::{ConversationStore as _, IdleRequest};
use copilot_track::{ConversationId, Conversations};
use copilot_track_redis::RedisStore;

use crate::cluster::Cluster;
use crate::common::{Server, TIMEOUT};
use crate::{new_test, update, user};

fn unusual_ids() -> Vec<String> {
    vec![
        "{active-1}".to_owned(),
        "active-1".to_owned(),
        "}{".to_owned(),
        "{}".to_owned(),
        "{".to_owned(),
        "%7B".to_owned(),
        "a}:known".to_owned(),
        "a:known".to_owned(),
        "c-1\r\nFLUSHALL\r\n".to_owned(),
        "\0".to_owned(),
        "Gespr\u{e4}ch \u{1F600}".to_owned(),
        "\u{202e}abc".to_owned(),
        "0".to_owned(),
        "inf".to_owned(),
        "\u{1F600}".repeat(100),
        "{".repeat(100),
        "x".repeat(100),
    ]
}

/// Checks that each conversation counts its own messages, and is found when it is idle.
async fn assert_separate(store: &RedisStore) {
    let ids: Vec<_> = unusual_ids()
        .into_iter()
        .map(|id| ConversationId::new(id).unwrap())
        .collect();
    for (number, id) in ids.iter().enumerate() {
        // The ids of messages are as unusual.
        let updates: Vec<_> = unusual_ids()[..=number]
            .iter()
            .map(|message| update(id, message))
            .collect();
        store.apply(&updates).await.unwrap();
        store.apply(&updates).await.unwrap();
    }
    for (number, id) in ids.iter().enumerate() {
        let stored = store.load(id).await.unwrap().unwrap();
        assert_eq!(stored.message_count(), number as u64 + 1, "{id:?}");
        let newest = &stored.recent_messages[0].id;
        assert_eq!(newest.as_str(), unusual_ids()[number]);
    }
    let lease = Duration::from_secs(60);
    let mut claimed = HashSet::new();
    let request = IdleRequest::new(Duration::ZERO, 1_000, lease, "token");
    while claimed.len() < ids.len() {
        for found in store.claim_idle(&request).await.unwrap() {
            claimed.insert(found.conversation_id);
        }
    }
    assert_eq!(claimed, ids.into_iter().collect());
}

#[tokio::test]
async fn unusual_ids_are_separate() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    assert_separate(&RedisStore::connect(server.url()).await.unwrap()).await;
}

#[tokio::test]
async fn unusual_ids_are_separate_on_a_cluster() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    assert_separate(&RedisStore::connect(cluster.url()).await.unwrap()).await;
}

#[tokio::test]
async fn invalid_entries_of_the_index_are_removed() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let store = RedisStore::connect(server.url()).await.unwrap();
    store.apply(&[]).await.unwrap();
    // No conversation has an empty id.
    let index = "copilot-track:1:{active-0}";
    server.cli(&["ZADD", index, "1", ""]);
    let request = IdleRequest::new(Duration::ZERO, 1, Duration::from_secs(60), "token");
    assert_eq!(store.claim_idle(&request).await.unwrap(), []);
    assert_eq!(server.cli(&["ZCARD", index]).as_deref(), Some("0"));
}

#[tokio::test]
async fn many_conversations_change_in_one_interval() {
    const CONVERSATIONS: usize = 10_000;
    let Some(server) = Server::start(&["--appendonly", "no"]) else {
        return;
    };
    // Both trackers use the same store.
    let tests = [new_test(), new_test()];
    let mut replicas = Vec::new();
    for test in &tests {
        let store = RedisStore::connect(server.url()).await.unwrap();
        replicas.push(Conversations::builder(test.tracker()).store(store).build());
    }
    let ids = || (0..CONVERSATIONS).map(|number| format!("c-{number}"));
    // The server does not answer, so that all changes are written at once.
    server.signal("STOP");
    for id in ids() {
        for replica in &replicas {
            let conversation = replica.open(&id, user()).await.unwrap();
            conversation.message_sent("Hello");
        }
    }
    server.signal("CONT");
    for test in &tests {
        assert!(test.tracker().flush(TIMEOUT).await.complete);
        let ledger = test.tracker().ledger();
        assert_eq!((ledger.unsaved_messages, ledger.unsaved_changes), (0, 0));
    }
    for id in ids() {
        // Each of two requests ends half of the conversations.
        for replica in &replicas {
            assert!(replica.end(&id));
        }
    }
    for test in &tests {
        assert!(test.tracker().flush(TIMEOUT).await.complete);
    }
    drop(replicas);
    let mut ended = HashSet::new();
    for test in &tests {
        for event in test.events_named("Conversation Ended") {
            event.assert_property("message_count", 2);
            assert!(ended.insert(event.property("conversationId").unwrap().to_string()));
        }
        assert_eq!(test.ledger().uncounted_ends, 0);
    }
    assert_eq!(ended.len(), CONVERSATIONS);
}
