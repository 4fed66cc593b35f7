use copilot_track::{tracked_component, tracked_conversation, tracked_feedback, tracked_media, tracked_message, tracked_tool};

#[tracked_tool]
fn tool() {}

#[tracked_tool()]
fn tool_with_parentheses() {}

#[tracked_media]
fn media() {}

#[tracked_component]
fn component() {}

#[tracked_message]
fn message() {}

#[tracked_feedback]
fn feedback() {}

#[tracked_conversation]
fn conversation() {}

#[tracked_tool(type = "t", media(type = "image"))]
fn nested() {}

fn main() {}
