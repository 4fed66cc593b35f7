//! Tests of the tracking API, with requests like those of Segment's SDKs.

use std::io::Write as _;

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{json_of, message, start, verdict_of};

#[tokio::test]
async fn every_kind_of_call_has_a_path() {
    let running = start().await;
    for (path, kind) in [
        ("/v1/track", "track"),
        ("/v1/identify", "identify"),
        ("/v1/page", "page"),
        ("/v1/screen", "screen"),
        ("/v1/group", "group"),
        ("/v1/alias", "alias"),
        ("/v1/t", "track"),
        ("/v1/i", "identify"),
        ("/v1/p", "page"),
        ("/v1/s", "screen"),
        ("/v1/g", "group"),
        ("/v1/a", "alias"),
    ] {
        let call = json!({
            "writeKey": "a-long-write-key", "userId": "u", "event": "Order Placed", "messageId": path,
            "groupId": "g", "previousId": "p", "name": "n", "traits": {}, "properties": {"conversationId": "c"},
        });
        // Browsers send calls as plain text, which avoids a preflight request.
        let response = running
            .request(Method::POST, path)
            .header("content-type", "text/plain")
            .header("origin", "http://localhost:3000")
            .body(call.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let last = running.inspector.last_seq();
        let event = running.get(&format!("/api/events/{last}")).await;
        assert_eq!(event["type"], kind, "{event}");
        assert_eq!(event["delivery"]["path"], path);
        assert_eq!(verdict_of(&event).0, "ok", "{event}");
    }
    assert_eq!(
        running.post("/v1/m", r#"{"series":[]}"#).await.status(),
        200
    );
    assert_eq!(running.post("/v1/what", "{}").await.status(), 404);
}

#[tokio::test]
async fn batches_are_accepted_in_every_encoding() {
    let running = start().await;
    let body = |id: &str| json!({"batch": [message(1, id)]}).to_string();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(body("gzip").as_bytes()).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(body("zlib").as_bytes()).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
    raw.write_all(body("raw").as_bytes()).unwrap();
    for (encoding, id, bytes) in [
        ("gzip", "gzip", gzip.finish().unwrap()),
        ("deflate", "zlib", zlib.finish().unwrap()),
        ("deflate", "raw", raw.finish().unwrap()),
        ("identity", "plain", body("plain").into_bytes()),
    ] {
        let wire = bytes.len();
        let response = running
            .request(Method::POST, "/v1/import")
            .basic_auth("key", Some(""))
            .header("content-encoding", encoding)
            .body(bytes)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{id}");
        let response = running.get(&format!("/conversations/{id}")).await;
        let delivery = &response["events"][0]["delivery"];
        assert_eq!(delivery["wireBytes"], wire);
        assert_eq!(delivery["bodyBytes"], body(id).len());
        assert_eq!(delivery["encoding"], encoding);
    }
}

#[tokio::test]
async fn write_keys_are_found_in_three_places_and_redacted() {
    let running = start().await;
    let secret = "sEcReTwRiTeKeY";
    let post = || running.request(Method::POST, "/v1/batch");
    let call = message(1, "c");
    let mut call_with_write_key = call.clone();
    call_with_write_key["writeKey"] = secret.into();
    for (number, request) in [
        post()
            .basic_auth(secret, Some(""))
            .body(json!({"batch": [call]}).to_string()),
        post().body(json!({"writeKey": secret, "batch": [call]}).to_string()),
        post()
            .bearer_auth("a-token")
            .body(json!({"writeKey": secret, "batch": [call]}).to_string()),
        post().body(json!({"batch": [call_with_write_key]}).to_string()),
        post().body(format!("{{\"writeKey\": \"{secret}\", \"batch\": [}}")),
    ]
    .into_iter()
    .enumerate()
    {
        request.send().await.unwrap();
        let event = running.get(&format!("/api/events/{}", number + 1)).await;
        if number < 4 {
            assert_eq!(event["delivery"]["writeKey"], "sEcR…", "{event}");
        }
        assert!(!event.to_string().contains("sEcReT"), "{event}");
    }
    // Without a write key, Segment cannot assign the request to a source.
    let response = post()
        .bearer_auth("a-token")
        .body(json!({"batch": [message(9, "d")]}).to_string());
    response.send().await.unwrap();
    let last = running.get("/conversations/d").await;
    assert_eq!(verdict_of(&last["events"][0]).1, ["no_write_key"]);
    let export = running.text_of("/api/export").await;
    assert!(!export.contains("sEcReT"), "{export}");
}

#[tokio::test]
async fn calls_inherit_the_members_of_their_batch() {
    let running = start().await;
    let mut call = message(1, "c");
    call.as_object_mut().unwrap().remove("context");
    let body = json!({
        "batch": [call],
        "context": {"library": {"name": "analytics-python", "version": "2.4"}},
        "integrations": {"All": true},
        "sentAt": "2026-01-02T03:04:05.678Z",
    });
    let response = running
        .request(Method::POST, "/v1/batch")
        .basic_auth("key", Some(""))
        .header("x-retry-count", "3")
        .body(body.to_string())
        .send();
    assert_eq!(response.await.unwrap().status(), 200);
    let event = running.get("/api/events/1").await;
    assert_eq!(event["delivery"]["library"], "analytics-python/2.4");
    assert_eq!(event["delivery"]["retryCount"], 3);
    assert_eq!(event["batchContext"]["library"]["version"], "2.4");
    assert_eq!(event["batchIntegrations"], json!({"All": true}));
    assert!(event["delivery"]["skewMs"].as_i64().unwrap() > 60_000);
    assert_eq!(verdict_of(&event).1, ["clock_skew"]);
}

#[tokio::test]
async fn calls_that_segment_silently_rejects_are_reported() {
    let running = start().await;
    let rejected = |code: &str| ("rejected".to_owned(), vec![code.to_owned()]);
    let mut without_user = message(1, "a");
    without_user.as_object_mut().unwrap().remove("userId");
    assert_eq!(
        running.verdict(&without_user).await,
        rejected("no_identity")
    );

    let mut large = message(1, "b");
    large["properties"]["message_body"] = "é".repeat(16 * 1024).into();
    assert_eq!(running.verdict(&large).await, rejected("too_large"));
    large["messageId"] = "another".into();
    large["properties"]["message_body"] = "é".repeat(15 * 1024).into();
    assert_eq!(
        running.verdict(&large).await,
        ("note".into(), vec!["near_size_limit".into()])
    );

    let mut untyped = message(1, "c");
    untyped.as_object_mut().unwrap().remove("type");
    assert_eq!(running.verdict(&untyped).await, rejected("no_type"));
    untyped["messageId"] = "yet another".into();
    untyped["type"] = "shout".into();
    assert_eq!(running.verdict(&untyped).await, rejected("unknown_type"));
    assert_eq!(running.verdict(&json!(5)).await, rejected("not_an_object"));

    let small = |n| json!({"type": "track", "event": "E", "userId": "u", "messageId": format!("{n}"), "properties": {"conversationId": "many"}});
    let many: Vec<Value> = (0..2_501).map(small).collect();
    running.batch(&many).await;
    let response = running.get("/conversations/many").await;
    let events = response["events"].as_array().unwrap();
    assert_eq!(events.len(), 2_500, "only the first 2,500 calls are kept");
    for event in events {
        assert_eq!(event["delivery"]["batchSize"], 2_501);
        assert_eq!(verdict_of(event), rejected("batch_too_many"));
    }
    let max_batch: Vec<Value> = (5_000..7_500).map(small).collect();
    running.batch(&max_batch).await;
    assert_eq!(running.get("/good?count=2500&limit=1").await["more"], true);
}

#[tokio::test]
async fn requests_that_segment_rejects_are_rejected_and_recorded() {
    let running = start().await;
    let too_large = format!("{{\"batch\":[{{\"x\":\"{}\"}}]}}", "x".repeat(512 * 1024));
    for (body, code) in [
        ("{".into(), "bad_json"),
        ("[]".into(), "bad_json"),
        ("{\"batch\":5}".into(), "bad_json"),
        ("{}".into(), "bad_json"),
        (String::new(), "bad_json"),
        (too_large, "batch_too_large"),
    ] {
        let size = body.len();
        let response = running.post("/v1/batch", body).await;
        assert_eq!(response.status(), 400);
        assert!(json_of(response).await["error"].is_string());
        let event = running
            .get(&format!("/api/events/{}", running.inspector.last_seq()))
            .await;
        assert_eq!(event["type"], "request");
        assert_eq!(event["delivery"]["status"], 400);
        assert_eq!(event["delivery"]["wireBytes"], size);
        assert_eq!(verdict_of(&event), ("rejected".into(), vec![code.into()]));
    }
}

#[tokio::test]
async fn a_repeated_envelope_id_is_a_duplicate_or_a_conflict() {
    let running = start().await;
    let call = message(1, "c");
    assert_eq!(running.verdict(&call).await, ("ok".into(), vec![]));
    let (status, codes) = running.verdict(&call).await;
    assert_eq!(
        (status.as_str(), codes),
        ("note", vec!["duplicate_envelope_id".into()])
    );
    // The sending time is not compared.
    let mut resent = call.clone();
    resent["sentAt"] = "2026-01-02T03:04:05.678Z".into();
    assert_eq!(running.verdict(&resent).await.1, ["duplicate_envelope_id"]);
    let mut other = message(2, "c");
    other["messageId"] = call["messageId"].clone();
    let (status, codes) = running.verdict(&other).await;
    assert_eq!(
        (status.as_str(), codes),
        ("error", vec!["conflicting_envelope_id".into()])
    );
}

#[tokio::test]
async fn the_raw_call_is_unchanged() {
    let running = start().await;
    let call = r#"{ "type":"track", "z": 1.50, "a": 1e3,"event":"E","userId":"u","a":"again", "messageId":"m", "n": 12345678901234567890123 }"#;
    running
        .post("/v1/batch", format!("{{\"batch\":[{call}]}}"))
        .await;
    let response = running.text_of("/all").await;
    assert!(response.contains(call), "{response}");
    let export = running.text_of("/api/export").await;
    assert!(export.contains(call), "{export}");
    assert_eq!(export.lines().count(), 1);
}

#[tokio::test]
async fn a_number_of_any_size_is_accepted() {
    let running = start().await;
    let call = r#"{"type":"track","event":"E","userId":"u","messageId":"m","properties":{"conversationId":"c","n":1e400},"context":{"library":{"name":"l"}}}"#;
    running
        .post("/v1/batch", format!("{{\"batch\":[{call}]}}"))
        .await;
    let export = running.text_of("/api/export").await;
    assert!(export.contains(call), "{export}");
    let stored = running.inspector.events().await.unwrap();
    assert_eq!(stored[0].property("n"), Some(json!(f64::MAX)));
    assert_eq!(stored[0].verdict().findings().len(), 0, "{export}");
}

#[tokio::test]
async fn an_identify_call_is_shown_in_the_conversation_of_its_user() {
    let running = start().await;
    let mut message_call = message(1, "c");
    message_call.as_object_mut().unwrap().remove("userId");
    message_call["anonymousId"] = "visitor".into();
    let identify = json!({"type": "identify", "anonymousId": "visitor", "userId": "C-1", "messageId": "i", "traits": {}});
    let other_user = json!({"type": "identify", "userId": "C-2", "messageId": "j", "traits": {}});
    running.batch(&[message_call, identify, other_user]).await;
    let response = running.get("/conversations/c").await;
    assert_eq!(response["events"][1]["type"], "identify");
    assert_eq!(response["events"][1]["conversationInferred"], true);
    assert_eq!(
        response["conversation"]["user"],
        json!({"userId": "C-1", "anonymousId": "visitor"})
    );
    let outside = running.get("/api/conversation?id=").await;
    assert_eq!(outside["events"].as_array().unwrap().len(), 1);
}
