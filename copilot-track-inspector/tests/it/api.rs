//! Tests of the library, and of the HTTP API that tests and scripts use.

use std::time::Duration;

use copilot_track_inspector::{Conversation, FindingCode, Inspector, StartError, VerdictStatus};
use serde_json::json;

use crate::support::{TIMEOUT, each_store, json_of, message, numbers, start, start_with};

#[tokio::test]
async fn events_are_listed_by_verdict() {
    for running in each_store(Inspector::builder).await {
        let mut bad = message(2, "c");
        bad["properties"]["message_body"] = 5.into();
        let identify = json!({"type": "identify", "userId": "u", "messageId": "i"});
        running.batch(&[message(1, "c"), bad, identify]).await;
        for (path, expected) in [
            ("/good", &[1, 3][..]),
            ("/bad", &[2]),
            ("/all", &[1, 2, 3]),
            ("/all?event=Message+Sent", &[1, 2]),
            ("/good?event=identify", &[3]),
            ("/all?after=1", &[2, 3]),
            ("/all?limit=2", &[1, 2]),
            ("/bad?raw=0", &[2]),
        ] {
            assert_eq!(numbers(&running.get(path).await), expected, "{path}");
        }
        assert_eq!(running.get("/all?limit=2").await["more"], true);
        for path in [
            "/all?count=x",
            "/good?raw=maybe",
            "/conversations/c?after=-1",
        ] {
            assert_eq!(running.status_of(path).await, 400, "{path}");
        }
    }
}

#[tokio::test]
async fn a_wait_ends_when_enough_events_have_arrived() {
    for running in each_store(Inspector::builder).await {
        let wait_for_all = async {
            let response = running.get("/good?count=3&timeoutMs=30000").await;
            assert_eq!(numbers(&response), [1, 2, 3]);
        };
        let conversation = async {
            let response = running
                .get("/conversations/c?count=1&timeoutMs=30000")
                .await;
            assert_eq!(response["conversation"]["id"], "c");
        };
        let library = async { assert!(running.inspector.wait_for(3, TIMEOUT).await.unwrap()) };
        let sends = async {
            for number in 0..3 {
                running.batch(&[message(number, "c")]).await;
            }
        };
        tokio::join!(wait_for_all, conversation, library, sends);

        let response = running
            .request(reqwest::Method::GET, "/all?count=4&timeoutMs=1")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 408);
        assert_eq!(numbers(&json_of(response).await), [1, 2, 3]);
        assert_eq!(
            running
                .status_of("/conversations/d?count=1&timeoutMs=1")
                .await,
            408
        );
        assert!(
            !running
                .inspector
                .wait_for(4, Duration::from_millis(1))
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn the_library_returns_what_the_api_returns() {
    let running = start().await;
    let mut call = message(1, "c");
    call["properties"]["messageBody"] = call["properties"]["message_body"].take();
    call["properties"]
        .as_object_mut()
        .unwrap()
        .remove("message_body");
    running.batch(&[call, message(2, "d")]).await;
    let events = running.inspector.events().await.unwrap();
    assert_eq!(events.len(), 2);
    let event = &events[0];
    assert_eq!(event.name(), Some("Message Sent"));
    assert_eq!(event.conversation_id(), Some("c"));
    assert_eq!(
        event.property("messageBody"),
        Some("This is message 1".into())
    );
    assert_eq!(event.verdict().status(), VerdictStatus::Warning);
    assert!(event.verdict().has(FindingCode::MisspelledProperty));
    assert_eq!(event.delivery().batch_size(), 2);
    assert_eq!(event.delivery().library(), Some("a test/1"));
    assert_eq!(running.inspector.events_after(1).await.unwrap().len(), 1);
    let conversations = running.inspector.conversations().await.unwrap();
    let ids: Vec<_> = conversations.iter().map(Conversation::id).collect();
    assert_eq!(ids, ["d", "c"]);
    assert_eq!(conversations[1].problems(), 1);
    assert_eq!(running.inspector.reset().await.unwrap(), 2);
}

#[tokio::test]
async fn an_inspector_stops_when_it_is_dropped() {
    let running = start().await;
    let (url, client) = (running.inspector.url(), running.client.clone());
    let open = client.get(format!("{url}/api/live")).send().await.unwrap();
    drop(running);
    assert!(client.get(&url).send().await.is_err());
    // An open stream ends too.
    assert!(tokio::time::timeout(TIMEOUT, open.bytes()).await.is_ok());
}

#[tokio::test]
async fn remote_access_must_be_allowed() {
    let everywhere = || Inspector::builder().listen(([0, 0, 0, 0], 0).into());
    let Err(error @ StartError::Remote(_)) = everywhere().start().await else {
        panic!()
    };
    assert!(error.to_string().contains("other machines"), "{error}");
    let open = start_with(everywhere().allow_remote(true).host("inspector")).await;
    assert!(open.inspector.url().starts_with("http://127.0.0.1:"));
    let urls = open.inspector.urls();
    assert_eq!(urls[0], open.inspector.url());
    for url in &urls {
        let response = reqwest::get(format!("{url}/healthz")).await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
    }
    let named = open
        .request(reqwest::Method::GET, "/api/state")
        .header("host", "inspector:1");
    assert_eq!(named.send().await.unwrap().status(), 200);

    let taken = Inspector::builder()
        .listen(open.inspector.address())
        .allow_remote(true);
    let error = taken.start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
}
