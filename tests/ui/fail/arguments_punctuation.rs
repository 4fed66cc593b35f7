//! Punctuation of other languages, and expressions that are not finished.
#![allow(unused_variables)]
use copilot_track::{tracked_feedback, tracked_reply, tracked_tool, tracked_turn};

struct Order {
    sku: String,
}

#[tracked_tool(type { "Lookup" })]
fn braces() {}

#[tracked_tool(type: &str = "Lookup")]
fn a_type() {}

#[tracked_tool((type = "Lookup"))]
fn parentheses() {}

#[tracked_tool($type = "Lookup", "$set" = 1)]
fn symbols() {}

#[tracked_tool(type = "Look" "up")]
fn two_literals() {}

#[tracked_tool(type = "Lookup", order.sku, tool.name = "x")]
fn expressions(order: &Order) {}

#[tracked_tool(type = "Lookup", properties(count = 1 +, text))]
fn unfinished_before_a_comma(text: &str) {}

#[tracked_tool(type = "Lookup", properties(text, count = 1 +))]
fn unfinished(text: &str) {}

#[tracked_tool(type = "Lookup", properties(json!({ "a": 1 })))]
fn a_macro() {}

#[tracked_reply(body: |reply| &reply.sku)]
fn colon() -> Order {
    todo!()
}

#[tracked_turn(conversation, message)]
fn no_values(conversation: &copilot_track::Conversation, message: String) -> String {
    message
}

#[tracked_feedback(rating)]
fn no_value(rating: u8) {}

fn main() {}
