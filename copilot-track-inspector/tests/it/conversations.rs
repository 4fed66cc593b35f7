//! Tests of conversations whose events do not arrive in the order in which they happened.

use copilot_track_inspector::{FindingCode, Inspector};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestInspector, each_store, message, numbers};

/// Returns a message that was sent `second` seconds after an arbitrary time.
fn message_at(second: u32, conversation: &str) -> Value {
    let mut call = message(second as usize, conversation);
    call["timestamp"] = format!("2026-01-02T03:04:{second:02}.000Z").into();
    call
}

fn event_at(second: u32, name: &str, properties: Value) -> Value {
    let mut call = message_at(second, "c");
    call["event"] = name.into();
    call["messageId"] = format!("{name} {second}").into();
    call["properties"] = properties;
    call["properties"]["conversationId"] = "c".into();
    call
}

/// Returns the codes of the findings on the conversation `c`.
async fn codes(running: &TestInspector) -> Vec<String> {
    let response = running.get("/api/conversation?id=c&limit=1&raw=0").await;
    let findings = response["conversation"]["verdict"]["findings"].as_array();
    let codes = findings.unwrap().iter();
    codes
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_conversation_is_shown_and_exported_in_the_order_in_which_it_happened() {
    for running in each_store(Inspector::builder).await {
        // Two replicas send their events in turn.
        running
            .batch(&[message_at(10, "c"), message_at(20, "c")])
            .await;
        running
            .batch(&[message_at(30, "other"), message_at(5, "c")])
            .await;
        running
            .batch(&[message_at(15, "c"), message_at(10, "c")])
            .await;
        let all = [4, 1, 6, 5, 2];
        for path in ["/conversations/c", "/api/conversation?id=c"] {
            assert_eq!(numbers(&running.get(path).await), all, "{path}");
        }
        for (query, expected, more) in [
            ("limit=2", &[5, 2][..], true),
            ("limit=2&before=5", &[1, 6], true),
            ("before=1", &[4], false),
            ("limit=2&upTo=5", &[6, 5], true),
            ("limit=2&after=4", &[1, 6], true),
            ("after=5", &[2], false),
            ("after=99", &[], false),
            ("before=0", &[], false),
        ] {
            let page = running
                .get(&format!("/api/conversation?id=c&{query}"))
                .await;
            assert_eq!(numbers(&page), expected, "{query}");
            assert_eq!(page["more"], more, "{query}");
        }
        let page = running.get("/conversations/c?after=1&limit=2").await;
        assert_eq!((numbers(&page), &page["more"]), (vec![6, 5], &json!(true)));
        // Lists of several conversations are in order of arrival.
        assert_eq!(numbers(&running.get("/all").await), [1, 2, 3, 4, 5, 6]);
        let lines = |id: &str| {
            running
                .request(Method::GET, &format!("/api/export{id}"))
                .send()
        };
        let exported = lines("?id=c").await.unwrap().text().await.unwrap();
        let exported: Vec<u64> = exported
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["seq"]
                    .as_u64()
                    .unwrap()
            })
            .collect();
        assert_eq!(exported, all);

        let events = running.inspector.events().await.unwrap();
        let late: Vec<_> = events
            .iter()
            .filter(|it| it.is_late())
            .map(|it| it.seq())
            .collect();
        assert_eq!(late, [4, 5, 6]);
        let page = running.get("/api/conversation?id=c&raw=0").await;
        assert_eq!(page["events"][0]["late"], true);
        assert_eq!(
            page["conversation"]["startedAt"],
            "2026-01-02T03:04:05.000Z"
        );
        assert_eq!(page["conversation"]["lastAt"], "2026-01-02T03:04:20.000Z");
        assert_eq!(page["conversation"]["preview"], "This is message 5");
    }
}

#[tokio::test]
async fn the_time_of_an_event_is_corrected_by_the_time_of_sending() {
    for running in each_store(Inspector::builder).await {
        // The clock of the second sender is a year behind.
        let mut behind = message_at(3, "c");
        behind["timestamp"] = "2025-01-02T03:04:03Z".into();
        let body = json!({"batch": [behind], "sentAt": "2025-01-02T03:04:05Z"});
        running.post("/v1/batch", body.to_string()).await;
        let mut own = message_at(4, "c");
        own["sentAt"] = own["timestamp"].clone();
        running.post("/v1/track", own.to_string()).await;
        for number in [1, 2] {
            let event = running.get(&format!("/api/events/{number}")).await;
            let time = |name: &str| {
                let text = event[name].as_str().unwrap();
                time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
                    .unwrap()
            };
            let elapsed = time("receivedAt") - time("occurredAt");
            let expected = if number == 1 { 2 } else { 0 };
            assert_eq!(elapsed.whole_milliseconds(), expected * 1000, "{event}");
        }
    }
}

#[tokio::test]
async fn a_verdict_on_a_conversation_follows_late_events() {
    for running in each_store(Inspector::builder).await {
        let started = event_at(1, "Conversation Started", json!({}));
        let ended = event_at(9, "Conversation Ended", json!({"message_count": 2}));
        let rating = event_at(
            8,
            "Feedback Submitted",
            json!({"messageId": "message 3", "rating": 5}),
        );
        running
            .batch(&[started.clone(), message_at(2, "c"), rating, ended])
            .await;
        assert_eq!(
            codes(&running).await,
            ["message_count_differs", "unknown_message"]
        );
        let list = running.get("/api/conversations?problems=1").await;
        assert_eq!(list["conversations"][0]["verdict"]["status"], "warning");
        // Single events are unaffected.
        assert_eq!(numbers(&running.get("/bad").await), [0; 0]);
        running.batch(&[message_at(3, "c")]).await;
        assert_eq!(codes(&running).await, [""; 0]);
        let list = running.get("/api/conversations?problems=1").await;
        assert_eq!(list["conversations"], json!([]));
        // A retried request changes nothing.
        running.batch(&[started, message_at(3, "c")]).await;
        assert_eq!(codes(&running).await, [""; 0]);
        let mut other = message_at(3, "c");
        other["messageId"] = "another envelope".into();
        other["properties"]["message_body"] = "another text".into();
        running.batch(&[other]).await;
        assert_eq!(
            codes(&running).await,
            ["conflicting_message", "message_count_differs"]
        );
        let conversation = running.inspector.conversation("c").await.unwrap().unwrap();
        assert!(conversation.verdict().has(FindingCode::ConflictingMessage));
        assert_eq!(conversation.verdict().findings()[0].seq(), Some(8));
        assert!(running.inspector.conversation("d").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn evicted_events_leave_the_rest_in_order() {
    for running in each_store(|| Inspector::builder().max_events(3)).await {
        for second in [30, 10, 20, 5, 40] {
            running.batch(&[message_at(second, "c")]).await;
        }
        // The first two events to arrive were evicted.
        assert_eq!(numbers(&running.get("/conversations/c").await), [4, 3, 5]);
        let page = running.get("/api/conversation?id=c&after=1").await;
        assert_eq!(numbers(&page), [4, 3, 5]);
        assert_eq!(
            numbers(&running.get("/api/conversation?id=c&before=2").await),
            [0; 0]
        );
    }
}

#[tokio::test]
async fn a_search_for_a_figure_ignores_duplicates() {
    for running in each_store(Inspector::builder).await {
        for conversation in ["c1", "c2"] {
            let mut call = message(1, conversation);
            call["event"] = "Feedback Submitted".into();
            call["properties"] = json!({"conversationId": conversation, "rating": 4});
            // Segment keeps only the first event with this id.
            call["messageId"] = "the same id".into();
            running.batch(&[call]).await;
        }
        let found = running.get("/api/conversations?q=rating:4").await;
        let ids: Vec<_> = found["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["id"])
            .collect();
        assert_eq!(ids, ["c1"]);
    }
}
