//! Tests of both backends.

use std::{collections::HashSet, sync::Arc};

use super::{event_store::EventStore, query::ConversationQuery, status::Capacity};
use crate::{
    event::model::Event, ingest::import::read_lines, search::validate::Search, timestamp::Timestamp,
};

const CAPACITY: Capacity = Capacity {
    events: 1_000_000,
    bytes: 1 << 30,
};

/// Returns one event for each of `conversations` conversations.
fn events(conversations: usize) -> impl Iterator<Item = Event> {
    (0..conversations).map(|number| {
        let line = format!(
            r#"{{"type":"track","event":"Message Sent","userId":"u","properties":{{"conversationId":"conversation {number}","messageId":"m","message_body":"a needle of hay"}}}}"#
        );
        let event = read_lines(std::iter::once(&*line)).remove(0).unwrap();
        Event {
            received_at: Timestamp(1_767_323_045_000),
            ..event
        }
    })
}

async fn list(store: &EventStore, query: &ConversationQuery) -> Vec<String> {
    let listed = store.conversations(query.clone()).await.unwrap();
    listed
        .items
        .iter()
        .map(|conversation| conversation.id.clone())
        .collect()
}

async fn check_many_conversations(store: EventStore, conversations: usize) {
    let mut pending = events(conversations).peekable();
    while pending.peek().is_some() {
        store
            .append(pending.by_ref().take(2_000).collect())
            .await
            .unwrap();
    }
    assert_eq!(store.status().conversations, conversations as u64);
    // Each conversation is on exactly one page.
    let mut seen = HashSet::new();
    let mut query = ConversationQuery {
        limit: 500,
        ..ConversationQuery::default()
    };
    loop {
        let listed = store.conversations(query.clone()).await.unwrap();
        for conversation in &listed.items {
            assert!(seen.insert(conversation.id.clone()), "{}", conversation.id);
        }
        query.before = listed
            .items
            .last()
            .map(|conversation| conversation.last_seq);
        if !listed.more {
            break;
        }
    }
    assert_eq!(seen.len(), conversations);
    // A search returns the newest conversations first, and also finds the oldest.
    let search = |query: &str| ConversationQuery {
        limit: 2,
        search: Some(Search::new(query, Timestamp(0)).unwrap()),
        ..ConversationQuery::default()
    };
    let last = conversations - 1;
    assert_eq!(
        list(&store, &search("NEEDLE")).await[0],
        format!("conversation {last}")
    );
    assert_eq!(
        list(&store, &search(&format!("conversation {last}")))
            .await
            .len(),
        1
    );
    let oldest = list(&store, &search("conversation 0")).await;
    assert_eq!(oldest, ["conversation 0"]);
}

#[tokio::test]
async fn memory_lists_and_searches_a_hundred_thousand_conversations() {
    check_many_conversations(EventStore::in_memory(CAPACITY), 100_000).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_database_lists_and_searches_ten_thousand_conversations() {
    let directory = tempfile::tempdir().unwrap();
    let store =
        EventStore::in_database(&directory.path().join("events.db"), CAPACITY, true).unwrap();
    check_many_conversations(store, 10_000).await;
}

#[tokio::test]
async fn all_watchers_share_an_event() {
    let store = EventStore::in_memory(CAPACITY);
    check_sharing(store).await;
    #[cfg(feature = "sqlite")]
    {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.db");
        check_sharing(EventStore::in_database(&path, CAPACITY, true).unwrap()).await;
    }
}

async fn check_sharing(store: EventStore) {
    let _watcher = store.subscribe();
    store.append(events(3).collect()).await.unwrap();
    let first = store.after(0, 10, usize::MAX).await.unwrap();
    let second = store.after(1, 10, usize::MAX).await.unwrap();
    assert_eq!((first.len(), second.len()), (3, 2));
    for (first, second) in first[1..].iter().zip(&second) {
        assert!(Arc::ptr_eq(first, second), "{}", first.seq());
    }
}
