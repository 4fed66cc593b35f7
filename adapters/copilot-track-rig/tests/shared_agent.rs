//! Many users of one agent: every tool call is one event, in the conversation of its user and on
//! that user's reply.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

mod support;

use std::collections::BTreeMap;

use copilot_track::testing::TestTracker;
use copilot_track::{MessageId, Turn, tracked_reply, tracked_tool};
use copilot_track_rig::{BuildTracked as _, TurnHook};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use model_server::{ModelServer, Script};
use rig_agent::completion::PromptError;
use rig_agent::core::rig_tool;
use rig_agent::core::tool::ToolExecutionError;
use rig_agent::{Agent, AgentBuilder};
use serde_json::json;
use tokio::task::yield_now;

use crate::support::{agent, skus};

const USERS: usize = 16;
/// Tool calls of each user: three rounds of five calls.
const ROUNDS: usize = 3;
const CALLS: usize = 5;

#[rig_tool(description = "A tool without an attribute")]
async fn plain(sku: String) -> Result<String, ToolExecutionError> {
    yields(&sku).await;
    Ok(sku)
}

#[rig_tool(description = "A tool with an attribute")]
#[tracked_tool(type = "Inventory Request", properties(sku = &sku))]
async fn annotated(sku: String) -> Result<String, ToolExecutionError> {
    yields(&sku).await;
    Ok(sku)
}

#[rig_tool(description = "A tool that calls an annotated function")]
#[tracked_tool(type = "Inventory Request", properties(sku = &sku), record(duration, outcome))]
async fn nested(sku: String) -> Result<String, ToolExecutionError> {
    yields(&sku).await;
    look_up(&sku).await;
    Ok(sku)
}

#[tracked_tool(type = "Look-up", properties(sku))]
async fn look_up(sku: &str) {
    yields(sku).await;
}

/// Lets the runs of other users poll the tool.
async fn yields(sku: &str) {
    for _ in 0..=sku.len() % 3 {
        yield_now().await;
    }
}

fn tools(builder: AgentBuilder) -> AgentBuilder<rig_agent::agent::WithBuilderTools> {
    builder.tool(Plain).tool(Annotated).tool(Nested)
}

fn script(tool: &str, user: usize) -> String {
    let round = |round: usize| {
        (0..CALLS).map(move |call| (tool, json!({ "sku": format!("{user}-{round}-{call}") })))
    };
    let script = Script::text("Some are left");
    let script = (0..ROUNDS).fold(script, |script, number| script.calls(round(number)));
    script.message()
}

#[derive(Clone, Copy, PartialEq)]
enum Medium {
    Prompt,
    Stream,
}

#[tracked_reply(body = |answer| &answer.0)]
async fn answer(
    agent: &Agent,
    question: String,
    medium: Medium,
    has_hook: bool,
) -> Result<(String, MessageId), PromptError> {
    let id = MessageId::current().unwrap();
    let mut run = agent.prompt(question).tool_concurrency(3);
    if has_hook {
        run = run.add_hook(TurnHook::current());
    }
    if medium == Medium::Prompt {
        return Ok((run.await?.output(), id));
    }
    let mut stream = run.stream();
    while let Some(item) = stream.next().await {
        item?;
    }
    Ok(("Some are left".to_owned(), id))
}

/// Runs all users at once, each in its own task, and returns the reply of each user.
async fn run_all(
    test: &TestTracker,
    agent: &Agent,
    medium: Medium,
    has_hook: bool,
    script: impl Fn(usize) -> String,
) -> BTreeMap<(String, String), usize> {
    let runs = (0..USERS).map(|user| {
        let (agent, question) = (agent.clone(), script(user));
        let conversation = test.conversation();
        let turn: Turn = conversation.turn(format!("Question {user}"));
        async move {
            let run = turn.run(answer(&agent, question, medium, has_hook));
            let (_, reply) = run.await.unwrap();
            ((conversation.id().to_string(), reply.to_string()), user)
        }
    });
    let runs: Vec<_> = runs.map(tokio::spawn).collect();
    join_all(runs)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

fn expected_skus(user: usize, each: usize) -> Vec<String> {
    let mut skus: Vec<_> = (0..ROUNDS)
        .flat_map(|round| (0..CALLS).map(move |call| format!("\"{user}-{round}-{call}\"")))
        .flat_map(|sku| std::iter::repeat_n(sku, each))
        .collect();
    skus.sort();
    skus
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_hook_alone_reports_every_call_once() {
    let server = ModelServer::start().await;
    for medium in [Medium::Prompt, Medium::Stream] {
        for tool in ["plain", "annotated", "nested"] {
            let test = TestTracker::new();
            let agent = tools(agent(&server)).build();
            let replies = run_all(&test, &agent, medium, true, |user| script(tool, user)).await;
            let skus = skus(&test);
            assert_eq!(skus.len(), USERS);
            for (place, skus) in skus {
                assert!(replies.contains_key(&place));
                assert_eq!(skus.len(), ROUNDS * CALLS);
            }
        }
    }
}

/// A tool that the application calls itself, and that is also a tool of the agent.
#[tracked_tool(type = "Receipt", properties(sku))]
async fn receipt(sku: &str) {
    yields(sku).await;
}

#[tracked_reply(body = |answer| &answer.0)]
async fn answer_with_receipt(
    agent: &Agent,
    question: String,
    medium: Medium,
) -> Result<(String, MessageId), PromptError> {
    let id = MessageId::current().unwrap();
    let run = agent.prompt(question).tool_concurrency(3);
    if medium == Medium::Prompt {
        TurnHook::current().run(run).await?;
    } else {
        let mut stream = TurnHook::current().stream(run);
        // The rest of the stream is dropped while other users' tools are pending.
        for _ in 0..8 {
            let _ = stream.next().await;
        }
        drop(stream);
    }
    receipt("receipt").await;
    Ok(("Some are left".to_owned(), id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tools_outside_a_run_of_the_hook_are_tracked() {
    let server = ModelServer::start().await;
    for medium in [Medium::Prompt, Medium::Stream] {
        let test = TestTracker::new();
        let agent = tools(agent(&server)).build();
        let runs = (0..USERS).map(|user| {
            let (agent, question) = (agent.clone(), script("nested", user));
            let conversation = test.conversation();
            let turn = conversation.turn(format!("Question {user}"));
            tokio::spawn(async move {
                let run = turn.run(answer_with_receipt(&agent, question, medium));
                let (_, reply) = run.await.unwrap();
                (conversation.id().to_string(), reply.to_string())
            })
        });
        let runs: Vec<_> = runs.collect();
        let places: Vec<_> = join_all(runs)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let skus = skus(&test);
        for place in &places {
            // Only the application's own call has an SKU.
            let with_sku = skus[place].iter().filter(|sku| !sku.is_empty());
            assert_eq!(with_sku.collect::<Vec<_>>(), ["\"receipt\""]);
            if medium == Medium::Prompt {
                assert_eq!(skus[place].len(), ROUNDS * CALLS + 1);
            }
        }
        assert_eq!(skus.len(), USERS);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tools_that_are_added_later_describe_their_calls() {
    let server = ModelServer::start().await;
    for has_tools in [false, true] {
        let test = TestTracker::new();
        let (agent, later) = if has_tools {
            agent(&server).tool(Plain).build_with_tools()
        } else {
            agent(&server).build_with_tools()
        };
        later.add_tool(Nested);
        // The same tool can be added again.
        later.add_tool(Nested);
        later.add_tools(&agent.tool_server_handle().toolset());
        let script = |user| script("nested", user);
        let replies = run_all(&test, &agent, Medium::Prompt, false, script).await;
        let skus = skus(&test);
        assert_eq!(skus.len(), USERS);
        for (place, skus) in skus {
            assert_eq!(skus, expected_skus(replies[&place], 2));
        }
        later.remove_tool("nested");
        let names: Vec<_> = agent
            .tool_server_handle()
            .toolset()
            .names()
            .map(str::to_owned)
            .collect();
        assert_eq!(names.contains(&"plain".to_owned()), has_tools);
        assert!(!names.contains(&"nested".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tools_of_a_tracked_agent_describe_their_calls() {
    let server = ModelServer::start().await;
    for medium in [Medium::Prompt, Medium::Stream] {
        for has_hook in [true, false] {
            for (tool, events_of_a_call) in [("annotated", 1), ("nested", 2)] {
                let test = TestTracker::new();
                let agent = tools(agent(&server)).build_tracked();
                let script = |user| script(tool, user);
                let replies = run_all(&test, &agent, medium, has_hook, script).await;
                let skus = skus(&test);
                assert_eq!(skus.len(), USERS);
                for (place, skus) in skus {
                    let user = replies[&place];
                    assert_eq!(skus, expected_skus(user, events_of_a_call));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agents_that_call_each_other_are_tracked_for_the_right_user() {
    let server = ModelServer::start().await;
    for medium in [Medium::Prompt, Medium::Stream] {
        let test = TestTracker::new();
        let inner = tools(agent(&server).name("warehouse")).build_tracked();
        let inner = inner.into_tool().unwrap();
        let outer = agent(&server).dynamic_tool(inner).build_tracked();
        let calls_inner = |user| {
            let prompt = json!({ "prompt": script("annotated", user) });
            let script = Script::text("Some are left").calls([("warehouse", prompt)]);
            script.message()
        };
        let replies = run_all(&test, &outer, medium, true, calls_inner).await;
        let skus = skus(&test);
        assert_eq!(skus.len(), USERS);
        for (place, skus) in skus {
            // The call to the inner agent has no SKU.
            let mut expected = expected_skus(replies[&place], 1);
            expected.insert(0, String::new());
            assert_eq!(skus, expected);
        }
    }
}
