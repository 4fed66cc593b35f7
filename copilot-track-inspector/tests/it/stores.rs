//! Tests that both backends of the store behave the same way.

use copilot_track_inspector::{Inspector, StartError};
use serde_json::{Value, json};

use crate::support::{each_store, json_of, message, numbers, start_with};

fn ids(list: &Value) -> Vec<&str> {
    let conversations = list["conversations"].as_array().unwrap();
    conversations
        .iter()
        .map(|conversation| conversation["id"].as_str().unwrap())
        .collect()
}

fn event(name: &str, conversation: &str, properties: Value) -> Value {
    let mut call = message(0, conversation);
    call["event"] = name.into();
    call["messageId"] = format!("{name} {properties} {conversation}").into();
    call["properties"] = properties;
    call["properties"]["conversationId"] = conversation.into();
    call["properties"]["messageId"] = "message 0".into();
    call
}

#[tokio::test]
async fn a_conversation_has_a_summary() {
    for running in each_store(Inspector::builder).await {
        running
            .batch(&[
                event("Conversation Started", "c", json!({})),
                message(1, "c"),
                event(
                    "Action Invoked",
                    "c",
                    json!({"type": "Inventory", "action": "check"}),
                ),
                event(
                    "Message Received",
                    "c",
                    json!({"message_body": "yes", "rolle": "agent"}),
                ),
                event("Feedback Submitted", "c", json!({"rating": 4.5})),
                event("Conversation Ended", "c", json!({"message_count": 2})),
            ])
            .await;
        let response = running.get("/conversations/c").await;
        let mut conversation = response["conversation"].clone();
        for time in ["startedAt", "lastAt"] {
            assert!(conversation.as_object_mut().unwrap().remove(time).is_some());
        }
        conversation.as_object_mut().unwrap().remove("verdict");
        assert_eq!(
            conversation,
            json!({
                "id": "c", "user": {"userId": "user of c"}, "lastSeq": 6, "events": 6, "messages": 2,
                "tools": 1, "problems": 1, "worst": "warning", "rating": 4.5, "ended": true, "preview": "This is message 1",
            })
        );
        running.batch(&[message(9, "c")]).await;
        assert_eq!(
            running.get("/conversations/c").await["conversation"]["ended"],
            false
        );
    }
}

#[tokio::test]
async fn conversations_are_paged_filtered_and_searched() {
    for running in each_store(Inspector::builder).await {
        for number in 0..5 {
            running
                .batch(&[message(number, &format!("conversation-{number}"))])
                .await;
        }
        let bad = event("Message Sent", "conversation-1", json!({"message_body": 5}));
        let ended = event(
            "Conversation Ended",
            "conversation-2",
            json!({"message_count": 1}),
        );
        let tool = event(
            "Action Invoked",
            "conversation-3",
            json!({"type": "Größen-Suche", "action": "find"}),
        );
        running.batch(&[bad, ended, tool]).await;

        let list = running.get("/api/conversations?limit=2").await;
        assert_eq!(ids(&list), ["conversation-3", "conversation-2"]);
        assert_eq!((&list["more"], &list["lastSeq"]), (&json!(true), &json!(8)));
        let before = list["conversations"][1]["lastSeq"].as_u64().unwrap();
        let list = running
            .get(&format!("/api/conversations?limit=9&before={before}"))
            .await;
        assert_eq!(
            ids(&list),
            ["conversation-1", "conversation-4", "conversation-0"]
        );
        assert_eq!(list["more"], false);

        for (query, found) in [
            ("problems=1", &["conversation-1"][..]),
            ("ended=1", &["conversation-2"]),
            (
                "ended=0&problems=0",
                &["conversation-3", "conversation-4", "conversation-0"],
            ),
            ("q=MESSAGE%204", &["conversation-4"]),
            ("q=user+of+conversation-0", &["conversation-0"]),
            ("q=Action+Inv", &["conversation-3"]),
            ("q=gr%C3%B6%C3%9Fen", &["conversation-3"]),
            ("q=nothing+like+this", &[]),
            ("q=%25", &[]),
            ("q=conversation&limit=1", &["conversation-3"]),
        ] {
            let list = running.get(&format!("/api/conversations?{query}")).await;
            assert_eq!(ids(&list), found, "{query}");
            assert_eq!(list["more"], query.ends_with("limit=1"), "{query}");
        }
    }
}

#[tokio::test]
async fn a_conversation_is_paged_in_both_directions() {
    for running in each_store(Inspector::builder).await {
        for number in 0..10 {
            running
                .batch(&[message(number, "a"), message(number, "b")])
                .await;
        }
        let page = |query: &str| format!("/api/conversation?id=a&{query}");
        for (query, expected, more) in [
            ("limit=3", &[15, 17, 19][..], true),
            ("limit=3&before=15", &[9, 11, 13], true),
            ("limit=9&before=5", &[1, 3], false),
            ("limit=3&after=3", &[5, 7, 9], true),
            ("after=15&raw=0", &[17, 19], false),
            ("after=99", &[], false),
            ("before=0", &[], false),
        ] {
            let response = running.get(&page(query)).await;
            assert_eq!(numbers(&response), expected, "{query}");
            assert_eq!(response["more"], more, "{query}");
        }
        assert_eq!(running.status_of("/api/conversation?id=nobody").await, 404);
        assert_eq!(
            running
                .status_of("/api/conversation?id=a&before=1&after=1")
                .await,
            400
        );
        assert_eq!(
            running.status_of("/api/conversation?id=a&limit=many").await,
            400
        );
    }
}

#[tokio::test]
async fn the_oldest_events_are_evicted() {
    for running in each_store(|| Inspector::builder().max_events(5)).await {
        let bad = event("Message Sent", "old", json!({}));
        running.batch(&[bad, message(1, "old")]).await;
        for number in 0..4 {
            running.batch(&[message(number, "new")]).await;
        }
        let state = running.get("/api/state").await;
        for (name, value) in [
            ("firstSeq", 2),
            ("lastSeq", 6),
            ("events", 5),
            ("evicted", 1),
            ("bad", 0),
            ("good", 5),
        ] {
            assert_eq!(state[name], value, "{name}");
        }
        let old = running.get("/conversations/old").await;
        assert_eq!(old["conversation"]["events"], 1);
        assert_eq!(old["conversation"]["problems"], 0);
        running.batch(&[message(5, "new"), message(6, "new")]).await;
        assert_eq!(running.status_of("/conversations/old").await, 404);
        assert_eq!(running.status_of("/api/events/2").await, 404);
        assert_eq!(running.get("/api/state").await["conversations"], 1);
        assert_eq!(numbers(&running.get("/all").await), [4, 5, 6, 7, 8]);
        // A new event is not compared with evicted events.
        assert_eq!(
            running.verdict(&message(1, "old")).await.1,
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn the_total_size_is_limited() {
    for running in each_store(|| Inspector::builder().max_bytes(200_000)).await {
        for number in 0..20 {
            let mut call = message(number, "c");
            call["properties"]["message_body"] = "x".repeat(20_000).into();
            running.batch(&[call]).await;
        }
        let events = running.get("/api/state").await["events"].as_u64().unwrap();
        assert!((3..10).contains(&events), "{events}");
    }
}

#[tokio::test]
async fn a_reset_deletes_all_events_and_continues_the_numbering() {
    for running in each_store(Inspector::builder).await {
        running.batch(&[message(1, "c"), message(2, "c")]).await;
        let response = running.post("/reset", "").await;
        assert_eq!(json_of(response).await, json!({"deleted": 2}));
        let state = running.get("/api/state").await;
        for (name, value) in [
            ("events", 0),
            ("conversations", 0),
            ("lastSeq", 2),
            ("firstSeq", 3),
        ] {
            assert_eq!(state[name], value, "{name}");
        }
        assert_eq!(
            running.verdict(&message(1, "c")).await.1,
            Vec::<String>::new()
        );
        assert_eq!(numbers(&running.get("/all").await), [3]);
    }
}

#[tokio::test]
async fn a_database_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let builder = || Inspector::builder().database(&file);
    let first = start_with(builder()).await;
    first
        .batch(&[message(1, "c"), message(2, "ünïcode \0 id")])
        .await;
    let state = first.get("/api/state").await;
    let all = first.get("/all").await;
    assert_eq!(state["database"], file.to_str().unwrap());
    // Two inspectors would assign the same sequence numbers to different events.
    let Err(StartError::Database { source, .. }) = builder().start().await else {
        panic!()
    };
    assert!(source.to_string().contains("another inspector"), "{source}");
    drop(first);

    let second = start_with(builder()).await;
    let again = second.get("/api/state").await;
    for name in [
        "lastSeq",
        "events",
        "conversations",
        "good",
        "bad",
        "instance",
    ] {
        assert_eq!(again[name], state[name], "{name}");
    }
    assert_eq!(second.get("/all").await, all);
    assert_eq!(
        second.verdict(&message(1, "c")).await.1,
        ["duplicate_envelope_id"]
    );
    assert_eq!(second.inspector.last_seq(), 3);
    assert_eq!(
        ids(&second.get("/api/conversations?q=n%C3%AFcode").await),
        ["ünïcode \0 id"]
    );
}

#[tokio::test]
async fn other_files_are_not_used_or_changed() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    std::fs::write(
        &text,
        "my notes, which are longer than a page of nothing\n".repeat(100),
    )
    .unwrap();
    let missing = directory.path().join("no such directory").join("events.db");
    for file in [&text, &missing, &directory.path().to_owned()] {
        let error = Inspector::builder()
            .database(file)
            .start()
            .await
            .unwrap_err();
        assert!(
            error.to_string().starts_with("cannot use the database"),
            "{error}"
        );
    }
    assert!(
        std::fs::read_to_string(&text)
            .unwrap()
            .starts_with("my notes")
    );
}

#[tokio::test]
async fn names_that_sqlite_does_not_store_in_a_file_are_refused() {
    for name in ["", " ", ":memory:", "file:x?mode=memory"] {
        let error = Inspector::builder()
            .database(name)
            .start()
            .await
            .unwrap_err();
        let StartError::Database { source, .. } = error else {
            panic!("{name}: {error}");
        };
        assert!(
            source.to_string().contains("not the name of a file"),
            "{source}"
        );
    }
}

#[tokio::test]
async fn exported_events_can_be_imported_into_each_backend() {
    for from in each_store(Inspector::builder).await {
        let calls = [
            message(1, "c"),
            event("Mesage Sent", "c", json!({})),
            json!(5),
            message(2, "d"),
        ];
        // A client can send JSON with indentation.
        let body = serde_json::to_string_pretty(&json!({ "batch": calls })).unwrap();
        from.post("/v1/batch", body).await;
        from.post("/v1/batch", "{").await;
        let lines = from.text_of("/api/export").await;
        assert_eq!(lines.lines().count(), 5);
        for to in each_store(Inspector::builder).await {
            let mut body = lines.clone();
            body.push_str("\nnonsense\n[1]\n");
            body.push_str(&message(3, "plain").to_string());
            let response = json_of(to.post("/api/import", body).await).await;
            assert_eq!(response["imported"], 6, "{response}");
            let refused = response["refused"].as_array().unwrap();
            assert_eq!(
                refused
                    .iter()
                    .map(|line| line["line"].as_u64().unwrap())
                    .collect::<Vec<_>>(),
                [7, 8]
            );
            let (before, after) = (from.get("/all").await, to.get("/all").await);
            for (before, after) in before["events"]
                .as_array()
                .unwrap()
                .iter()
                .zip(after["events"].as_array().unwrap())
            {
                assert_eq!(before, after);
            }
            assert_eq!(
                to.get("/conversations/plain").await["events"][0]["verdict"]["status"],
                "ok"
            );
        }
    }
}
