//! The interface for adapters: each tool call is one event, whether or not the tool is annotated.

#![allow(clippy::unused_async)] // The annotated functions are minimal.

use copilot_track::adapter::{DescribeTools, Outcome, ToolCall, TurnScope};
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    MessageId, Reply, TrackedFutureExt as _, Tracker, Turn, User, tracked_media, tracked_tool,
};
use copilot_track_tests::block_on;

#[tracked_tool(
    type = "Inventory Request",
    action = "check stock level",
    role = "agent",
    properties(sku)
)]
async fn stock_level(sku: &str) -> u32 {
    warehouse(sku).await
}

#[tracked_tool(type = "Warehouse Request")]
async fn warehouse(_sku: &str) -> u32 {
    3
}

#[tracked_tool(type = "Order", record(duration, outcome, error_type), result(total = |n| *n))]
async fn order(amount: i32) -> Result<i32, std::num::TryFromIntError> {
    u8::try_from(amount).map(|_| amount * 2)
}

#[tracked_media(type = "image", sub_type = "png")]
fn chart() -> Vec<u8> {
    vec![1]
}

fn turn(test: &TestTracker) -> Turn {
    test.conversation().turn("Is it in stock?")
}

fn actions(test: &TestTracker) -> Vec<CapturedEvent> {
    test.events_named("Action Invoked")
}

fn action(test: &TestTracker) -> CapturedEvent {
    let mut events = actions(test);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

async fn call<T>(call: ToolCall, tool: impl Future<Output = T>) -> T {
    let call = call.start();
    let output = call.run(tool).await;
    call.finish(Outcome::Ok);
    output
}

#[test]
fn a_tool_without_an_attribute_is_reported_with_the_defaults() {
    let test = TestTracker::new();
    block_on(turn(&test).run(call(ToolCall::for_tool("stock_level"), async {})));
    let event = action(&test);
    event
        .assert_property("type", "Tool Call")
        .assert_property("action", "stock level")
        .assert_property("outcome", "ok")
        .assert_no_property("error_type");
    assert!(event.property("duration_ms").unwrap().is_f64());
}

#[test]
fn the_attribute_of_the_tool_describes_the_call() {
    let test = TestTracker::new();
    let called = ToolCall::for_tool("stock_level")
        .property("sku", "ignored")
        .property("server", "inventory");
    let level = block_on(turn(&test).run(call(called, stock_level("widget"))));
    assert_eq!(level, 3);
    let events = actions(&test);
    // The nested tool sends its own event, which comes first.
    assert_eq!(events.len(), 2);
    events[0].assert_property("type", "Warehouse Request");
    events[1]
        .assert_property("type", "Inventory Request")
        .assert_property("action", "check stock level")
        .assert_property("role", "agent")
        .assert_property("sku", "widget")
        .assert_property("server", "inventory")
        .assert_property("outcome", "ok");
}

#[test]
fn a_recorded_tool_describes_the_call() {
    let test = TestTracker::new();
    let turn = turn(&test);
    for amount in [2, 1_000] {
        let tool = async {
            let call = ToolCall::for_tool("order").start();
            let result = call.run(order(amount)).await;
            call.finish(match &result {
                Ok(_) => Outcome::Ok,
                Err(_) => Outcome::error("other"),
            });
        };
        block_on(turn.run(tool));
    }
    let events = actions(&test);
    assert_eq!(events.len(), 2);
    events[0]
        .assert_property("type", "Order")
        .assert_property("total", 4)
        .assert_property("outcome", "ok");
    events[1]
        .assert_property("type", "Order")
        .assert_property("outcome", "error")
        .assert_property("error_type", "core::num::error::TryFromIntError");
}

#[test]
fn an_explicit_conversation_and_a_combinator_describe_the_call_too() {
    let test = TestTracker::new();
    let turn = turn(&test);
    let tool = async {}
        .tracked_tool("Lookup", "look up")
        .conversation(&turn);
    block_on(turn.run(call(ToolCall::for_tool("a"), tool)));
    action(&test).assert_property("type", "Lookup");
    // A tool that selects another conversation sends its event there.
    let other = test.conversation();
    let tool = async {}
        .tracked_tool("Lookup", "look up")
        .conversation(&other);
    test.clear();
    block_on(turn.run(call(ToolCall::for_tool("a"), tool)));
    assert_eq!(actions(&test).len(), 2);
}

#[test]
fn other_events_and_later_tools_are_sent() {
    let test = TestTracker::new();
    let tool = async {
        stock_level("a").await;
        let _ = chart();
        stock_level("b").await;
    };
    block_on(turn(&test).run(call(ToolCall::for_tool("report"), tool)));
    assert_eq!(test.events_named("Media Generated").len(), 1);
    // The call itself, the second tool, and one nested tool for each of the two.
    assert_eq!(actions(&test).len(), 4);
}

#[test]
fn a_dropped_call_is_cancelled() {
    let test = TestTracker::new();
    turn(&test).in_scope(|| drop(ToolCall::for_tool("a").start()));
    action(&test).assert_property("outcome", "cancelled");
}

#[test]
fn a_call_belongs_to_the_reply_of_its_scope() {
    let test = TestTracker::new();
    let reply = turn(&test).start_reply();
    let scope = reply.in_scope(TurnScope::current).unwrap();
    assert_eq!(scope.reply().id().as_ref(), Some(reply.id()));
    let other = turn(&test);
    // The call runs while another user's turn is current.
    let seen = block_on(other.run(async {
        let call = ToolCall::for_tool("a").start_in(Some(&scope));
        let seen = call
            .run(async {
                Reply::current().set_property("seen", true);
                MessageId::current()
            })
            .await;
        call.finish(Outcome::Ok);
        seen
    }));
    assert_eq!(seen.as_ref(), Some(reply.id()));
    assert_eq!(
        action(&test).message_id(),
        Some(reply.id().to_string().as_str())
    );
    reply.send("Three");
    test.event("Message Received").assert_property("seen", true);
}

#[test]
fn a_call_outside_any_conversation_is_counted() {
    let test = TestTracker::new();
    let before = test.ledger().out_of_scope;
    block_on(call(ToolCall::for_tool("a"), async {}));
    assert!(test.ledger().out_of_scope > before);
    test.assert_silent();
}

#[test]
fn a_disabled_tracker_reports_nothing_and_keeps_the_turn() {
    let conversation = Tracker::disabled().conversation(User::known("1").unwrap());
    let turn = conversation.turn("Hello");
    let is_current = async { Turn::current().is_some() };
    assert!(block_on(
        turn.run(call(ToolCall::for_tool("a"), is_current))
    ));
}

#[test]
fn suppressed_tools_send_no_events() {
    let test = TestTracker::new();
    let turn = turn(&test);
    turn.in_scope(|| {
        let scope = TurnScope::current().unwrap();
        assert!(!scope.suppresses_tools());
        scope.suppress_tools();
        block_on(stock_level("a"));
        let _ = block_on(order(1));
        let _ = chart();
        // Calls that the adapter reports, and the tools inside them, have their own scopes.
        block_on(call(ToolCall::for_tool("b"), stock_level("b")));
    });
    assert_eq!(test.events_named("Media Generated").len(), 1);
    assert_eq!(actions(&test).len(), 2);
}

#[test]
fn a_closure_describes_tools_and_may_panic() {
    let test = TestTracker::new();
    let describe = DescribeTools::with(|tool| match tool {
        "stock" => ToolCall::new("Inventory Request", "check stock level"),
        _ => panic!("unknown"),
    });
    for (tool, r#type) in [("stock", "Inventory Request"), ("other", "Tool Call")] {
        test.clear();
        turn(&test).in_scope(|| describe.call(tool).start().finish(Outcome::Ok));
        action(&test).assert_property("type", r#type);
    }
}
