//! Shared helpers.

use std::time::Duration;

use copilot_track_inspector::{Inspector, InspectorBuilder};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A generous timeout for slow machines.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// A running inspector, and the directory of its database if it has one.
pub(crate) struct TestInspector {
    pub(crate) inspector: Inspector,
    pub(crate) client: Client,
    /// The directory is deleted after the inspector has stopped.
    directory: Option<TempDir>,
}

pub(crate) async fn start() -> TestInspector {
    start_with(Inspector::builder()).await
}

pub(crate) async fn start_with(builder: InspectorBuilder) -> TestInspector {
    TestInspector {
        inspector: builder.start().await.unwrap(),
        client: Client::new(),
        directory: None,
    }
}

/// Starts one inspector for each backend of the store.
pub(crate) async fn each_store(builder: fn() -> InspectorBuilder) -> Vec<TestInspector> {
    let memory = start_with(builder()).await;
    let directory = tempfile::tempdir().unwrap();
    let mut file = start_with(builder().database(directory.path().join("events.db"))).await;
    file.directory = Some(directory);
    vec![memory, file]
}

impl TestInspector {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.inspector.url()))
            .timeout(TIMEOUT)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        let status = response.status();
        let body = json_of(response).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// Returns the body of a response as it arrived.
    pub(crate) async fn text_of(&self, path: &str) -> String {
        let response = self.request(Method::GET, path).send().await.unwrap();
        response.text().await.unwrap()
    }

    pub(crate) async fn status_of(&self, path: &str) -> u16 {
        self.request(Method::GET, path)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(Method::POST, path)
            .basic_auth("a-write-key", Some(""))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Sends these calls in a batch and checks that it is accepted.
    pub(crate) async fn batch(&self, calls: &[Value]) {
        let response = self
            .post("/v1/batch", json!({ "batch": calls }).to_string())
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(json_of(response).await, json!({"success": true}));
    }

    /// Sends a call and returns its verdict: the status, and the codes of the findings.
    pub(crate) async fn verdict(&self, call: &Value) -> (String, Vec<String>) {
        self.batch(std::slice::from_ref(call)).await;
        let last = self.inspector.last_seq();
        let event = self.get(&format!("/api/events/{last}")).await;
        verdict_of(&event)
    }
}

pub(crate) fn verdict_of(event: &Value) -> (String, Vec<String>) {
    let codes = event["verdict"]["findings"].as_array().unwrap();
    let codes = codes
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned());
    (
        event["verdict"]["status"].as_str().unwrap().to_owned(),
        codes.collect(),
    )
}

pub(crate) async fn json_of(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Returns a valid Message Sent call.
pub(crate) fn message(number: usize, conversation: &str) -> Value {
    json!({
        "type": "track",
        "event": "Message Sent",
        "userId": format!("user of {conversation}"),
        "messageId": format!("envelope {number} of {conversation}"),
        "timestamp": "2026-01-02T03:04:05.678Z",
        "context": {"library": {"name": "a test", "version": "1"}},
        "properties": {
            "conversationId": conversation,
            "messageId": format!("message {number}"),
            "message_body": format!("This is message {number}"),
            "role": "customer",
        },
    })
}

pub(crate) fn numbers(events: &Value) -> Vec<u64> {
    let events = events["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect()
}
