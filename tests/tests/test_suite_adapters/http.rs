//! `copilot-track-adapter`, the server that lets external test suites drive the tracker.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use copilot_track_tests::{Behavior, FaultPlan, FaultServer};
use serde_json::{Value, json};

/// A running adapter.
struct Adapter {
    process: Child,
    address: String,
    client: reqwest::Client,
}

impl Adapter {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_copilot-track-adapter"))
            .args(["--port", "0"])
            .env_remove("COPILOT_TRACK_CONTENT")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self {
            process,
            address: ready["address"].as_str().unwrap().to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn send(request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        Self::send(self.client.get(format!("{}{path}", self.address))).await
    }

    async fn post(&self, path: &str, body: String) -> (u16, Value) {
        let request = self.client.post(format!("{}{path}", self.address));
        Self::send(request.body(body)).await
    }

    /// Posts a body, and asserts that the call succeeds.
    async fn post_ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body.to_string()).await;
        assert_eq!(
            (status, &answer["success"]),
            (200, &json!(true)),
            "{answer}"
        );
        answer
    }

    async fn init(&self, server: &FaultServer, more: Value) -> Value {
        let mut body =
            json!({ "api_key": "test-key", "host": server.url(), "flush_interval_ms": 5 });
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        self.post_ok("/init", body).await
    }

    async fn state(&self) -> Value {
        let (status, state) = self.get("/state").await;
        assert_eq!(status, 200);
        state
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn event() -> Value {
    json!({ "event": "Item Purchased", "userId": "123", "properties": { "qty": 1 } })
}

#[tokio::test]
async fn a_complete_run_of_an_external_harness() {
    let (server, adapter) = (FaultServer::healthy(), Adapter::start());
    let (status, health) = adapter.get("/health").await;
    assert_eq!(
        (status, &health["sdk_name"]),
        (200, &json!("copilot-track"))
    );
    assert!(health["sdk_version"].is_string() && health["adapter_version"].is_string());
    assert_eq!(
        health["capabilities"],
        json!(["capture_v0", "encoding_gzip"])
    );

    let answer = adapter
        .init(&server, json!({ "disable_geoip": true }))
        .await;
    assert_eq!(answer["ignored"], json!(["disable_geoip"]));
    let event = json!({
        "distinct_id": "user123", "event": "test_event", "uuid": "e-1",
        "properties": { "key": "value" }, "timestamp": "2025-01-02T08:34:05+05:30", "options": null,
    });
    assert_eq!(adapter.post_ok("/capture", event).await["uuid"], "e-1");
    // The harness also sends requests without a body.
    let (_, flushed) = adapter.post("/flush", String::new()).await;
    assert_eq!(
        (&flushed["success"], &flushed["events_flushed"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(flushed["all_delivered"], true);

    let state = adapter.state().await;
    for (count, expected) in [
        ("pending_events", 0),
        ("total_events_captured", 1),
        ("total_events_sent", 1),
        ("total_retries", 0),
    ] {
        assert_eq!(state[count], expected, "{state}");
    }
    assert_eq!(state["last_error"], Value::Null);
    assert_eq!(state["ledger"]["batches"], 1);
    let log = server.log();
    let event = log.events()[0];
    assert_eq!(
        (&event["type"], &event["userId"]),
        (&json!("track"), &json!("user123"))
    );
    assert_eq!(event["timestamp"], "2025-01-02T03:04:05Z");
    assert_eq!(event["messageId"], "e-1");
    assert_eq!(event["options"], Value::Null);

    adapter.post_ok("/reset", json!({})).await;
    let state = adapter.state().await;
    assert_eq!(
        (&state["initialised"], &state["total_events_captured"]),
        (&json!(false), &json!(0))
    );
}

#[tokio::test]
async fn every_call_has_a_unique_id() {
    let (server, adapter) = (FaultServer::healthy(), Adapter::start());
    adapter.init(&server, json!({ "flush_at": 1 })).await;
    let mut ids = Vec::new();
    for event in [
        event(),
        event(),
        json!({ "distinct_id": 7, "event": "A", "timestamp": "2026-01-02" }),
    ] {
        let answer = adapter.post_ok("/capture", event).await;
        ids.push(answer["uuid"].as_str().unwrap().to_owned());
    }
    adapter.post("/flush", String::new()).await;
    let log = server.log();
    let sent: Vec<_> = log
        .events()
        .iter()
        .map(|e| e["messageId"].clone())
        .collect();
    assert_eq!(json!(sent), json!(ids));
    assert!(ids[0] != ids[1] && ids[0].len() == 36);
    let last = log.events()[2];
    assert_eq!(
        (&last["userId"], &last["timestamp"]),
        (&json!("7"), &json!("2026-01-02T00:00:00Z"))
    );
}

#[tokio::test]
async fn the_state_contains_retries_and_rejections() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(503),
        Behavior::ok(),
        Behavior::status(401),
    ]));
    let adapter = Adapter::start();
    adapter.init(&server, json!({ "max_retries": 3 })).await;
    for flushed in [1, 0] {
        adapter.post_ok("/capture", event()).await;
        let answer = adapter
            .post_ok("/flush", json!({ "timeout_ms": 60_000 }))
            .await;
        assert_eq!(answer["events_flushed"], flushed);
    }
    let state = adapter.state().await;
    assert_eq!(state["total_retries"], 1);
    assert_eq!(state["rejected_by_status"], json!({ "401": 1 }));
    assert_eq!(state["ledger"]["dropped"]["rejected"], 1);
    let error = state["last_error"].as_str().unwrap();
    assert!(
        error.contains("the endpoint responded with status 401 to 1 event"),
        "{error}"
    );
    server.log().assert_resent_unchanged();
}

#[tokio::test]
async fn a_flush_reports_a_timeout_and_reset_drops_the_rest() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let adapter = Adapter::start();
    adapter.init(&server, json!({})).await;
    adapter.post_ok("/capture", event()).await;
    let (status, answer) = adapter
        .post("/flush", json!({ "timeout_ms": 50 }).to_string())
        .await;
    assert_eq!((status, &answer["success"]), (200, &json!(false)));
    assert_eq!(
        (&answer["complete"], &answer["ledger"]["pending"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        adapter.post_ok("/reset", json!({})).await["events_dropped"],
        1
    );
}

#[tokio::test]
async fn calls_can_belong_to_a_conversation() {
    let (server, adapter) = (FaultServer::healthy(), Adapter::start());
    adapter.init(&server, json!({ "content": "hidden" })).await;
    for (event, chat_message) in [("Message Sent", "m-1"), ("Conversation Ended", "m-2")] {
        let call = json!({
            "conversation_id": "c-1", "chat_message_id": chat_message, "event": event,
            "anonymousId": "a", "properties": { "message_body": "secret" },
        });
        adapter.post_ok("/capture", call).await;
    }
    let identify = json!({
        "conversation_id": "c-1", "type": "identify", "userId": "123", "traits": { "plan": "pro" },
    });
    adapter.post_ok("/capture", identify).await;
    adapter.post_ok("/flush", json!({})).await;
    let log = server.log();
    let events = log.events();
    let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
    let expected = ["Conversation Started", "Message Sent", "Conversation Ended"];
    assert_eq!(names[..3], expected.map(Value::from).each_ref()[..]);
    assert_eq!(events[1]["properties"]["messageId"], "m-1");
    assert_eq!(events[1]["properties"]["conversationId"], "c-1");
    assert_eq!(
        (&events[3]["userId"], &events[3]["anonymousId"]),
        (&json!("123"), &json!("a"))
    );
    assert!(
        !log.requests
            .iter()
            .any(|request| request.json.to_string().contains("secret"))
    );
}

#[tokio::test]
async fn a_disabled_tracker_accepts_calls_and_sends_nothing() {
    let (server, adapter) = (FaultServer::healthy(), Adapter::start());
    assert_eq!(
        adapter.init(&server, json!({ "disabled": true })).await["enabled"],
        false
    );
    adapter.post_ok("/capture", event()).await;
    adapter.post_ok("/flush", json!({})).await;
    assert_eq!(adapter.state().await["enabled"], false);
    assert!(server.log().requests.is_empty());
}

#[tokio::test]
async fn invalid_requests_are_errors() {
    let (server, adapter) = (FaultServer::healthy(), Adapter::start());
    let assert_error = async |path: &str, body: &str, status: u16, words: &str| {
        let (answered, answer) = adapter.post(path, body.to_owned()).await;
        assert_eq!(
            (answered, &answer["success"]),
            (status, &json!(false)),
            "{answer}"
        );
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(words), "{error}");
    };
    let call = event().to_string();
    assert_error("/capture", &call, 409, "POST /init first").await;
    assert_error("/flush", "", 409, "POST /init first").await;
    assert_error("/init", "{", 400, "invalid request body").await;
    assert_error("/init", "{}", 400, "`write_key`").await;
    assert_error(
        "/init",
        r#"{"write_key":"k","overflow":"spill"}"#,
        400,
        "drop_oldest",
    )
    .await;
    assert_error(
        "/init",
        r#"{"write_key":"k","flush_at":0}"#,
        400,
        "flush_at",
    )
    .await;
    assert_error(
        "/init",
        r#"{"write_key":"k","host":"ftp://a"}"#,
        400,
        "https",
    )
    .await;
    assert_error(
        "/init",
        r#"{"write_key":"k","content":"some"}"#,
        400,
        "`content`",
    )
    .await;
    assert_error("/nowhere", "", 404, "/nowhere").await;
    assert_error("/health", "", 405, "POST").await;
    adapter.init(&server, json!({})).await;
    assert_error(
        "/capture",
        r#"{"type":"shout"}"#,
        400,
        "unknown `type` `shout`",
    )
    .await;
    assert_error(
        "/capture",
        r#"{"conversation_id":"c","event":"A"}"#,
        400,
        "no user",
    )
    .await;
    assert_error(
        "/capture",
        r#"{"conversation_id":"c","type":"page","userId":"1"}"#,
        400,
        "only `track` and `identify`",
    )
    .await;
    assert!(server.log().requests.is_empty());
}
