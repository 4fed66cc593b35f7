//! The interface for adapters: each tool call is one event, whether or not the tool is annotated.

#![allow(clippy::unused_async)] // The annotated functions are minimal.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use copilot_track::adapter::{DescribeTools, Outcome, StartedToolCall, ToolCall, TurnScope};
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
fn tools_send_events_again_after_suppression_ends() {
    let test = TestTracker::new();
    turn(&test).in_scope(|| {
        let scope = TurnScope::current().unwrap();
        // Has no effect if tools are not suppressed.
        scope.allow_tools();
        let _ = block_on(order(1));
        scope.suppress_tools();
        let _ = block_on(order(2));
        scope.allow_tools();
        assert!(!scope.suppresses_tools());
        let _ = block_on(order(3));
    });
    let totals: Vec<_> = actions(&test)
        .iter()
        .map(|event| event.property("total").unwrap().as_i64())
        .collect();
    assert_eq!(totals, [Some(2), Some(6)]);
}

#[test]
fn tools_can_be_suppressed_in_one_future() {
    let test = TestTracker::new();
    let reply = turn(&test).start_reply();
    let host = reply.in_scope(|| {
        let scope = TurnScope::current().unwrap().suppressing_tools();
        assert!(scope.suppresses_tools());
        scope.run(async {
            stock_level("widget").await;
            Reply::current().set_property("temperature", 0.5);
            let _ = chart();
        })
    });
    block_on(reply.run(async {
        host.await;
        assert!(actions(&test).is_empty());
        order(1).await.unwrap();
    }));
    let id = reply.id().clone();
    reply.send("Three");
    action(&test).assert_property("type", "Order");
    let received = test.event("Message Received");
    received.assert_property("temperature", 0.5);
    assert_eq!(received.message_id(), Some(id.as_str()));
    let chart = test.event("Media Generated");
    assert_eq!(chart.message_id(), Some(id.as_str()));
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

/// Starts a call, polls its tool once in a task of its own, and returns both.
fn started<'a>(
    turn: &Turn,
    tool: impl Future<Output = Result<i32, std::num::TryFromIntError>> + 'a,
) -> (StartedToolCall, RunningTool<'a>) {
    let call = ToolCall::for_tool("report").start_in(Some(&turn.into()));
    let mut tool: RunningTool<'a> = Box::pin(call.run(tool));
    let mut context = Context::from_waker(Waker::noop());
    assert!(tool.as_mut().poll(&mut context).is_pending());
    (call, tool)
}

type RunningTool<'a> = Pin<Box<dyn Future<Output = Result<i32, std::num::TryFromIntError>> + 'a>>;

#[tracked_tool(type = "Report", record(duration, outcome))]
async fn report(is_done: &Cell<bool>) -> Result<i32, std::num::TryFromIntError> {
    poll_fn(|_| {
        if is_done.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    Ok(3)
}

fn end(tool: RunningTool<'_>, is_done: &Cell<bool>) {
    is_done.set(true);
    assert_eq!(block_on(tool), Ok(3));
}

#[test]
fn a_discarded_call_sends_no_event() {
    let test = TestTracker::new();
    let tool = async {
        for is_last in [false, true] {
            let call = ToolCall::for_tool("stock_level").start();
            call.run(stock_level("widget")).await;
            if is_last {
                call.finish(Outcome::Ok);
            } else {
                call.discard();
            }
        }
    };
    block_on(turn(&test).run(tool));
    let described = actions(&test);
    let described = described
        .iter()
        .filter(|event| event.property("type").unwrap() == "Inventory Request");
    assert_eq!(described.count(), 1);
}

#[test]
fn a_detached_call_has_no_outcome() {
    let test = TestTracker::new();
    let call = ToolCall::for_tool("report").property("server", "a");
    let call = call.start_in(Some(&(&turn(&test)).into()));
    let background = call.run(async {});
    call.detach();
    assert!(actions(&test).is_empty());
    drop(background);
    action(&test)
        .assert_property("action", "report")
        .assert_property("server", "a")
        .assert_no_property("outcome")
        .assert_no_property("duration_ms");
}

#[test]
fn an_annotated_tool_describes_its_detached_call() {
    for is_late in [false, true] {
        let test = TestTracker::new();
        let is_done = Cell::new(false);
        let turn = turn(&test);
        let tool = if is_late {
            // The task has not been polled yet.
            let call = ToolCall::for_tool("report").start_in(Some(&(&turn).into()));
            let tool: RunningTool<'_> = Box::pin(call.run(report(&is_done)));
            call.detach();
            tool
        } else {
            let (call, tool) = started(&turn, report(&is_done));
            call.detach();
            tool
        };
        assert!(actions(&test).is_empty());
        end(tool, &is_done);
        let event = action(&test);
        event
            .assert_property("type", "Report")
            .assert_property("action", "report")
            .assert_property("outcome", "ok");
        assert!(event.property("duration_ms").is_some());
    }
}

#[test]
fn an_annotated_tool_that_outlives_its_finished_call_is_not_lost() {
    let test = TestTracker::new();
    let is_done = Cell::new(false);
    let (call, tool) = started(&turn(&test), report(&is_done));
    call.finish(Outcome::Ok);
    action(&test).assert_property("type", "Tool Call");
    end(tool, &is_done);
    assert_eq!(actions(&test).len(), 2);
}

#[test]
fn a_call_that_ends_before_its_cancelled_tool_is_one_event() {
    for outcome in [
        Some(Outcome::error("timeout")),
        Some(Outcome::Cancelled),
        None,
    ] {
        let test = TestTracker::new();
        let is_done = Cell::new(false);
        let (call, tool) = started(&turn(&test), report(&is_done));
        match outcome {
            Some(outcome) => call.finish(outcome),
            None => drop(call),
        }
        drop(tool);
        assert_eq!(actions(&test).len(), 1);
    }
}
