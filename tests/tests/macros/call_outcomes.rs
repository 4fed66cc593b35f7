//! The events of a call, depending on how it ends.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::tracked_tool;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::shop::{OutOfStock, chart, recorded, reply, stock_level};

/// Makes a call for each way in which a call can end. For each call, returns a property of the
/// event that was sent, or `None` if no event was sent.
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

#[tracked_tool(type = "Lookup", record(outcome))]
fn recorded_boxed<'a>(sku: &'a str) -> BoxFuture<'a, Result<u32, OutOfStock>> {
    Box::pin(recorded_body(sku))
}

#[tracked_tool(type = "Lookup", record(outcome))]
#[must_use = "the stock level"]
async fn recorded_must_use(sku: &str) -> Result<u32, OutOfStock> {
    recorded_body(sku).await
}

#[tracked_tool(type = "Lookup", record(outcome))]
async fn recorded_desugared(sku: &str) -> Result<u32, OutOfStock> {
    recorded_body(sku).await
}

#[tracked_tool(type = "Lookup", record(outcome))]
async fn recorded_diverging(sku: &str) -> ! {
    let _ = recorded_body(sku).await;
    std::future::pending().await
}

async fn recorded_body(sku: &str) -> Result<u32, OutOfStock> {
    match sku {
        "wait" => std::future::pending().await,
        "panic" => panic!("a panic in the function"),
        "none" => Err(OutOfStock),
        _ => Ok(3),
    }
}

/// Returns the recorded outcome of a call that is polled in the same task as a future that panics.
async fn outcome_next_to_a_panic(call: impl Future<Output = ()> + Send + 'static) -> String {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let task = turn
        .run(async move { tokio::join!(call, async { panic!("a panic elsewhere in the task") }) });
    assert!(tokio::spawn(task).await.is_err());
    let event = test.event("Action Invoked");
    event
        .property("outcome")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_call_that_is_dropped_by_another_panic_is_cancelled() {
    let outcomes = [
        outcome_next_to_a_panic(async { drop(recorded_desugared("wait").await) }).await,
        outcome_next_to_a_panic(async { drop(recorded_must_use("wait").await) }).await,
        outcome_next_to_a_panic(async { drop(recorded_boxed("wait").await) }).await,
        outcome_next_to_a_panic(async { recorded_diverging("wait").await }).await,
    ];
    assert_eq!(outcomes, ["cancelled"; 4]);
}

#[tokio::test]
async fn every_kind_of_future_records_how_it_ended() {
    for (sku, outcome) in [
        ("widget", "ok"),
        ("none", "error"),
        ("panic", "panicked"),
        ("wait", "cancelled"),
    ] {
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it?");
        let calls: [BoxFuture<'static, ()>; 4] = [
            Box::pin(async move { drop(recorded_desugared(sku).await) }),
            Box::pin(async move { drop(recorded_must_use(sku).await) }),
            Box::pin(async move { drop(recorded_boxed(sku).await) }),
            Box::pin(async move { recorded_diverging(sku).await }),
        ];
        for call in calls {
            // Catches panics, and drops the call if it is pending after one poll.
            let _ = turn
                .run(AssertUnwindSafe(call).catch_unwind())
                .now_or_never();
        }
        let outcomes = test.events_named("Action Invoked");
        let outcomes = outcomes
            .iter()
            .map(|event| event.property("outcome").unwrap());
        // The last function never returns, so it has no result.
        let last = if sku == "panic" {
            "panicked"
        } else {
            "cancelled"
        };
        assert_eq!(
            outcomes.collect::<Vec<_>>(),
            [outcome, outcome, outcome, last]
        );
    }
}

#[tokio::test]
async fn recorded_values_are_numbers_and_strings() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert!(turn.run(recorded("none", false)).await.is_err());
    let event = test.event("Action Invoked");
    let duration = event.property("duration_ms").unwrap();
    assert!(duration.is_f64());
    let digits = duration.to_string();
    let (_, fraction) = digits.split_once('.').unwrap();
    assert!(
        fraction.len() <= 3,
        "{digits} is not rounded to microseconds"
    );
    let error_type = event.property("error_type").unwrap().as_str().unwrap();
    assert!(error_type.ends_with("OutOfStock"), "{error_type}");
}
