//! Two users ask one agent at the same time. The example needs no network: it starts a model server
//! on the loopback interface, and it prints the events instead of sending them.
#![allow(clippy::expect_used, reason = "an example stops at the first error")]

use copilot_track::{Conversation, Tracker, User, tracked_reply, tracked_tool};
use copilot_track_rig::{BuildTracked as _, TurnHook};
use model_server::{ModelServer, Script};
use rig_agent::completion::PromptError;
use rig_agent::core::providers::openai::{OpenAIConfig, Route};
use rig_agent::core::rig_tool;
use rig_agent::core::tool::ToolExecutionError;
use rig_agent::{Agent, AgentBuilder};
use serde_json::json;

#[allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the signature that rig needs"
)]
#[rig_tool(description = "Returns how many of an item are in stock")]
#[tracked_tool(type = "Inventory Request", properties(sku = &sku))]
fn stock_level(sku: String) -> Result<usize, ToolExecutionError> {
    Ok(sku.len())
}

#[tracked_reply]
async fn answer(agent: &Agent, question: String) -> Result<String, PromptError> {
    let run = agent.prompt(question).add_hook(TurnHook::current());
    Ok(run.await?.output())
}

async fn ask(agent: &Agent, conversation: &Conversation, sku: &str) -> Result<(), PromptError> {
    let calls = [("stock_level", json!({ "sku": sku }))];
    let question = Script::text("Some are left").calls(calls).message();
    let turn = conversation.turn(format!("Is the {sku} in stock?"));
    turn.run(answer(agent, question)).await?;
    conversation.end();
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = ModelServer::start().await;
    let model = OpenAIConfig::new("no-key")
        .with_base_url(server.base_url())
        .with_route(Route::Chat)
        .client()
        .completion("scripted-1");
    let agent = AgentBuilder::new(model)
        .default_max_turns(5)
        .tool(StockLevel)
        .build_tracked();

    let tracker = Tracker::builder().json_lines(std::io::stdout()).build()?;
    let ada = tracker.conversation(User::known("ada")?);
    let bob = tracker.conversation(User::known("bob")?);
    let (first, second) = tokio::join!(ask(&agent, &ada, "tent"), ask(&agent, &bob, "lamp"));
    first?;
    second?;
    println!(
        "{}",
        tracker.shutdown(std::time::Duration::from_secs(5)).await
    );
    Ok(())
}
