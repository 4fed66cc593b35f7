//! Tests of the actions on one conversation: deletion, and the file that can be shared.

use copilot_track_inspector::Inspector;
use reqwest::Method;
use serde_json::json;

use crate::support::{each_store, json_of, message, numbers, start, start_with};

#[tokio::test]
async fn a_deleted_conversation_is_gone_and_the_others_stay() {
    for running in each_store(Inspector::builder).await {
        running.batch(&[message(1, "a"), message(1, "b")]).await;
        running.batch(&[message(2, "a"), message(2, "b")]).await;
        running
            .batch(&[json!({"type": "page", "userId": "u"})])
            .await;
        let delete = |id: &str| running.request(Method::DELETE, &format!("/api/conversation{id}"));
        // Without an id, nothing is deleted.
        assert_eq!(delete("").send().await.unwrap().status(), 400);
        assert_eq!(delete("?id=c").send().await.unwrap().status(), 404);
        let deleted = delete("?id=a").send().await.unwrap();
        assert_eq!(json_of(deleted).await, json!({"deleted": 2}));
        assert_eq!(delete("?id=a").send().await.unwrap().status(), 404);

        assert_eq!(numbers(&running.get("/all").await), [2, 4, 5]);
        assert_eq!(numbers(&running.get("/conversations/b").await), [2, 4]);
        for path in [
            "/conversations/a",
            "/api/conversation?id=a",
            "/api/events/1",
            "/api/events/3",
        ] {
            assert_eq!(running.status_of(path).await, 404, "{path}");
        }
        for seq in [2, 4, 5] {
            assert_eq!(running.get(&format!("/api/events/{seq}")).await["seq"], seq);
        }
        for (query, expected) in [
            ("after=1", &[2, 4, 5][..]),
            ("after=3", &[4, 5]),
            ("after=4", &[5]),
        ] {
            assert_eq!(
                numbers(&running.get(&format!("/all?{query}")).await),
                expected,
                "{query}"
            );
        }
        let state = running.get("/api/state").await;
        for (name, value) in [
            ("firstSeq", 2),
            ("lastSeq", 5),
            ("events", 3),
            ("conversations", 2),
            ("evicted", 0),
        ] {
            assert_eq!(state[name], value, "{name}");
        }
        let list = running.get("/api/conversations?q=message").await;
        assert_eq!(list["conversations"][0]["id"], "b");
        assert_eq!(list["conversations"].as_array().unwrap().len(), 1);
        // The same call is not a duplicate any more, and its conversation is a new one.
        running.batch(&[message(1, "a")]).await;
        let a = running.get("/conversations/a").await;
        assert_eq!(
            (numbers(&a), &a["conversation"]["events"]),
            (vec![6], &json!(1))
        );
        assert_eq!(a["events"][0]["verdict"]["status"], "ok");

        assert_eq!(running.inspector.delete_conversation("").await.unwrap(), 1);
        assert_eq!(running.inspector.delete_conversation("b").await.unwrap(), 2);
        assert_eq!(running.inspector.delete_conversation("a").await.unwrap(), 1);
        let state = running.get("/api/state").await;
        assert_eq!(
            (&state["firstSeq"], &state["events"]),
            (&json!(7), &json!(0))
        );
        running.batch(&[message(1, "a")]).await;
        assert_eq!(numbers(&running.get("/all").await), [7]);
    }
}

#[tokio::test]
async fn events_are_evicted_in_order_after_a_deletion() {
    for running in each_store(|| Inspector::builder().max_events(4)).await {
        for number in 0..4 {
            let id = if number % 2 == 0 { "even" } else { "odd" };
            running.batch(&[message(number, id)]).await;
        }
        running.inspector.delete_conversation("even").await.unwrap();
        for number in 4..8 {
            running.batch(&[message(number, "new")]).await;
        }
        assert_eq!(numbers(&running.get("/all").await), [5, 6, 7, 8]);
        let state = running.get("/api/state").await;
        assert_eq!(
            (&state["firstSeq"], &state["evicted"]),
            (&json!(5), &json!(2))
        );
    }
}

#[tokio::test]
async fn a_deletion_survives_a_restart_and_leaves_no_text_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let running = start_with(Inspector::builder().database(&file)).await;
    let mut secret = message(1, "a");
    secret["properties"]["message_body"] = "a very personal remark".into();
    running.batch(&[secret, message(1, "b")]).await;
    assert_eq!(running.inspector.delete_conversation("a").await.unwrap(), 1);
    drop(running);
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap();
        let remains = content.windows(13).any(|it| it == b"very personal");
        assert!(!remains, "{}", path.display());
    }
    let running = start_with(Inspector::builder().database(&file)).await;
    assert_eq!(numbers(&running.get("/all").await), [2]);
    assert_eq!(running.get("/api/state").await["firstSeq"], 2);
}

#[tokio::test]
async fn a_conversation_can_be_shared_as_one_html_file() {
    for running in each_store(Inspector::builder).await {
        let mut markup = message(1, "a & b");
        markup["properties"]["message_body"] = "<script>alert(1)</script>".into();
        running.batch(&[markup]).await;
        let calls: Vec<_> = (2..700).map(|number| message(number, "a & b")).collect();
        running.batch(&calls).await;
        running.batch(&[message(1, "other")]).await;
        let response = running
            .request(Method::GET, "/api/share?id=a+%26+b")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(
            response.headers()["content-type"],
            "text/html; charset=utf-8"
        );
        let disposition = &response.headers()["content-disposition"];
        assert_eq!(disposition, "attachment; filename=\"conversation.html\"");
        let html = response.text().await.unwrap();
        assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
        assert!(html.contains("Conversation a &amp; b</bdi>"));
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !html.contains("<script")
        );
        assert_eq!(html.matches("<li class=\"sent\">").count(), 699);
        assert!(!html.contains("other"));
        assert_eq!(running.status_of("/api/share?id=none").await, 404);
        assert_eq!(running.status_of("/api/share").await, 400);
    }
}

#[tokio::test]
async fn the_figures_have_a_route() {
    let running = start().await;
    running.batch(&[message(1, "c")]).await;
    let numbers = running.get("/api/numbers").await;
    assert_eq!(
        (&numbers["lastSeq"], &numbers["events"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        numbers["usage"],
        json!({"replies": 0, "repliesWithInputTokens": 0, "repliesWithOutputTokens": 0, "repliesWithCost": 0})
    );
}
