//! One run: the properties of its tool calls, the usage of the reply, and runs that fail or are
//! dropped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

mod support;

use std::future::pending;

use copilot_track::adapter::ToolCall;
use copilot_track::testing::TestTracker;
use copilot_track::{Turn, Usage};
use copilot_track_rig::{BuildTracked as _, TurnHook};
use futures_util::StreamExt as _;
use model_server::{ModelServer, Script};
use rig_agent::Agent;
use rig_agent::agent::{AgentHook, DispatchAction, DispatchEvent, HookContext};
use rig_agent::core::rig_tool;
use rig_agent::core::tool::ToolExecutionError;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{action, agent};

#[allow(clippy::needless_pass_by_value, reason = "rig passes values")]
#[rig_tool(description = "Stock level")]
fn stock_level(sku: String) -> Result<usize, ToolExecutionError> {
    match sku.as_str() {
        "unknown" => Err(ToolExecutionError::not_found("no such item")),
        sku => Ok(sku.len()),
    }
}

static HANGS: Notify = Notify::const_new();

#[rig_tool(description = "Never returns")]
async fn hang() -> Result<usize, ToolExecutionError> {
    HANGS.notify_one();
    pending().await
}

fn call(tool: &str, sku: &str) -> String {
    let script = Script::text("Three are left").calls([(tool, json!({ "sku": sku }))]);
    script.message()
}

/// Runs a prompt in a reply that is sent by hand.
async fn run(turn: &Turn, agent: &Agent, prompt: String, hook: TurnHook) {
    let reply = turn.start_reply();
    let answer = reply.run(async { agent.prompt(prompt).add_hook(hook).await });
    let text = answer.await.map(|answer| answer.output());
    reply.send(text.unwrap_or_else(|error| error.to_string()));
}

#[tokio::test]
async fn a_tool_call_has_a_duration_and_an_outcome() {
    let server = ModelServer::start().await;
    let agent = agent(&server).tool(StockLevel).build_tracked();
    for (sku, outcome) in [("tent", "ok"), ("unknown", "error")] {
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it in stock?");
        run(
            &turn,
            &agent,
            call("stock_level", sku),
            TurnHook::new(&turn),
        )
        .await;
        let event = action(&test);
        event
            .assert_property("type", "Tool Call")
            .assert_property("action", "stock level")
            .assert_property("outcome", outcome);
        assert!(event.property("duration_ms").unwrap().is_f64());
        if outcome == "error" {
            event.assert_property("error_type", "not_found");
        }
    }
}

#[tokio::test]
async fn a_closure_describes_the_tools() {
    let server = ModelServer::start().await;
    let agent = agent(&server).tool(StockLevel).build();
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it in stock?");
    let hook = TurnHook::current().describe(|tool| match tool {
        "stock_level" => ToolCall::new("Inventory Request", "check stock level"),
        _ => ToolCall::for_tool(tool),
    });
    run(&turn, &agent, call("stock_level", "tent"), hook).await;
    action(&test)
        .assert_property("type", "Inventory Request")
        .assert_property("action", "check stock level");
}

#[tokio::test]
async fn the_usage_of_all_model_calls_adds_up_once() {
    let server = ModelServer::start().await;
    let agent = agent(&server).tool(StockLevel).build_tracked();
    for is_streamed in [false, true] {
        let before = server.reported().len();
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it in stock?");
        let prompt = call("stock_level", "tent");
        let reply = turn.start_reply();
        // The agent's own hook and this one see the same calls.
        let run = agent.prompt(prompt).add_hook(TurnHook::new(&turn));
        if is_streamed {
            let mut stream = reply.in_scope(|| run.add_hook(TurnHook::current()).stream());
            reply
                .run(async { while stream.next().await.is_some() {} })
                .await;
        } else {
            let run = reply.in_scope(|| run.add_hook(TurnHook::current()));
            reply.run(async { run.await.map(drop) }).await.unwrap();
        }
        reply.send("Three are left");
        let reported = server.reported().split_off(before);
        assert_eq!(reported.len(), 2);
        let sum =
            |value: fn(&model_server::Reported) -> u64| reported.iter().map(value).sum::<u64>();
        test.event("Message Received")
            .assert_property("input_tokens", sum(|usage| usage.input_tokens))
            .assert_property("output_tokens", sum(|usage| usage.output_tokens))
            .assert_property(
                "cached_input_tokens",
                sum(|usage| usage.cached_input_tokens),
            )
            .assert_property("reasoning_tokens", sum(|usage| usage.reasoning_tokens))
            .assert_property("provider", "openai")
            .assert_property("model", "scripted-1")
            .assert_property("finish_reason", "stop");
    }
}

#[tokio::test]
async fn a_cut_stream_has_no_usage() {
    let server = ModelServer::start().await;
    let agent = agent(&server).build();
    let test = TestTracker::new();
    let turn = test.conversation().turn("Tell me a story");
    let reply = turn.start_reply();
    let prompt = Script::text("Once upon a time").cut().message();
    let mut stream = reply.in_scope(|| agent.prompt(prompt).add_hook(TurnHook::current()).stream());
    let mut failed = false;
    while let Some(item) = stream.next().await {
        failed |= item.is_err();
    }
    assert!(failed);
    reply.send("Once upon");
    test.event("Message Received")
        .assert_property("completion", "error")
        .assert_no_property("input_tokens")
        .assert_no_property("output_tokens");
}

#[tokio::test]
async fn a_dropped_run_cancels_its_calls() {
    let server = ModelServer::start().await;
    let agent = agent(&server).tool(Hang).build_tracked();
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it in stock?");
    let reply = turn.start_reply();
    let run = reply.in_scope(|| agent.prompt(call("hang", "")).add_hook(TurnHook::current()));
    let mut stream = run.stream();
    {
        let mut items = async || while stream.next().await.is_some() {};
        tokio::select! {
            () = items() => panic!("the tool returned"),
            () = HANGS.notified() => {}
        }
    }
    drop(stream);
    reply.add_usage(Usage::new());
    reply.send("I do not know");
    action(&test).assert_property("outcome", "cancelled");
    test.event("Message Received")
        .assert_property("completion", "cancelled");
}

struct Skip;

impl AgentHook for Skip {
    async fn on_dispatch(&self, _: &HookContext, event: DispatchEvent<'_>) -> DispatchAction {
        match event.tool_name() {
            Some(_) => DispatchAction::skip("not now"),
            None => DispatchAction::proceed(),
        }
    }
}

#[tokio::test]
async fn a_skipped_call_is_cancelled() {
    let server = ModelServer::start().await;
    let agent = agent(&server)
        .tool(StockLevel)
        .add_hook(Skip)
        .build_tracked();
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it in stock?");
    run(
        &turn,
        &agent,
        call("stock_level", "tent"),
        TurnHook::current(),
    )
    .await;
    action(&test).assert_property("outcome", "cancelled");
}

#[tokio::test]
async fn a_run_outside_any_conversation_is_not_tracked() {
    let server = ModelServer::start().await;
    let agent = agent(&server).tool(StockLevel).build_tracked();
    let test = TestTracker::new();
    let before = test.ledger().out_of_scope;
    agent.prompt(call("stock_level", "tent")).await.unwrap();
    assert!(test.ledger().out_of_scope > before);
    test.assert_silent();
}
