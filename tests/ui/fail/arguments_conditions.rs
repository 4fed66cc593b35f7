//! Conditions that are not written `when = …`.
#![allow(unused_variables)]
use copilot_track::{tracked_conversation, tracked_tool};

#[tracked_tool(type = "Lookup", if count > 1)]
fn keyword(count: u8) {}

#[tracked_tool(type = "Lookup", when !text.is_empty() && count > 1, action = "look up")]
fn no_equals(text: &str, count: u8) {}

#[tracked_tool(type = "Lookup", when count > 1 action = "look up")]
fn no_equals_and_no_comma(count: u8) {}

#[tracked_tool(count >= 1 || count == 0)]
fn no_key(count: u8) {}

#[tracked_conversation(conversation = conversation, conversation != other)]
fn no_key_on_a_conversation(conversation: copilot_track::Conversation, other: copilot_track::Conversation) {}

#[tracked_tool(type = "Lookup", if)]
fn only_the_keyword() {}

fn main() {}
