//! Tests of searches in a database, with and without the index.

use std::{ops::Range, path::Path, time::Duration};

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    event::model::Event,
    ingest::import::read_lines,
    search::validate::Search,
    store::{
        error::StoreError, event_store::EventStore, query::ConversationQuery, status::Capacity,
    },
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Severity},
};

const CAPACITY: Capacity = Capacity {
    events: 100_000,
    bytes: 1 << 30,
};
/// The number of events: several blocks, and more events than are searched without the index.
const EVENTS: usize = 1_600;
/// 2026-01-02T03:04:05Z.
const NOW: Timestamp = Timestamp(1_767_323_045_000);

/// Returns events of many conversations, with texts in several scripts and with findings.
fn events(numbers: Range<usize>) -> Vec<Event> {
    let texts = [
        "Is the Super Widget in stock?",
        "Größe ÄNDERN, bitte: 50% off' OR 1=1 --",
        "日本語のテキスト",
        "ПРИВЕТ, \u{212a}elvin İstanbul",
        "a\u{1f}b \0 \"quoted\" \\ kett*",
    ];
    let lines: Vec<String> = numbers
        .map(|number| {
            let mut call = json!({
                "type": "track", "event": "Message Sent", "userId": format!("User-{}", number % 97),
                "messageId": format!("{:08x}-envelope", number.wrapping_mul(2_654_435_761) % 0xffff_ffff),
                "context": {"library": {"name": "analytics-node", "version": "2.1"}},
                "properties": {
                    "conversationId": format!("conversation {}", number % 613), "messageId": format!("m{number}"),
                    "message_body": texts[number % texts.len()], "role": "customer",
                },
            });
            match number % 50 {
                7 => call["properties"]["messageBody"] = 5.into(),
                11 => call["event"] = "Action Invoked".into(),
                13 => call["context"]["library"]["name"] = "analytics-python".into(),
                17 => call["anonymousId"] = "ANON".into(),
                19 => call = json!({"type": "identify", "userId": "User-3", "messageId": format!("i{number}")}),
                23 => call["userId"] = serde_json::Value::Null,
                29 => call = json!({"type": "order"}),
                31 => {
                    call["event"] = "Feedback Submitted".into();
                    call["properties"]["rating"] = (number % 7).into();
                }
                33 => {
                    call["event"] = "Feedback Submitted".into();
                    call["properties"]["rating"] = 4.25.into();
                }
                37 => {
                    call["event"] = "Action Invoked".into();
                    call["properties"]["outcome"] = ["ok", "error", "cancelled"][number % 3].into();
                }
                41 => call["event"] = "Message Received".into(),
                _ => {}
            }
            call.to_string()
        })
        .collect();
    let events = read_lines(lines.iter().map(String::as_str));
    let events = events.into_iter().map(Result::unwrap);
    events
        .zip(0..)
        .map(|(event, number)| Event {
            occurred_at: Timestamp(NOW.0 - 3_600_000 + number * 1_000),
            ..event
        })
        .collect()
}

const QUERIES: &[&str] = &[
    "widget",
    "SUPER WIDGET",
    "größe",
    "GRÖSSE",
    "ändern, bitte",
    "日本",
    "語",
    "привет",
    "kelvin",
    "i\u{307}stanbul",
    "istanbul",
    "a\u{1f}b",
    "b\u{1f}message",
    "stock?\u{1f}message sent",
    "kett*",
    "50% off' OR 1=1 --",
    "\"\\\"quoted\\\" \\\\\"",
    "conversation 612",
    "conversation 61",
    "m1599",
    "m1",
    "-envelope",
    "9",
    "é",
    "nothing",
    "user:user-9",
    "user:ANON",
    "user:nobody",
    "event:action",
    "event:\"message sent\" user:user-1",
    "event:identify",
    "event:track widget",
    "event:trac",
    "library:python",
    "library:node/2",
    "severity:ok",
    "severity:note",
    "severity:warning",
    "severity:error",
    "severity:rejected",
    "severity:problem",
    "severity:problem severity:note",
    "code:unknown_type",
    "code:misspelled_property severity:warning",
    "code:too_large",
    "since:10m",
    "since:2026-01-02T03:00:00Z widget",
    "since:1w event:identify",
    "since:2027-01-01",
    "rating:4",
    "rating:4..",
    "rating:4.25 widget",
    "rating:..2.5",
    "rating:-1",
    "outcome:ok",
    "outcome:failed",
    "outcome:canceled user:user-1",
    "outcome:unknown",
    "answer:0s..",
    "answer:613s event:received",
    "answer:10m..20m",
    "messages:2",
    "messages:3..",
    "messages:..1 problem",
    "messages:1.. messages:..2 widget",
    "messages:0",
    "messages:100..",
    "analytics-node",
    "identify",
];

fn query(search: &str, limit: usize) -> ConversationQuery {
    ConversationQuery {
        limit,
        search: Some(Search::new(search, NOW).unwrap()),
        ..ConversationQuery::default()
    }
}

async fn ids(store: &EventStore, query: ConversationQuery) -> (Vec<String>, bool) {
    let page = store.conversations(query).await.unwrap();
    let ids = page.items.iter().map(|it| it.id.clone());
    (ids.collect(), page.more)
}

fn open(file: &Path, capacity: Capacity, has_search_index: bool) -> EventStore {
    EventStore::in_database(file, capacity, has_search_index).unwrap()
}

/// Waits until the index contains all events.
async fn wait_for_index(store: &EventStore) {
    while store.index_progress().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

struct Stores {
    directory: TempDir,
    memory: EventStore,
    database: EventStore,
}

impl Stores {
    async fn new(capacity: Capacity) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = open(&directory.path().join("events.db"), capacity, true);
        let memory = EventStore::in_memory(capacity);
        for batch in events(0..EVENTS).chunks(300) {
            memory.append(batch.to_vec()).await.unwrap();
            database.append(batch.to_vec()).await.unwrap();
        }
        wait_for_index(&database).await;
        Self {
            directory,
            memory,
            database,
        }
    }

    fn file(&self) -> std::path::PathBuf {
        self.directory.path().join("events.db")
    }

    /// Checks that both stores find the same conversations for all queries.
    async fn check_equal(&self) {
        self.check(QUERIES).await;
    }

    async fn check(&self, queries: &[&str]) {
        for search in queries {
            let query = query(search, 10_000);
            let expected = ids(&self.memory, query.clone()).await;
            assert_eq!(ids(&self.database, query).await, expected, "{search:?}");
        }
    }
}

#[tokio::test]
async fn both_stores_find_the_same_conversations() {
    let stores = Stores::new(CAPACITY).await;
    stores.check_equal().await;
    // Most queries find something, but not everything.
    let mut found = Vec::new();
    for search in QUERIES {
        found.push(ids(&stores.memory, query(search, 10_000)).await.0.len());
    }
    assert!(
        found.iter().filter(|count| **count > 0).count() > 30,
        "{found:?}"
    );
    assert!(
        found.iter().filter(|count| **count < 100).count() > 10,
        "{found:?}"
    );
    for search in [
        "rating:4",
        "outcome:failed",
        "answer:10m..20m",
        "messages:2",
    ] {
        let found = ids(&stores.memory, query(search, 1)).await;
        assert!(!found.0.is_empty(), "{search}");
    }
    // Pages and the other filters.
    for search in ["widget", "event:action", "conversation 61"] {
        for problems in [None, Some(true), Some(false)] {
            let mut query = ConversationQuery {
                problems,
                ..query(search, 7)
            };
            for _ in 0..4 {
                let expected = ids(&stores.memory, query.clone()).await;
                assert_eq!(
                    ids(&stores.database, query.clone()).await,
                    expected,
                    "{search}"
                );
                let page = stores.memory.conversations(query.clone()).await.unwrap();
                query.before = page.items.last().map(|last| last.last_seq);
            }
        }
    }
    // Without the index, the result is the same.
    let file = stores.file();
    let Stores {
        directory,
        memory,
        database,
    } = stores;
    drop(database);
    let database = open(&file, CAPACITY, false);
    let stores = Stores {
        directory,
        memory,
        database,
    };
    stores.check_equal().await;
}

#[tokio::test]
async fn events_are_found_after_a_restart_and_not_after_their_eviction() {
    let capacity = Capacity {
        events: 1_200,
        ..CAPACITY
    };
    let mut stores = Stores::new(capacity).await;
    stores.check_equal().await;
    let file = stores.file();
    // Without the index, further events are stored. The index is completed later.
    for (has_search_index, number) in [(false, EVENTS), (true, 2 * EVENTS)] {
        drop(std::mem::replace(
            &mut stores.database,
            EventStore::in_memory(CAPACITY),
        ));
        stores.database = open(&file, capacity, has_search_index);
        wait_for_index(&stores.database).await;
        let more = events(number..number + 700);
        stores.memory.append(more.clone()).await.unwrap();
        stores.database.append(more).await.unwrap();
        stores.check_equal().await;
    }
    drop(stores.database);
    let connection = Connection::open(&file).unwrap();
    let first: i64 = connection
        .query_row("SELECT min(seq) FROM events", [], |row| row.get(0))
        .unwrap();
    let ends: Vec<i64> = connection
        .prepare("SELECT last_seq FROM search_blocks")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(
        ends.len() >= 2 && ends.iter().all(|end| *end >= first),
        "{first} {ends:?}"
    );
    let is_first: bool = connection
        .query_row(
            "SELECT (SELECT min(id) FROM requests) = (SELECT request FROM events ORDER BY seq LIMIT 1)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(is_first, "requests without events remain");
}

#[tokio::test]
async fn a_damaged_index_is_built_again() {
    let mut stores = Stores::new(CAPACITY).await;
    // Closing the database moves its log into the file.
    stores.database = EventStore::in_memory(CAPACITY);
    let queries = &["widget", "日本", "nothing", "severity:problem"];
    for damage in [
        "UPDATE search_blocks SET records = zeroblob(100)",
        "UPDATE search_blocks SET records = x'' WHERE first_seq > 600",
        "UPDATE search_blocks SET records = substr(records, 1, length(records) - 1)",
        "UPDATE search_blocks SET signature = NULL || 5, records = 7",
        "UPDATE search_blocks SET first_seq = first_seq + 1",
        "UPDATE search_blocks SET first_seq = 1",
        "DELETE FROM search_blocks WHERE first_seq > 500 AND last_seq < 1100",
        "DELETE FROM search_blocks WHERE first_seq = 1",
        "DELETE FROM search_blocks",
    ] {
        let file = stores.directory.path().join("damaged.db");
        std::fs::copy(stores.file(), &file).unwrap();
        let is_valid = Connection::open(&file).unwrap().execute_batch(damage);
        if is_valid.is_err() {
            // A constraint of the table prevents this damage.
            continue;
        }
        let before = blocks(&file);
        // Searches find the damage if the start does not.
        for _ in 0..2 {
            stores.database = open(&file, CAPACITY, true);
            stores.check(queries).await;
            wait_for_index(&stores.database).await;
            stores.check(queries).await;
            // Closing the database completes the queued commands.
            stores.database = EventStore::in_memory(CAPACITY);
        }
        let after = blocks(&file);
        assert_ne!(after, before, "{damage}");
        assert_eq!(after.first().map(|block| block.0), Some(1), "{damage}");
        for pair in after.windows(2) {
            assert_eq!(pair[0].1 + 1, pair[1].0, "{damage}: {after:?}");
        }
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}

#[tokio::test]
async fn an_index_of_another_version_is_built_again() {
    let mut stores = Stores::new(CAPACITY).await;
    let file = stores.file();
    stores.database = EventStore::in_memory(CAPACITY);
    // These blocks would exclude most texts.
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "UPDATE state SET search_version = search_version - 1;
             UPDATE search_blocks SET signature = zeroblob(length(signature))",
        )
        .unwrap();
    stores.database = open(&file, CAPACITY, true);
    wait_for_index(&stores.database).await;
    stores
        .check(&["widget", "conversation 61", "rating:4", "nothing"])
        .await;
}

#[tokio::test]
async fn deleted_and_changed_events_change_the_index() {
    let stores = Stores::new(CAPACITY).await;
    let before = blocks(&stores.file());
    // One conversation in all blocks, one among the newest events, and the first block's start.
    for id in ["conversation 61", "conversation 373", "conversation 0", ""] {
        let deleted = stores.memory.delete_conversation(id.to_owned()).await;
        let deleted = deleted.unwrap();
        assert!(deleted > 0, "{id}");
        let removed = stores.database.delete_conversation(id.to_owned()).await;
        assert_eq!(removed.unwrap(), deleted, "{id}");
        stores
            .check(&["conversation 61", "conversation 0", "m1"])
            .await;
    }
    wait_for_index(&stores.database).await;
    stores.check_equal().await;
    let after = blocks(&stores.file());
    assert_ne!(after, before);
    let ranges = |blocks: &[(i64, i64, _)]| -> Vec<_> {
        blocks.iter().map(|block| (block.0, block.1)).collect()
    };
    assert_eq!(ranges(&after), ranges(&before));

    // Other findings.
    let verdict = |event: &Event| {
        let mut verdict = event.verdict.clone();
        verdict.add(Severity::Error, FindingCode::TooDeep, "", "a test");
        (event.seq % 100 == 3).then_some(verdict)
    };
    for store in [&stores.memory, &stores.database] {
        let mut last = Some(0);
        while let Some(seq) = last {
            let new_verdict = Box::new(verdict);
            last = store.replace_verdicts(seq, 256, new_verdict).await.unwrap();
        }
    }
    stores
        .check(&["code:too_deep", "severity:error", "severity:ok"])
        .await;
    assert_eq!(
        ids(&stores.database, query("code:too_deep event:x", 10))
            .await
            .0
            .len(),
        0
    );
    assert!(
        ids(&stores.database, query("code:too_deep", 100))
            .await
            .0
            .len()
            > 10
    );
    wait_for_index(&stores.database).await;
    stores.check_equal().await;
}

/// Returns the first and the last event of each block, and the size of the block.
fn blocks(file: &Path) -> Vec<(i64, i64, Option<i64>)> {
    Connection::open(file)
        .unwrap()
        .prepare("SELECT first_seq, last_seq, length(records) FROM search_blocks ORDER BY last_seq")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[tokio::test]
async fn an_abandoned_search_stops() {
    let stores = Stores::new(CAPACITY).await;
    let query = query("nothing", 10);
    // The flag is set when the future of a search is dropped.
    let cancel = crate::store::cancel::CancelOnDrop::default();
    let abandoned = ConversationQuery {
        cancelled: cancel.flag(),
        ..query.clone()
    };
    drop(cancel);
    let search = |query: ConversationQuery| {
        stores
            .database
            .read(move |store| store.conversations(&query))
    };
    assert!(matches!(
        search(abandoned).await,
        Err(StoreError::Cancelled)
    ));
    assert!(search(query).await.unwrap().items.is_empty());
}
