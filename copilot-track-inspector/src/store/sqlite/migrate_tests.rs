//! Tests of the conversion of databases of the previous versions.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    conversation::{record::ConversationRecord, summary::Conversation},
    event::{json::FullEvent, model::Event},
    ingest::import::read_lines,
    numbers::totals::Totals,
    search::validate::Search,
    store::{
        event_store::EventStore, history::user_keys, query::ConversationQuery, status::Capacity,
    },
    timestamp::Timestamp,
};

const CAPACITY: Capacity = Capacity {
    events: 100,
    bytes: 1 << 30,
};

/// The tables of version 2, which are also part of version 3.
const OLD_TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY, conversation TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
        name TEXT, bad INTEGER NOT NULL, envelope TEXT, weight INTEGER NOT NULL, facts TEXT NOT NULL,
        search TEXT NOT NULL, context TEXT, integrations TEXT, raw TEXT NOT NULL
    );
    CREATE INDEX by_conversation ON events (conversation, at, seq);
    CREATE INDEX by_envelope ON events (envelope) WHERE envelope IS NOT NULL;
    CREATE INDEX bad ON events (seq) WHERE bad;
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL, problems INTEGER NOT NULL, ended INTEGER NOT NULL,
        summary TEXT NOT NULL
    );
    CREATE INDEX newest ON conversations (last_seq);
    CREATE TABLE users (
        key TEXT PRIMARY KEY, seq INTEGER NOT NULL, conversation TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE state (
        instance TEXT NOT NULL, last_seq INTEGER NOT NULL, events INTEGER NOT NULL,
        conversations INTEGER NOT NULL, evicted INTEGER NOT NULL, bad INTEGER NOT NULL, bytes INTEGER NOT NULL
    );
";

/// Writes a database as version 2 or 3 did.
fn write_old(file: &Path, version: i64, events: &[Arc<Event>], totals: &Totals) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(OLD_TABLES).unwrap();
    connection
        .pragma_update(None, "user_version", version)
        .unwrap();
    if version == 3 {
        connection
            .execute_batch("CREATE TABLE totals (json TEXT NOT NULL)")
            .unwrap();
        connection
            .execute(
                "INSERT INTO totals VALUES (?)",
                [serde_json::to_string(totals).unwrap()],
            )
            .unwrap();
    }
    let mut conversations: BTreeMap<String, ConversationRecord> = BTreeMap::new();
    for event in events {
        let id = event
            .conversation_id
            .clone()
            .unwrap_or_default()
            .into_string();
        let record = conversations.entry(id.clone());
        let record = record.or_insert_with(|| ConversationRecord::new(&id, event));
        record.add_event(event);
        for key in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            if !id.is_empty() {
                connection
                    .execute(
                        "REPLACE INTO users VALUES (?, ?, ?)",
                        params![key, event.seq.cast_signed(), id],
                    )
                    .unwrap();
            }
        }
        let request = &event.delivery.request;
        connection
            .execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?)",
                params![
                    event.seq.cast_signed(),
                    id,
                    event.occurred_at.0,
                    event.kind.as_str(),
                    event.name.as_deref(),
                    !event.verdict.is_good(),
                    event.envelope_id.as_deref(),
                    1_000,
                    serde_json::to_string(&**event).unwrap(),
                    request.batch_context,
                    request.batch_integrations,
                    event.raw,
                ],
            )
            .unwrap();
    }
    for (id, record) in &conversations {
        connection
            .execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)",
                params![
                    id,
                    record.summary.last_seq.cast_signed(),
                    record.has_problem(),
                    record.summary.ended,
                    serde_json::to_string(record).unwrap(),
                ],
            )
            .unwrap();
    }
    let bad = events
        .iter()
        .filter(|event| !event.verdict.is_good())
        .count();
    connection
        .execute(
            "INSERT INTO state VALUES ('instance', ?1, ?1, ?2, 0, ?3, ?4)",
            params![
                events.len().cast_signed(),
                conversations.len().cast_signed(),
                bad.cast_signed(),
                events.len().cast_signed() * 1_000,
            ],
        )
        .unwrap();
}

fn lines() -> Vec<String> {
    let call = |number: u32, more: serde_json::Value| {
        let mut call = json!({
            "type": "track", "event": "Message Sent", "userId": format!("u{}", number % 3), "messageId": format!("e{number}"),
            "context": {"library": {"name": "analytics-node", "version": "2.1"}},
            "properties": {"conversationId": format!("c{}", number % 3), "messageId": format!("m{number}"), "message_body": format!("text {number}"), "role": "customer"},
        });
        let members = more.as_object().unwrap().clone();
        call.as_object_mut().unwrap().extend(members);
        call.to_string()
    };
    let mut lines: Vec<String> = (1..=20).map(|number| call(number, json!({}))).collect();
    // A duplicate, a call of another kind, an invalid call, and an inferred conversation.
    lines.push(call(5, json!({})));
    lines.push(call(21, json!({"type": "identify"})));
    lines.push(call(22, json!({"event": "Mesage Sent"})));
    lines.push(r#"{"type":"order"}"#.to_owned());
    lines.push(call(
        23,
        json!({"properties": {"price": 340_282_366_920_938_463_u64, "deep": [[1.50]]}}),
    ));
    // A reply, a tool call, and a rating.
    for (number, name, properties) in [
        (
            24,
            "Message Received",
            json!({"message_body": "yes", "input_tokens": 5}),
        ),
        (
            27,
            "Action Invoked",
            json!({"type": "Stock", "outcome": "error"}),
        ),
        (30, "Feedback Submitted", json!({"rating": 4})),
    ] {
        let mut properties = properties;
        properties["conversationId"] = "c0".into();
        properties["messageId"] = "m24".into();
        lines.push(call(number, json!({"event": name, "properties": properties, "timestamp": format!("2126-01-02T03:04:{number}Z")})));
    }
    lines
}

/// Searches that find something.
const SEARCHES: &[&str] = &[
    "text 7",
    "user:u1",
    "event:\"mesage sent\"",
    "library:node severity:problem",
    "code:duplicate_envelope_id",
    "rating:4",
    "outcome:failed",
    "messages:7..",
];

async fn listed(store: &EventStore, search: &str) -> Vec<Conversation> {
    let query = ConversationQuery {
        limit: 100,
        search: Some(Search::new(search, Timestamp::now()).unwrap()),
        ..ConversationQuery::default()
    };
    store.conversations(query).await.unwrap().items
}

fn read(lines: &[String]) -> Vec<Event> {
    let events = read_lines(lines.iter().map(String::as_str));
    events.into_iter().map(Result::unwrap).collect()
}

async fn all(store: &EventStore) -> Vec<String> {
    let events = store.read(|store| store.after(0, 1_000, usize::MAX));
    let events = events.await.unwrap();
    let json = events
        .iter()
        .map(|event| serde_json::to_string(&FullEvent(event)).unwrap());
    json.collect()
}

#[tokio::test]
async fn a_database_of_a_previous_version_is_converted() {
    for version in [2, 3] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("events.db");
        let memory = EventStore::in_memory(CAPACITY);
        memory.append(read(&lines())).await.unwrap();
        let events = memory.after(0, 1_000, usize::MAX).await.unwrap();
        assert!(events.iter().any(|event| event.conversation_inferred));
        let totals = memory.read(|store| store.totals()).await.unwrap();
        write_old(&file, version, &events, &totals);

        let database = EventStore::in_database(&file, CAPACITY, true).unwrap();
        assert_eq!(database.instance(), "instance");
        let converted = database.read(|store| store.totals()).await.unwrap();
        assert_eq!(converted, totals, "version {version}");
        // New events are compared with the converted ones, and refer to their conversations.
        let mut again = read(&lines()[..2]);
        let identify = r#"{"type":"identify","userId":"u1","messageId":"new"}"#;
        again.extend(read(&[identify.to_owned()]));
        memory.append(again.clone()).await.unwrap();
        database.append(again).await.unwrap();
        let (converted, expected) = (all(&database).await, all(&memory).await);
        let count = lines().len();
        assert_eq!(converted[..count], expected[..count], "version {version}");
        for line in &converted[count..count + 2] {
            assert!(line.contains("duplicate_envelope_id"), "{line}");
        }
        assert!(
            converted[count + 2].contains("\"conversationInferred\":true"),
            "{}",
            converted[count + 2]
        );
        assert_eq!(listed(&database, "").await, listed(&memory, "").await);
        for search in SEARCHES {
            let found = listed(&database, search).await;
            assert!(!found.is_empty(), "{search}");
            assert_eq!(found, listed(&memory, search).await, "{search}");
        }
        let stored = count as u64 + 3;
        assert_eq!(database.status().events, stored);
        drop(database);
        // The converted file is opened again.
        let database = EventStore::in_database(&file, CAPACITY, true).unwrap();
        assert_eq!(database.status().last_seq, stored);
        assert_eq!(listed(&database, "rating:4").await.len(), 1);
    }
}

#[test]
fn files_of_other_programs_and_of_newer_versions_are_left_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    for (sql, error) in [
        (
            "CREATE TABLE bookmarks (url TEXT)",
            "not a database of the inspector",
        ),
        (
            "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 4",
            "not a database of the inspector",
        ),
        (
            "CREATE TABLE events (id); CREATE TABLE state (id); PRAGMA user_version = 1000",
            "not a database of the inspector",
        ),
        (
            "CREATE TABLE events (seq); CREATE TABLE conversations (id); CREATE TABLE users (key);
             CREATE TABLE state (instance); PRAGMA user_version = 5",
            "a newer version of the inspector has written this file",
        ),
    ] {
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        let before = std::fs::read(&file).unwrap();
        let opened = EventStore::in_database(&file, CAPACITY, true);
        let message = opened.unwrap_err().to_string();
        assert!(message.contains(error), "{sql}: {message}");
        assert!(std::fs::read(&file).unwrap() == before, "{sql}");
        std::fs::remove_file(&file).unwrap();
    }
}
