//! The events of a call, depending on how it ends.

use std::time::Duration;

use copilot_track::testing::TestTracker;

use crate::shop::{OutOfStock, chart, recorded, reply, stock_level};

/// Makes a call for each way in which a call can end. Returns a property of the event, if any, that
/// each call sent.
macro_rules! outcomes {
    ($function:ident, $event:literal, $property:literal) => {{
        let mut seen = Vec::new();
        for outcome in ["ok", "error", "panic", "cancel", "timeout", "unpolled"] {
            let test = TestTracker::new();
            let turn = test.conversation().turn("Is it?");
            match outcome {
                "ok" => assert_eq!(turn.run($function("widget", false)).await, Ok(3)),
                "error" => assert_eq!(turn.run($function("none", false)).await, Err(OutOfStock)),
                "panic" => {
                    let call = turn.run($function("panic", false));
                    assert!(tokio::spawn(call).await.is_err());
                }
                "cancel" => {
                    let call = tokio::spawn(turn.run($function("widget", true)));
                    tokio::task::yield_now().await;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    call.abort();
                    assert!(call.await.unwrap_err().is_cancelled());
                }
                "timeout" => {
                    let call = turn.run($function("widget", true));
                    let limit = Duration::from_millis(5);
                    assert!(tokio::time::timeout(limit, call).await.is_err());
                }
                _ => drop(turn.run($function("widget", false))),
            }
            let events = test.events_named($event);
            assert!(events.len() <= 1);
            assert!(test.ledger().is_balanced());
            let event = events.first().map(|event| {
                let value = event.property($property);
                value
                    .and_then(|value| value.as_str())
                    .unwrap_or_default()
                    .to_owned()
            });
            seen.push((outcome, event));
        }
        seen
    }};
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_tool_event_is_sent_when_the_call_starts() {
    let all = outcomes!(stock_level, "Action Invoked", "action");
    for (outcome, event) in all {
        let expected = (outcome != "unpolled").then(|| "stock level".to_owned());
        assert_eq!(event, expected, "{outcome}");
    }
}

#[tokio::test]
async fn a_recorded_tool_event_has_the_outcome() {
    let all = outcomes!(recorded, "Action Invoked", "outcome");
    let expected = [
        ("ok", some("ok")),
        ("error", some("error")),
        ("panic", some("panicked")),
        ("cancel", some("cancelled")),
        ("timeout", some("cancelled")),
        ("unpolled", None),
    ];
    assert_eq!(all, expected);
}

#[tokio::test]
async fn media_are_sent_when_the_call_succeeds() {
    for (outcome, event) in outcomes!(chart, "Media Generated", "type") {
        let expected = (outcome == "ok").then(|| "image".to_owned());
        assert_eq!(event, expected, "{outcome}");
    }
}

#[tokio::test]
async fn a_reply_is_sent_when_the_call_succeeds() {
    for (outcome, event) in outcomes!(reply, "Message Received", "message_body") {
        let expected = (outcome == "ok").then(|| "3 left".to_owned());
        assert_eq!(event, expected, "{outcome}");
    }
}

#[tokio::test]
async fn recorded_values_are_numbers_and_strings() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert!(turn.run(recorded("none", false)).await.is_err());
    let event = test.event("Action Invoked");
    assert!(event.property("duration_ms").unwrap().is_f64());
    let error_type = event.property("error_type").unwrap().as_str().unwrap();
    assert!(error_type.ends_with("OutOfStock"), "{error_type}");
}
