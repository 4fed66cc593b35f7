//! Arguments that people write because other libraries or languages accept them.

#![allow(unused_variables)]

use copilot_track::{
    tracked_component, tracked_conversation, tracked_media, tracked_message, tracked_reply,
    tracked_tool,
};

struct Reply {
    text: String,
}

#[tracked_tool(type = "Lookup", properties(skip(id), id))]
fn skipped_parameter(id: u8) {}

#[tracked_tool("looking up {sku}", sku = sku)]
fn message_template(sku: &str) {}

#[tracked_tool(type = "Lookup", action = "look up {id:?}")]
fn interpolation(id: u8) {}

#[tracked_tool(type = "Generation", model = "m-4", usage = 5, span = "s", root)]
fn model_parameters() {}

#[tracked_tool(type = "Lookup", when = |id| id > 1)]
fn condition_as_a_closure(id: u8) {}

#[tracked_tool(type = "Lookup", result(|level| *level > 0))]
fn closure_without_a_name() -> u8 {
    1
}

#[tracked_tool(type = "Lookup", result(many = level > 1), record(outcome = reply.is_ok()))]
fn returned_value_without_a_closure() -> u8 {
    1
}

#[tracked_reply(body = reply.text)]
fn text_without_a_closure() -> Reply {
    Reply {
        text: String::new(),
    }
}

#[tracked_tool(type = "Lookup", properties(*))]
fn all_properties(id: u8) {}

#[tracked_tool(type = "Lookup", properties(reply.text.to_string(), i8::MAX, id as "item id", id as u64))]
fn names_of_values(reply: &Reply, id: u8) {}

#[tracked_conversation(tracker.conversation(user))]
fn expression_without_a_key(tracker: &copilot_track::Tracker, user: copilot_track::User) {}

#[tracked_conversation(id = "c1")]
fn id_of_a_conversation() {}

#[tracked_message(text)]
fn variable_with_another_name(text: &str) {}

#[tracked_media(type = "image/png")]
fn mime_type() {}

#[tracked_tool(type = "Draw", media(type = "image/png"))]
fn nested_mime_type() {}

#[tracked_tool(type = "Lookup", record(input, output), on_error = "log")]
fn recorded_values(input: &str) {}

#[tracked_reply(stream = false, future = true)]
fn flags() -> String {
    String::new()
}

#[tracked_component(component = "Chart")]
fn component() {}

fn main() {}
