//! Tests of the totals, in both backends.

use serde_json::{Value, json};

use super::report::Numbers;
use crate::{
    event::model::Event,
    ingest::import::read_lines,
    store::{event_store::EventStore, query::NewVerdict, status::Capacity},
    verdict::findings::Verdict,
};

const CAPACITY: Capacity = Capacity {
    events: 1_000,
    bytes: 1 << 30,
};

/// Returns an event that happened `second` seconds after an arbitrary time.
fn event(second: u64, conversation: &str, name: &str, properties: Value) -> Event {
    let mut all = properties;
    all["conversationId"] = conversation.into();
    all["messageId"] = format!("m{second}").into();
    let minute = second / 60;
    let line = json!({
        "type": "track", "event": name, "userId": "u",
        "messageId": format!("{conversation} {second} {name}"),
        "timestamp": format!("2026-01-02T03:{minute:02}:{:02}.000Z", second % 60),
        "context": {"library": {"name": "test", "version": "1"}},
        "properties": all,
    })
    .to_string();
    read_lines(std::iter::once(line.as_str()))
        .remove(0)
        .unwrap()
}

fn sent(second: u64, conversation: &str) -> Event {
    event(
        second,
        conversation,
        "Message Sent",
        json!({"message_body": "?", "role": "customer"}),
    )
}

fn received(second: u64, conversation: &str, more: &Value) -> Event {
    let mut properties = json!({"message_body": "!", "role": "agent"});
    properties
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    event(second, conversation, "Message Received", properties)
}

async fn numbers(store: &EventStore) -> Value {
    let totals = store.read(|store| store.totals()).await.unwrap();
    serde_json::to_value(Numbers::new(&totals, store.status().last_seq)).unwrap()
}

/// Returns a store of each kind. The directory is deleted when it is dropped.
fn stores(capacity: Capacity) -> (Vec<EventStore>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let stores = vec![
        EventStore::in_memory(capacity),
        #[cfg(feature = "sqlite")]
        EventStore::in_database(&directory.path().join("events.db"), capacity, true).unwrap(),
    ];
    (stores, directory)
}

fn scene() -> Vec<Event> {
    let tool = |second, properties| event(second, "a", "Action Invoked", properties);
    vec![
        event(0, "a", "Conversation Started", json!({})),
        sent(1, "a"),
        tool(2, json!({"type": "Stock", "action": "x", "outcome": "ok"})),
        tool(
            3,
            json!({"type": "Stock", "action": "x", "outcome": "error"}),
        ),
        tool(
            4,
            json!({"type": "Price", "action": "x", "outcome": "cancelled"}),
        ),
        tool(5, json!({"action": "x"})),
        received(
            6,
            "a",
            &json!({"input_tokens": 100, "output_tokens": 7, "cost_usd": 0.25}),
        ),
        // A second reply to the same question has no answer time.
        received(7, "a", &json!({"input_tokens": 0, "cost_usd": 0})),
        event(8, "a", "Feedback Submitted", json!({"rating": 4.5})),
        event(9, "a", "Feedback Submitted", json!({"rating": 5})),
        event(10, "a", "Feedback Submitted", json!({"rating": "good"})),
        sent(20, "b"),
        // Segment deletes this duplicate.
        sent(20, "b"),
        // The reply arrives before the question.
        received(70, "c", &json!({})),
        sent(30, "c"),
        event(0, "", "Custom", json!({})),
    ]
}

#[tokio::test]
async fn figures_are_computed_from_all_events_and_unknown_ones_are_left_out() {
    let (stores, _directory) = stores(CAPACITY);
    for store in stores {
        store.append(scene()).await.unwrap();
        let numbers = numbers(&store).await;
        assert_eq!(
            (&numbers["events"], &numbers["duplicates"]),
            (&json!(16), &json!(1))
        );
        let conversations = &numbers["conversations"];
        assert_eq!(
            (&conversations["count"], &conversations["messages"]),
            (&json!(3), &json!(6))
        );
        assert_eq!(conversations["meanMessages"], 2.0);
        let counts = |groups: &Value| -> Vec<u64> {
            let groups = groups.as_array().unwrap().iter();
            groups
                .map(|group| group["count"].as_u64().unwrap())
                .collect()
        };
        assert_eq!(
            counts(&conversations["groups"]),
            [0, 1, 1, 1, 0, 0, 0, 0, 0]
        );
        let answers = &numbers["answers"];
        assert_eq!(
            (&answers["count"], &answers["unknown"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(answers["meanMs"], 22_500);
        assert_eq!(
            (&answers["medianMs"], &answers["p95Ms"]),
            (&json!(5_000), &json!(40_000))
        );
        assert_eq!(
            counts(&answers["groups"]),
            [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]
        );
        let tools = &numbers["tools"];
        assert_eq!(tools["calls"], 4);
        assert_eq!(
            tools["types"],
            json!([
                {"type": "Stock", "calls": 2, "ok": 1, "failed": 1, "canceled": 0, "unknown": 0, "failureRate": 0.5},
                {"type": "Price", "calls": 1, "ok": 0, "failed": 0, "canceled": 1, "unknown": 0},
                {"calls": 1, "ok": 0, "failed": 0, "canceled": 0, "unknown": 1},
            ])
        );
        let ratings = &numbers["ratings"];
        assert_eq!(
            (&ratings["count"], &ratings["unknown"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(ratings["mean"], 4.75);
        assert_eq!(
            ratings["values"],
            json!([{"rating": 5.0, "count": 1}, {"rating": 4.5, "count": 1}])
        );
        assert_eq!(
            numbers["usage"],
            json!({
                "replies": 3, "inputTokens": 100, "repliesWithInputTokens": 2, "outputTokens": 7,
                "repliesWithOutputTokens": 1, "costUsd": 0.25, "repliesWithCost": 2,
            })
        );
        let problems = &numbers["problems"];
        assert_eq!(problems["libraries"][0]["library"], "test/1");
        assert_eq!(problems["libraries"][0]["events"], 16);
        let codes = problems["codes"].as_array().unwrap();
        assert!(
            codes
                .iter()
                .any(|code| code["code"] == "missing_property" && code["severity"] == "error"),
            "{codes:?}"
        );
    }
}

#[tokio::test]
async fn without_events_every_figure_is_zero_or_unknown() {
    let (stores, _directory) = stores(CAPACITY);
    for store in stores {
        let numbers = numbers(&store).await;
        assert_eq!(numbers["conversations"]["count"], 0);
        for (group, figure) in [
            ("conversations", "meanMessages"),
            ("answers", "meanMs"),
            ("answers", "medianMs"),
            ("tools", "failureRate"),
            ("ratings", "mean"),
            ("usage", "costUsd"),
            ("usage", "inputTokens"),
        ] {
            assert_eq!(numbers[group].get(figure), None, "{group}.{figure}");
        }
    }
}

/// Evicted and deleted events leave no trace: the figures are those of a store that never had them.
#[tokio::test]
async fn figures_follow_evictions_deletions_and_resets() {
    let small = Capacity {
        events: 5,
        ..CAPACITY
    };
    let (evicting, _directory) = stores(small);
    for store in evicting {
        store.append(scene()).await.unwrap();
        // Each event leaves, one after another.
        for second in 100..105 {
            let custom = event(second, "", "Custom", json!({}));
            store.append(vec![custom]).await.unwrap();
        }
        let (fresh, _directory) = stores(CAPACITY);
        let custom = (100..105).map(|second| event(second, "", "Custom", json!({})));
        fresh[0].append(custom.collect()).await.unwrap();
        let (mut left, mut expected) = (numbers(&store).await, numbers(&fresh[0]).await);
        for numbers in [&mut left, &mut expected] {
            numbers["lastSeq"] = json!(0);
        }
        assert_eq!(left, expected);
    }
    let (stores, _directory) = stores(CAPACITY);
    for store in stores {
        let empty = numbers(&store).await;
        store.append(scene()).await.unwrap();
        for (id, events) in [
            ("a", 11),
            ("a", 0),
            ("b", 2),
            ("none", 0),
            ("c", 2),
            ("", 1),
        ] {
            let deleted = store.delete_conversation(id.to_owned()).await.unwrap();
            assert_eq!(deleted, events, "{id}");
        }
        let mut left = numbers(&store).await;
        left["lastSeq"] = json!(0);
        assert_eq!(left, empty);
        store.append(scene()).await.unwrap();
        store.reset().await.unwrap();
        let mut left = numbers(&store).await;
        left["lastSeq"] = json!(0);
        assert_eq!(left, empty);
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn figures_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let open =
        || EventStore::in_database(&directory.path().join("events.db"), CAPACITY, true).unwrap();
    let store = open();
    store.append(scene()).await.unwrap();
    let before = numbers(&store).await;
    drop(store);
    assert_eq!(numbers(&open()).await, before);
}

#[tokio::test]
async fn figures_follow_new_verdicts() {
    let (stores, _directory) = stores(CAPACITY);
    for store in stores {
        store.append(scene()).await.unwrap();
        assert_ne!(numbers(&store).await["problems"]["codes"], json!([]));
        let good: Box<NewVerdict> = Box::new(|_: &Event| Some(Verdict::default()));
        store.replace_verdicts(0, 100, good).await.unwrap();
        let numbers = numbers(&store).await;
        assert_eq!(numbers["problems"]["codes"], json!([]));
        assert_eq!(numbers["problems"]["ok"], 16);
        assert_eq!(numbers["duplicates"], 0);
    }
}
