//! Futures and streams that are tracked without an attribute: they send the same events as
//! annotated functions.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, MessageId, TrackedFutureExt as _, TrackedStreamExt as _, tracked_component,
    tracked_media, tracked_reply, tracked_tool,
};
use copilot_track_tests::block_on;
use futures_util::stream::{self, Stream, StreamExt as _};
use futures_util::{FutureExt as _, join};
use serde_json::Value;

use crate::shop::OutOfStock;

struct Completion {
    text: String,
}

/// Returns the events that a call sends in a turn. The duration of a call is not deterministic.
fn events(call: impl AsyncFnOnce(Conversation)) -> Vec<Value> {
    let test = TestTracker::fixed();
    let conversation = test.conversation();
    let turn = conversation.turn("Is it?");
    block_on(turn.run(call(conversation)));
    assert_eq!(MessageId::current(), None);
    test.events()
        .iter()
        .map(|event| {
            let mut json = event.json();
            for name in ["duration_ms", "first_chunk_ms"] {
                if let Some(duration) = json["properties"].get_mut(name) {
                    *duration = duration.is_f64().into();
                }
            }
            json
        })
        .collect()
}

#[track_caller]
fn assert_same(
    annotated: impl AsyncFnOnce(Conversation),
    combined: impl AsyncFnOnce(Conversation),
    expected: usize,
) {
    let annotated = events(annotated);
    assert_eq!(annotated, events(combined));
    // Conversation Started and Message Sent precede the events of the call.
    assert_eq!(annotated.len(), expected + 2, "{annotated:#?}");
}

async fn level(fail: bool) -> Result<u32, OutOfStock> {
    tokio::task::yield_now().now_or_never();
    if fail { Err(OutOfStock) } else { Ok(3) }
}

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn tool(fail: bool) -> Result<u32, OutOfStock> {
    level(fail).await
}

#[tracked_tool(
    type = "Inventory Request",
    action = "check stock level",
    role = "ai_agent",
    message_id = "m1",
    properties(sku = "widget"),
    record(duration, outcome, error_type)
)]
async fn recorded(fail: bool) -> Result<u32, OutOfStock> {
    level(fail).await
}

#[tracked_tool(type = "t", action = "a", record(outcome = |n| *n > 3), conversation = conversation)]
async fn outcome_of(conversation: &Conversation, n: u32) -> u32 {
    let _ = conversation;
    n
}

#[test]
fn tools_send_the_same_events() {
    for fail in [false, true] {
        let tracked = async |_| {
            let call = level(fail).tracked_tool("Inventory Request", "check stock level");
            assert_eq!(call.await.is_err(), fail);
        };
        assert_same(async |_| drop(tool(fail).await), tracked, 1);

        let tracked = async |_| {
            let call = level(fail)
                .tracked_tool("Inventory Request", "check stock level")
                .role("ai_agent")
                .message_id("m1")
                .property("sku", "widget")
                .record_duration()
                .record_outcome()
                .record_error_type();
            assert_eq!(call.await.is_err(), fail);
        };
        assert_same(async |_| drop(recorded(fail).await), tracked, 1);
    }
    for n in [3, 4] {
        let annotated = async |conversation: Conversation| {
            outcome_of(&conversation, n).await;
        };
        let tracked = async |conversation: Conversation| {
            let call = async { n }.tracked_tool("t", "a");
            let call = call.record_outcome_with(|n| *n > 3);
            call.conversation(&conversation).await;
        };
        assert_same(annotated, tracked, 1);
    }
}

#[tracked_tool(type = "t", action = "a", record(outcome))]
async fn endless() -> Result<u32, OutOfStock> {
    std::future::pending().await
}

#[tracked_tool(type = "t", action = "a", record(outcome))]
async fn panicking() -> Result<u32, OutOfStock> {
    std::panic::resume_unwind(Box::new("in a tool"))
}

#[test]
fn a_cancelled_or_panicked_call_sends_the_same_event() {
    let tracked = async |_| {
        let pending = std::future::pending::<Result<u32, OutOfStock>>();
        let call = pending.tracked_tool("t", "a").record_outcome();
        assert!(call.now_or_never().is_none());
    };
    let annotated = async |_| assert!(endless().now_or_never().is_none());
    assert_same(annotated, tracked, 1);

    let annotated = async |_| {
        let call = AssertUnwindSafe(|| panicking().now_or_never());
        assert!(catch_unwind(call).is_err());
    };
    let tracked = async |_| {
        let body = async { std::panic::resume_unwind(Box::new("in a tool")) };
        let call = body.tracked_tool("t", "a");
        let call = call.record_outcome_with(|(): &()| true);
        assert!(catch_unwind(AssertUnwindSafe(|| call.now_or_never())).is_err());
    };
    assert_same(annotated, tracked, 1);
}

#[test]
fn a_future_that_is_not_polled_sends_nothing() {
    let call = async |_| drop(level(false).tracked_tool("t", "a").record_outcome());
    assert_eq!(events(call).len(), 2);
    let call = async |_| drop(stream::iter(["a"]).tracked_reply());
    assert_eq!(events(call).len(), 2);
}

#[tracked_media(type = "image", sub_type = "png", properties(size = 1))]
async fn media(fail: bool) -> Result<u32, OutOfStock> {
    level(fail).await
}

#[tracked_component(type = "c")]
async fn component() -> Vec<u8> {
    vec![1]
}

#[test]
fn media_and_components_send_the_same_events_on_success() {
    for fail in [false, true] {
        let tracked = async |_| {
            let call = level(fail).tracked_media("image", "png");
            assert_eq!(call.property("size", 1).await.is_err(), fail);
        };
        assert_same(
            async |_| drop(media(fail).await),
            tracked,
            usize::from(!fail),
        );
    }
    let tracked = async |_| {
        async { vec![1_u8] }.tracked_component("c").await;
    };
    assert_same(async |_| drop(component().await), tracked, 1);
}

#[tracked_reply]
async fn reply(fail: bool) -> Result<String, OutOfStock> {
    let (tool, _) = join!(tool(false), media(false));
    tool?;
    if fail {
        Err(OutOfStock)
    } else {
        Ok("Yes".to_owned())
    }
}

#[tracked_reply(body = |r| &r.text, message_id = "m1", record(duration), properties(model = "m-2"))]
async fn completion(fail: bool) -> Result<Completion, OutOfStock> {
    complete(fail).await
}

async fn complete(fail: bool) -> Result<Completion, OutOfStock> {
    level(fail).await?;
    Ok(Completion {
        text: "Yes".to_owned(),
    })
}

#[test]
fn replies_send_the_same_events() {
    for fail in [false, true] {
        let tracked = async |_| {
            let call = async {
                let (tool, _) = join!(
                    level(false).tracked_tool("Inventory Request", "check stock level"),
                    level(false)
                        .tracked_media("image", "png")
                        .property("size", 1),
                );
                tool?;
                if fail { Err(OutOfStock) } else { Ok("Yes") }
            };
            assert_eq!(call.tracked_reply().await.is_err(), fail);
        };
        let sent = if fail { 2 } else { 3 };
        assert_same(async |_| drop(reply(fail).await), tracked, sent);

        let tracked = async |_| {
            let call = complete(fail)
                .tracked_reply()
                .message_id("m1")
                .property("model", "m-2")
                .record_duration()
                .body(|completion| Some(completion.as_ref().ok()?.text.as_str().into()));
            assert_eq!(call.await.is_err(), fail);
        };
        let sent = usize::from(!fail);
        assert_same(async |_| drop(completion(fail).await), tracked, sent);
    }
}

fn words(fail: bool) -> impl Stream<Item = Result<&'static str, OutOfStock>> {
    let last = if fail { Err(OutOfStock) } else { Ok("s") };
    stream::iter([Ok("Ye"), last]).then(|word| async move {
        let _ = tool(false).await;
        word
    })
}

#[tracked_reply]
fn streamed(fail: bool) -> impl Stream<Item = Result<&'static str, OutOfStock>> {
    words(fail)
}

#[tracked_reply(
    body = |word| word.to_uppercase(),
    message_id = "m1",
    role = "human_agent",
    record(duration, first_chunk)
)]
fn selected(fail: bool) -> impl Stream<Item = Result<&'static str, OutOfStock>> {
    words(fail)
}

#[test]
fn streams_send_the_same_events() {
    for fail in [false, true] {
        for length in [1, 3] {
            let annotated = async |_| {
                pin!(streamed(fail)).take(length).count().await;
            };
            let tracked = async |_| {
                let stream = pin!(words(fail).tracked_reply());
                stream.take(length).count().await;
            };
            assert_same(annotated, tracked, length.min(2) + 1);
        }
        let annotated = async |_| assert_eq!(selected(fail).count().await, 2);
        let tracked = async |conversation: Conversation| {
            let stream = words(fail)
                .tracked_reply()
                .conversation(conversation)
                .message_id("m1")
                .role("human_agent")
                .record_duration()
                .record_first_chunk()
                .body(|word| Some(Cow::Owned(word.as_ref().ok()?.to_uppercase())));
            assert_eq!(stream.count().await, 2);
        };
        assert_same(annotated, tracked, 3);
    }
}

#[test]
fn a_call_whose_condition_is_not_met_sends_nothing() {
    let call = async |_| {
        let tool = level(false).tracked_tool("t", "a").when(false);
        let _ = tool.await;
        async { "Yes" }.tracked_reply().when(false).await;
        words(false).tracked_reply().when(false).count().await;
    };
    let names: Vec<_> = events(call)
        .iter()
        .skip(2)
        .map(|event| event["event"].clone())
        .collect();
    assert_eq!(names, ["Action Invoked", "Action Invoked"]);
}

#[test]
fn a_call_outside_any_conversation_runs_normally() {
    let before = TestTracker::new().ledger().out_of_scope;
    let call = level(false).tracked_tool("t", "a").record_outcome();
    assert!(block_on(call).is_ok());
    assert_eq!(block_on(async { "Yes" }.tracked_reply()), "Yes");
    let words = stream::iter(["a", "b"]).tracked_reply();
    assert_eq!(block_on(words.count()), 2);
    let count = TestTracker::new().ledger().out_of_scope - before;
    // Other tests of this process may count calls at the same time.
    assert!(count >= 3, "{count}");
}

#[test]
fn a_stream_keeps_the_turn_in_which_it_was_created() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(|| stream::iter(["Ye", "s"]).tracked_reply());
    assert_eq!(block_on(stream.count()), 2);
    test.event("Message Received")
        .assert_property("message_body", "Yes");
    assert!(turn.reply_id().is_some());
}

#[test]
fn a_stream_without_a_conversation_keeps_the_current_turn() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(|| {
        let stream = stream::iter(["Ye", "s"]).tracked_reply();
        stream.conversation(None::<Conversation>)
    });
    assert_eq!(block_on(stream.count()), 2);
    test.event("Message Received")
        .assert_property("message_body", "Yes");
    assert!(turn.reply_id().is_some());
}

#[test]
fn tracked_futures_and_streams_are_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    drop(is_send(
        level(false).tracked_tool("t", "a").record_outcome(),
    ));
    drop(is_send(async { "Yes" }.tracked_reply()));
    drop(is_send(stream::iter(["a"]).tracked_reply()));
}
