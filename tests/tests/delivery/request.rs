//! The headers and body of a request.

use copilot_track::HttpTransport;
use copilot_track::segment::message::{Message, Track, User};
use copilot_track::segment::{self, Client as _};
use copilot_track_tests::{
    FaultServer, RecordedRequest, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
};
use serde_json::{Map, Value, json};

/// Sends this many events and returns the single request that contains them.
fn request(events: u64, gzip: Option<bool>) -> RecordedRequest {
    let server = FaultServer::healthy();
    let mut builder = fast_tracker_builder(&server);
    if let Some(gzip) = gzip {
        builder = builder.gzip(gzip);
    }
    let tracker = builder
        .flush_interval(std::time::Duration::from_secs(60))
        .build()
        .unwrap();
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let mut log = server.log();
    assert_eq!(log.requests.len(), 1);
    assert_eq!(log.requests[0].events().len() as u64, events);
    log.requests.remove(0)
}

#[test]
fn a_batch_is_posted_to_v1_batch() {
    let request = request(1, None);
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/v1/batch");
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[test]
fn the_write_key_is_the_user_name_and_the_password_is_empty() {
    let request = request(1, None);
    let expected = ("test-key".to_owned(), String::new());
    assert_eq!(request.basic_auth(), Some(expected));
    // The body does not contain the key.
    let body = String::from_utf8(request.body).unwrap();
    assert!(!body.contains("test-key"), "{body}");
}

#[test]
fn the_user_agent_is_the_library_with_its_version() {
    let version = env!("CARGO_PKG_VERSION");
    let request = request(1, None);
    let expected = format!("copilot-track/{version}");
    assert_eq!(request.header("user-agent"), Some(&*expected));
    let library = &request.events()[0]["context"]["library"];
    assert_eq!(library["name"], "copilot-track");
    assert_eq!(library["version"], version);
}

#[test]
fn a_first_attempt_has_no_retry_count() {
    assert_eq!(request(1, None).header("x-retry-count"), None);
}

#[test]
fn requests_to_the_loopback_address_are_not_compressed() {
    let request = request(100, None);
    assert_eq!(request.header("content-encoding"), None);
    assert_eq!(request.wire_bytes, request.body.len());
}

#[test]
fn bodies_are_compressed_if_configured() {
    let request = request(100, Some(true));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert!(request.wire_bytes < request.body.len() / 4);
}

#[test]
fn a_small_body_is_compressed_if_configured() {
    let request = request(1, Some(true));
    assert!(request.body.len() < 1_024);
    assert_eq!(request.header("content-encoding"), Some("gzip"));
}

#[test]
fn a_batch_contains_only_events_and_sent_at() {
    let request = request(2, None);
    let fields: Vec<_> = request.json.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["batch", "sentAt"]);
    let sent_at = request.sent_at().unwrap();
    for event in request.events() {
        let timestamp = event["timestamp"].as_str().unwrap();
        assert!(timestamp.ends_with('Z') && sent_at.ends_with('Z'));
        // Both times are in UTC and in the same format, so they can be compared as strings. The
        // fraction of a second is ignored, because it is omitted if it is zero.
        let seconds = |text: &str| text.trim_end_matches('Z').get(..19).unwrap().to_owned();
        assert!(seconds(timestamp) <= seconds(sent_at));
    }
}

#[test]
fn an_event_has_no_sent_at_of_its_own() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.send(track_call([("sentAt", json!("2026-01-01T00:00:00Z"))]));
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    assert_eq!(log.requests[0].events()[0].get("sentAt"), None);
    assert_ne!(log.requests[0].sent_at(), Some("2026-01-01T00:00:00Z"));
}

#[tokio::test]
async fn a_call_without_a_tracker_has_a_sent_at() -> segment::Result<()> {
    let server = FaultServer::healthy();
    let transport = HttpTransport::new(server.url()).unwrap();
    let send = |track| transport.send("test-key".to_owned(), Message::Track(track));
    send(track_call([])).await?;
    send(track_call([("sentAt", json!("2026-01-01T00:00:00Z"))])).await?;
    let log = server.log();
    assert!(log.requests[0].sent_at().unwrap().ends_with('Z'));
    assert_eq!(log.requests[1].sent_at(), Some("2026-01-01T00:00:00Z"));
    Ok(())
}

fn track_call<const N: usize>(extra: [(&str, Value); N]) -> Track {
    Track {
        user: User::UserId {
            user_id: "123".to_owned(),
        },
        event: "Item Purchased".to_owned(),
        properties: json!({}),
        extra: Map::from_iter(extra.map(|(name, value)| (name.to_owned(), value))),
        ..Track::default()
    }
}
