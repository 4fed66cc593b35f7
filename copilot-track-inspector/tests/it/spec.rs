//! Tests with the examples in the text of the spec.

use serde_json::Value;

use crate::support::start;

/// Returns an example from the spec, with the additional members that the tracking API requires.
fn example(json: &str) -> Value {
    let mut call: Value = serde_json::from_str(json).unwrap();
    call["type"] = call["action"].clone();
    call["messageId"] = "envelope".into();
    call
}

/// Returns the status of an example, and the codes and paths of its findings.
async fn findings(json: &str) -> (String, Vec<String>) {
    let running = start().await;
    running.batch(&[example(json)]).await;
    let event = running.get("/api/events/1").await;
    let findings = event["verdict"]["findings"].as_array().unwrap();
    let findings = findings.iter().map(|finding| {
        let [code, path] = ["code", "path"].map(|key| finding[key].as_str().unwrap_or_default());
        format!("{code} {path}")
    });
    (
        event["verdict"]["status"].as_str().unwrap().to_owned(),
        findings.collect(),
    )
}

#[tokio::test]
async fn the_examples_of_the_spec_have_no_findings() {
    for json in [
        include_str!("../../../tests/data/spec/action_invoked.json"),
        include_str!("../../../tests/data/spec/component_loaded.json"),
        include_str!("../../../tests/data/spec/conversation_started.json"),
        include_str!("../../../tests/data/spec/feedback_submitted.json"),
        include_str!("../../../tests/data/spec/identify.json"),
        include_str!("../../../tests/data/spec/item_purchased.json"),
        include_str!("../../../tests/data/spec/media_generated.json"),
        include_str!("../../../tests/data/spec/message_sent.json"),
    ] {
        assert_eq!(findings(json).await, ("ok".to_owned(), vec![]), "{json}");
    }
}

#[tokio::test]
async fn contradictory_examples_of_the_spec_are_reported() {
    for (json, status, finding) in [
        // `role` is outside `properties`.
        (
            include_str!("../../../tests/data/spec/message_received.json"),
            "warning",
            "misplaced_property role",
        ),
        // Only the spec's overview table lists `message_count`.
        (
            include_str!("../../../tests/data/spec/conversation_ended.json"),
            "note",
            "missing_property properties.message_count",
        ),
    ] {
        let expected = (status.to_owned(), vec![finding.to_owned()]);
        assert_eq!(findings(json).await, expected, "{json}");
    }
}
