//! Tests of malformed and hostile requests.

use std::io::Write as _;

use copilot_track_inspector::Inspector;
use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{each_store, message, start, start_with, verdict_of};

#[tokio::test]
async fn a_zip_bomb_is_rejected() {
    let running = start().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..16 {
        gzip.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let response = running
        .request(Method::POST, "/v1/batch")
        .header("content-encoding", "gzip")
        .body(gzip.finish().unwrap())
        .send();
    assert_eq!(response.await.unwrap().status(), 400);
    let event = running.get("/api/events/1").await;
    assert_eq!(verdict_of(&event).1, ["batch_too_large"]);
}

#[tokio::test]
async fn malformed_calls_are_stored_and_shown() {
    for running in each_store(Inspector::builder).await {
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        let bodies = [
            format!(r#"{{"batch":[{{"type":"track","userId":"u","event":"E","properties":{deep}}}]}}"#),
            r#"{"batch":[null,true,"text",[],1e999,{}]}"#.into(),
            r#"{"batch":[{"type":"identify","type":"track","userId":1,"userId":"\u0000","event":"\u0000 NUL","properties":{"conversationId":"\u0000c","messageId":["x"]}}]}"#.into(),
            r#"{"batch":[{"type":5,"event":{},"userId":[],"messageId":{},"properties":"p","timestamp":9,"context":7}]}"#.into(),
            r#"{"batch":[{"type":"track","userId":"u","event":"Message Sent","properties":{"conversationId":"half","messageId":"m","message_body":"\ud83d"}}]}"#.into(),
            json!({"batch": [{"type": "track", "userId": "u".repeat(9_000), "event": "e".repeat(9_000), "messageId": "m".repeat(9_000)}]}).to_string(),
            json!({"batch": [{"type": "<script>", "userId": "<img src=x>", "event": "\"'><script>alert(1)</script>"}]}).to_string(),
            r#"{"batch":[]}"#.into(),
        ];
        for body in bodies {
            assert_eq!(
                running.post("/v1/batch", body.clone()).await.status(),
                200,
                "{body:.100}"
            );
        }
        let mut bytes = json!({"batch": [message(1, "c")]}).to_string().into_bytes();
        bytes[20] = 0xff;
        assert_eq!(running.post("/v1/batch", bytes).await.status(), 400);
        // All stored events can be read.
        for path in [
            "/all",
            "/bad?raw=0",
            "/api/conversations",
            "/api/conversation?id=",
            "/conversations/half",
            "/conversations/%00c",
        ] {
            running.get(path).await;
        }
        let all = running.get("/all").await;
        assert_eq!(all["events"].as_array().unwrap().len(), 13);
        let codes = |index: usize| verdict_of(&all["events"][index]).1;
        assert_eq!(codes(0), ["too_deep"]);
        assert_eq!(codes(5), ["bad_json"]);
        let export = running.text_of("/api/export").await;
        for line in export.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        assert!(
            running.get("/conversations/half").await["events"][0]["raw"]
                .to_string()
                .contains('\u{fffd}')
        );
    }
}

#[tokio::test]
async fn duplicate_keys_are_reported() {
    for running in each_store(Inspector::builder).await {
        let calls = [
            r#"{"type":"track","userId":"u","messageId":"1","event":"Conversation Started","event":"Conversation Ended","properties":{"conversationId":"c","message_count":1}}"#,
            r#"{"type":"track","userId":"u","messageId":"2","event":"Message Sent","properties":{"conversationId":"c","messageId":"m","role":"customer","message_body":"a:\"b\"","more":[{"x":1,"y":{"x":1,"x":2}}]}}"#,
            r#"{"type":"track","userId":"u","messageId":"3","event":"Conversation Started","properties":{"conversationId":"c"}}"#,
        ];
        let body = format!(
            r#"{{"sentAt":"2026","batch":[{}],"sentAt":"2026"}}"#,
            calls.join(",")
        );
        assert_eq!(running.post("/v1/batch", body).await.status(), 200);
        assert_eq!(running.post("/v1/track", calls[0]).await.status(), 200);
        let all = running.get("/all").await;
        let paths = |index: usize| -> Vec<&str> {
            let findings = all["events"][index]["verdict"]["findings"]
                .as_array()
                .unwrap();
            let duplicates = findings
                .iter()
                .filter(|finding| finding["code"] == "duplicate_key");
            duplicates
                .map(|finding| finding["path"].as_str().unwrap_or_default())
                .collect()
        };
        assert_eq!(paths(0), ["event", ""]);
        assert_eq!(paths(1), ["properties.more[0].y.x"]);
        assert_eq!(paths(2), [""; 0]);
        assert_eq!(paths(3), ["event"]);
        assert_eq!(all["events"][0]["verdict"]["status"], "warning");
        assert_eq!(all["events"][0]["event"], "Conversation Ended");
        // The raw call still has both values.
        let one = running.text_of("/api/events/1").await;
        assert!(one.contains(calls[0]), "{one}");
    }
}

#[tokio::test]
async fn slow_and_interrupted_bodies_do_not_block_others() {
    let running = start().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(running.inspector.address())
            .await
            .unwrap();
        stream
            .write_all(b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{\"batch\":[")
            .await
            .unwrap();
        slow.push(stream);
    }
    running.batch(&[message(1, "c")]).await;
    drop(slow);
    // The interrupted requests are recorded.
    let response = running.get("/bad?count=50&timeoutMs=30000").await;
    assert_eq!(verdict_of(&response["events"][0]).1, ["bad_json"]);
}

#[tokio::test]
async fn invalid_http_is_rejected() {
    let running = start().await;
    for garbage in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\ncontent-length: 2\r\n\r\n{}",
        b"GET http://evil.example/all HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(running.inspector.address()).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut response = Vec::new();
        // The server may also reset the connection.
        let _ = stream.read_to_end(&mut response).await;
        assert!(!response.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&response));
    }
    running.batch(&[message(1, "c")]).await;
}

#[tokio::test]
async fn a_flood_stays_within_the_capacity() {
    // One sixth is reserved for requests, so the events take up to a megabyte.
    let running = start_with(Inspector::builder().max_events(1_000).max_bytes(1_200_000)).await;
    for round in 0..100 {
        let calls: Vec<_> = (0..200)
            .map(|number| {
                let mut call = message(number, &format!("conversation {round} {number}"));
                call["userId"] = format!("user {round} {number}").into();
                call
            })
            .collect();
        running.batch(&calls).await;
    }
    let state = running.get("/api/state").await;
    let events = state["events"].as_u64().unwrap();
    assert!((300..=1_000).contains(&events), "{state}");
    assert_eq!(state["evicted"].as_u64().unwrap() + events, 20_000);
    assert_eq!(state["conversations"].as_u64().unwrap(), events);
}

#[tokio::test]
async fn batches_of_many_tiny_calls_evict_nothing() {
    for running in each_store(Inspector::builder).await {
        running.batch(&[message(1, "c")]).await;
        let body = format!(r#"{{"batch":[[]{}]}}"#, ",[]".repeat(166_000));
        assert!(body.len() > 498_000);
        for _ in 0..2 {
            assert_eq!(running.post("/v1/batch", body.clone()).await.status(), 200);
        }
        let state = running.get("/api/state").await;
        assert_eq!(
            (&state["events"], &state["evicted"]),
            (&json!(5_001), &json!(0))
        );
    }
}

#[tokio::test]
async fn a_large_context_of_a_batch_does_not_make_a_response_huge() {
    for running in each_store(Inspector::builder).await {
        // Each event inherits the context, so all events together are a hundred times as large.
        let call = r#"{"type":"track","userId":"u","event":"E"}"#;
        let context = format!(r#"{{"text":"{}"}}"#, "x".repeat(400_000));
        let body = format!(
            r#"{{"batch":[{}],"context":{context}}}"#,
            vec![call; 100].join(",")
        );
        assert_eq!(running.post("/v1/batch", body).await.status(), 200);
        let mut seen = Vec::new();
        loop {
            let after = seen.last().copied().unwrap_or_default();
            let text = running.text_of(&format!("/all?after={after}")).await;
            assert!(text.len() < 17_000_000, "{}", text.len());
            let page: Value = serde_json::from_str(&text).unwrap();
            seen.extend(crate::support::numbers(&page));
            if page["more"] == false {
                break;
            }
        }
        assert_eq!(seen, (1..=100).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn every_error_is_json() {
    let running = start().await;
    for (method, path, status) in [
        (Method::GET, "/all?count=x", 400),
        (Method::GET, "/api/events/x", 400),
        (Method::GET, "/api/conversation?id=c&limit=many", 400),
        (Method::POST, "/all", 405),
        (Method::DELETE, "/api/state", 405),
        (Method::GET, "/v1/batch", 405),
        (Method::GET, "/v1/nothing", 404),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/assets/nothing", 404),
    ] {
        let response = running.request(method.clone(), path).send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers().contains_key("allow"), status == 405);
        let body = crate::support::json_of(response).await;
        assert!(body["error"].as_str().unwrap().len() > 10, "{path}: {body}");
        assert_eq!(
            body.get("success").is_some(),
            path.starts_with("/v1/"),
            "{path}"
        );
    }
    let large = "x".repeat(100_000);
    let response = running.request(Method::PUT, "/api/chaos").body(large);
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert!(crate::support::json_of(response).await["error"].is_string());
}

#[tokio::test]
async fn times_before_the_first_and_after_the_last_year_are_stored() {
    let (first, last) = ("0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z");
    for running in each_store(Inspector::builder).await {
        // Corrected by the difference between the clocks, these times have no year of four digits.
        for (timestamp, sent_at, expected) in [
            ("0000-01-01T00:00:00Z", last, first),
            ("0000-01-01T00:00:00+23:59", last, first),
            ("9999-12-31T23:59:59Z", first, last),
        ] {
            let conversation = format!("{timestamp} sent at {sent_at}");
            let mut call = message(1, &conversation);
            call["timestamp"] = timestamp.into();
            let body = json!({"batch": [call], "sentAt": sent_at}).to_string();
            assert_eq!(running.post("/v1/batch", body).await.status(), 200);
            let listed = running.get("/api/conversations?limit=1").await;
            let summary = &listed["conversations"][0];
            assert_eq!(summary["id"], *conversation);
            assert_eq!(summary["startedAt"], expected);
            assert_eq!(summary["lastAt"], expected);
        }
    }
}

#[tokio::test]
async fn an_import_reports_each_invalid_line() {
    let running = start().await;
    let many = "x\n".repeat(500);
    let response = crate::support::json_of(running.post("/api/import", many).await).await;
    assert_eq!(response["imported"], 0);
    assert_eq!(response["refused"].as_array().unwrap().len(), 100);
    let long = format!("{}\n{}", "y".repeat(3 * 1024 * 1024), message(1, "c"));
    let response = crate::support::json_of(running.post("/api/import", long).await).await;
    assert_eq!(response["imported"], 1);
    assert_eq!(response["refused"][0]["line"], 1);
    let invalid_event = r#"{"receivedAt":"never","raw":{}}"#;
    let response = crate::support::json_of(running.post("/api/import", invalid_event).await).await;
    assert_eq!(response["imported"], 0, "{response}");
}
