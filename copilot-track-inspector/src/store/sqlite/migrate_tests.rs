//! Tests of the conversion of databases of the previous version.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rusqlite::{Connection, params};
use serde_json::json;

use crate::{
    conversation::record::ConversationRecord,
    event::{json::FullEvent, model::Event},
    ingest::import::read_lines,
    store::{event_store::EventStore, query::ConversationQuery, status::Capacity},
};

const CAPACITY: Capacity = Capacity {
    events: 100,
    bytes: 1 << 30,
};

/// The tables of version 2.
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
    PRAGMA user_version = 2;
";

/// Writes a database as version 2 did.
fn write_old(file: &Path, events: &[Arc<Event>]) {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(OLD_TABLES).unwrap();
    let mut conversations: BTreeMap<String, ConversationRecord> = BTreeMap::new();
    for event in events {
        let id = event.conversation_id.clone().unwrap_or_default();
        let record = conversations.entry(id.clone());
        let record = record.or_insert_with(|| ConversationRecord::new(&id, event));
        record.add_event(event);
        let request = &event.delivery.request;
        connection
            .execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?)",
                params![
                    event.seq.cast_signed(),
                    id,
                    event.occurred_at.0,
                    event.kind,
                    event.name,
                    !event.verdict.is_good(),
                    event.envelope_id,
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
    lines
}

#[tokio::test]
async fn a_database_of_the_previous_version_is_converted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let memory = EventStore::in_memory(CAPACITY);
    let read = |lines: &[String]| -> Vec<Event> {
        let events = read_lines(lines.iter().map(String::as_str));
        events.into_iter().map(Result::unwrap).collect()
    };
    memory.append(read(&lines())).await.unwrap();
    let events = memory.after(0, 1_000, usize::MAX).await.unwrap();
    assert!(events.iter().any(|event| event.conversation_inferred));
    write_old(&file, &events);

    let database = EventStore::in_database(&file, CAPACITY, true).unwrap();
    assert_eq!(database.instance(), "instance");
    // New events are compared with the converted ones, and refer to their conversations.
    let again = read(&lines()[..2]);
    memory.append(again.clone()).await.unwrap();
    database.append(again).await.unwrap();
    let json = |events: &[Arc<Event>]| -> Vec<String> {
        let events = events.iter();
        events
            .map(|event| serde_json::to_string(&FullEvent(event)).unwrap())
            .collect()
    };
    let read_all = database.read(|store| store.after(0, 1_000, usize::MAX));
    let converted = json(&read_all.await.unwrap());
    let expected = json(&memory.after(0, 1_000, usize::MAX).await.unwrap());
    assert_eq!(converted[..25], expected[..25]);
    for line in &converted[25..] {
        assert!(line.contains("duplicate_envelope_id"), "{line}");
    }
    let query = ConversationQuery {
        limit: 100,
        ..ConversationQuery::default()
    };
    let listed = |page: crate::store::query::Page<_>| page.items;
    assert_eq!(
        listed(database.conversations(query.clone()).await.unwrap()),
        listed(memory.conversations(query).await.unwrap())
    );
    assert_eq!(database.status().events, 27);
    drop(database);
    // The converted file is opened again.
    let database = EventStore::in_database(&file, CAPACITY, true).unwrap();
    assert_eq!(database.status().last_seq, 27);
}
