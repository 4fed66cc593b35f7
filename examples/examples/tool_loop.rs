//! An agent loop. It repeatedly queries the model and calls the tools that the model requests,
//! until the model gives a final answer. Two attributes track the whole loop.
//!
//! ```text
//! cargo run -p copilot-track-examples --example tool_loop
//! ```
//!
//! Prints the events as JSON lines.

use std::{error::Error, io, time::Duration};

use copilot_track::{Tracker, User, tracked_reply, tracked_tool};
use serde_json::{Value, json};

/// A response from the model: a request to call a tool, or the final answer.
enum Step {
    Call {
        tool: &'static str,
        arguments: Value,
    },
    Answer(String),
}

#[derive(Debug, thiserror::Error)]
enum ToolError {
    #[error("there is no tool {0}")]
    Unknown(String),
    #[error("there is no product {0}")]
    NoSuchProduct(Value),
}

/// Sends Message Received with the returned text. The tool calls in this function refer to that
/// message.
#[tracked_reply]
async fn answer(question: &str) -> String {
    let mut history = vec![question.to_owned()];
    loop {
        match model(&history).await {
            Step::Answer(text) => return text,
            Step::Call { tool, arguments } => history.push(match call(tool, &arguments).await {
                Ok(result) => result.to_string(),
                // The model gets the error and can try something else.
                Err(error) => error.to_string(),
            }),
        }
    }
}

/// Calls a tool. All tool calls go through this function, so one attribute tracks them all.
///
/// The action is the name of the tool. The attribute also sends the `sku` argument. Arguments that
/// it does not list are not sent.
#[tracked_tool(type = "Tool Call", action = tool, properties(sku = &arguments["sku"]), record(outcome))]
async fn call(tool: &str, arguments: &Value) -> Result<Value, ToolError> {
    tokio::time::sleep(Duration::from_millis(10)).await;
    match (tool, arguments["sku"].as_str()) {
        ("stock_level", Some("WGT-1550")) => Ok(json!({ "left": 37 })),
        ("stock_level", _) => Err(ToolError::NoSuchProduct(arguments["sku"].clone())),
        _ => Err(ToolError::Unknown(tool.to_owned())),
    }
}

/// Stands in for a language model. Its first tool call fails, and its second one succeeds.
async fn model(history: &[String]) -> Step {
    tokio::time::sleep(Duration::from_millis(10)).await;
    let stock_level = |sku: &str| Step::Call {
        tool: "stock_level",
        arguments: json!({ "sku": sku }),
    };
    match history {
        [_question] => stock_level("super widget"),
        [_question, _error] => stock_level("WGT-1550"),
        _ => Step::Answer("Yes, 37 are left.".into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let tracker = Tracker::builder().json_lines(io::stdout()).build()?;
    let conversation = tracker.conversation(User::known("123")?);

    let question = "Is the Super Widget in stock?";
    let turn = conversation.turn(question);
    let reply = turn.run(answer(question)).await;
    eprintln!("{reply}");

    conversation.end();
    eprintln!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
