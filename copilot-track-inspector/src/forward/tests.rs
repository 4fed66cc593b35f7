//! Tests of the requests that are forwarded.

use std::net::SocketAddr;

use axum::http::HeaderMap;
use copilot_track_ingest::Endpoint;
use serde_json::{Value, json};

use super::{
    Forwarder,
    request::ForwardRequest,
    target::{self, TargetError},
};
use crate::{
    base_url::BaseUrl,
    event::model::Event,
    ingest::envelope::{self, ArrivedRequest},
    timestamp::Timestamp,
};

async fn events(endpoint: Endpoint, body: &str) -> Vec<Event> {
    let limits = copilot_track_ingest::Limits::default();
    let body = copilot_track_ingest::read_body(body.to_owned(), &limits).await;
    let request = ArrivedRequest {
        number: 1,
        path: "/v1/x".into(),
        endpoint,
        headers: &HeaderMap::new(),
        body,
    };
    envelope::read(request, None, false).0
}

async fn body(path: &str, body: &str, now: Timestamp) -> Option<String> {
    let endpoint = Endpoint::from_path(path).unwrap();
    let request = ForwardRequest::new(path, endpoint, &events(endpoint, body).await)?;
    assert_eq!(request.path, path);
    Some(request.body(now))
}

#[tokio::test]
async fn calls_are_forwarded_unchanged_but_without_write_keys() {
    let now = Timestamp::now();
    let call =
        r#"{ "type":"track", "event":"é","properties":{"big":12345678901234567890,"f":1.50} }"#;
    let with_key = r#"{"writeKey":"a-secret-key","type":"track","messageId":"m"}"#;
    let sent = format!(
        r#"{{"writeKey":"a-secret-key","batch":[{call},{with_key},5],"context":{{"x":1.0}},"integrations":{{"All":false}}}}"#
    );
    let forwarded = body("/v1/batch", &sent, now).await.unwrap();
    assert_eq!(
        forwarded,
        format!(
            r#"{{"batch":[{call},{{"type":"track","messageId":"m"}}],"context":{{"x":1.0}},"integrations":{{"All":false}}}}"#
        )
    );
    let single = body("/v1/track", with_key, now).await.unwrap();
    assert_eq!(single, r#"{"type":"track","messageId":"m"}"#);
    // Nothing remains of these requests.
    assert_eq!(body("/v1/batch", "no JSON", now).await, None);
    assert_eq!(body("/v1/batch", r#"{"batch":[]}"#, now).await, None);
}

#[tokio::test]
async fn the_clock_of_the_client_is_corrected_by_the_same_amount_later() {
    for path in ["/v1/batch", "/v1/identify"] {
        // The clock of the client is one hour behind.
        let before = Timestamp::now();
        let sent_at = Timestamp(before.0 - 3_600_000).to_iso8601();
        let sent = json!({"batch": [{"type": "identify"}], "sentAt": sent_at}).to_string();
        let later = Timestamp(before.0 + 600_000);
        let forwarded: Value =
            serde_json::from_str(&body(path, &sent, later).await.unwrap()).unwrap();
        let sent_at = Timestamp::parse(forwarded["sentAt"].as_str().unwrap()).unwrap();
        let skew = later.0 - sent_at.0;
        assert!((3_600_000..3_660_000).contains(&skew), "{path}: {skew}");
    }
    let sent = r#"{"batch":[{"type":"page"}],"sentAt":"yesterday"}"#;
    let forwarded = body("/v1/batch", sent, Timestamp::now()).await.unwrap();
    assert!(
        forwarded.ends_with(r#""sentAt":"yesterday"}"#),
        "{forwarded}"
    );
}

#[test]
fn an_inspector_does_not_forward_to_itself() {
    let own: SocketAddr = "127.0.0.1:8077".parse().unwrap();
    let everywhere: SocketAddr = "0.0.0.0:8077".parse().unwrap();
    let public = BaseUrl::parse("https://tools.example/inspector").unwrap();
    let parse = |url, own| target::parse(url, own, Some(&public));
    for url in [
        "http://127.0.0.1:8077",
        "http://localhost:8077/",
        "http://0.0.0.0:8077",
        "https://tools.example/inspector/",
    ] {
        assert!(
            matches!(parse(url, own), Err(TargetError::Itself(_))),
            "{url}"
        );
        assert!(parse(url, everywhere).is_err(), "{url}");
    }
    for url in [
        "https://api.segment.io",
        "http://127.0.0.1:8078",
        "http://collector:8077",
    ] {
        assert!(parse(url, own).is_ok(), "{url}");
    }
    let error = parse("https://user:password@api.segment.io", own).unwrap_err();
    assert!(!error.to_string().contains("password"), "{error}");
}

#[tokio::test]
async fn a_full_queue_drops_further_requests_and_the_key_is_not_shown() {
    let unreachable = BaseUrl::parse("http://127.0.0.1:9").unwrap();
    assert_eq!(
        Forwarder::start(unreachable.clone(), " ".into()).err(),
        Some(TargetError::Key)
    );
    let forwarder = Forwarder::start(unreachable, "a-secret-key".into()).unwrap();
    let big = format!(
        r#"{{"batch":[{{"type":"track","x":"{}"}}]}}"#,
        "x".repeat(400_000)
    );
    let endpoint = Endpoint::Batch;
    let request = ForwardRequest::new("/v1/batch", endpoint, &events(endpoint, &big).await);
    let request = request.unwrap();
    for _ in 0..1_000 {
        forwarder.push(request.clone());
    }
    let status = forwarder.status();
    assert!((100..200).contains(&status.queued), "{status:?}");
    assert_eq!(status.queued + status.failed, 1_000);
    assert_eq!(status.last_error.as_deref(), Some("the queue is full"));
    assert!(!format!("{forwarder:?}").contains("secret"));
}
