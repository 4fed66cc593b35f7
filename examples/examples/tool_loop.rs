//! The loop that every agent has at its heart: ask the model, call the tools that it wants, until
//! it answers. Two attributes track it.
//!
//! `cargo run -p copilot-track-examples --example tool_loop` prints each event as a line of JSON.

use std::{error::Error, io, time::Duration};

use copilot_track::{Tracker, User, tracked_reply, tracked_tool};
use serde_json::{Value, json};

/// What a model answers: a call of a tool, or words.
enum Step {
    Call {
        tool: &'static str,
        arguments: Value,
    },
    Say(String),
}

#[derive(Debug, thiserror::Error)]
enum ToolError {
    #[error("there is no tool {0}")]
    Unknown(String),
    #[error("there is no product {0}")]
    NoSuchProduct(Value),
}

/// Message Received, with the text that is returned. The tools that are called on the way hang on
/// that message.
#[tracked_reply]
async fn answer(question: &str) -> String {
    let mut history = vec![question.to_owned()];
    loop {
        match model(&history).await {
            Step::Say(text) => return text,
            Step::Call { tool, arguments } => history.push(match call(tool, &arguments).await {
                Ok(result) => result.to_string(),
                // The model reads what went wrong, and tries something else.
                Err(error) => error.to_string(),
            }),
        }
    }
}

/// One attribute for all tools, since all calls come through here: the action is whichever tool the
/// model chose. Arguments are not sent unless they are named, as `sku` is here.
#[tracked_tool(type = "Tool Call", action = tool, properties(sku = &arguments["sku"]), record(outcome))]
async fn call(tool: &str, arguments: &Value) -> Result<Value, ToolError> {
    tokio::time::sleep(Duration::from_millis(10)).await;
    match (tool, arguments["sku"].as_str()) {
        ("stock_level", Some("WGT-1550")) => Ok(json!({ "left": 37 })),
        ("stock_level", _) => Err(ToolError::NoSuchProduct(arguments["sku"].clone())),
        _ => Err(ToolError::Unknown(tool.to_owned())),
    }
}

/// Your model. This one slips once, and finds its way.
async fn model(history: &[String]) -> Step {
    tokio::time::sleep(Duration::from_millis(10)).await;
    let stock_level = |sku: &str| Step::Call {
        tool: "stock_level",
        arguments: json!({ "sku": sku }),
    };
    match history {
        [_question] => stock_level("super widget"),
        [_question, _error] => stock_level("WGT-1550"),
        _ => Step::Say("Yes, 37 are left.".into()),
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
