//! Arguments of tracing, autometrics, fastrace, Langfuse, Logfire, OpenTelemetry, and others.

use copilot_track::{tracked_feedback, tracked_media, tracked_reply, tracked_tool};

#[tracked_tool(name = "Lookup", skip_all, fields(id = %id), err, ret, level = "debug")]
fn tracing(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", ok_if = is_ok, track_concurrency)]
fn autometrics() {}

#[tracked_tool(type = "Lookup", short_name = true, enter_on_poll = true)]
fn fastrace() {}

#[tracked_tool(as_type = "tool", capture_input = false, metadata(id), session_id = "s", user_id = "u")]
fn langfuse(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", extract_args = true, record_return = true, tags = ["a"])]
fn logfire() {}

#[tracked_tool(type = "Lookup", attributes(id), messageId = "m", conversation_id = "c")]
fn opentelemetry(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", record(latency, result, error))]
fn facts() {}

#[tracked_tool(type = "Lookup", media("image", "png"))]
fn media_without_keys() {}

#[tracked_media(type = "image", format = "png")]
fn format() {}

#[tracked_feedback(stars = 5)]
fn stars() {}

#[tracked_tool(event = "Lookup", distinct_id = "u", anonymousId = "a", traits(id))]
fn segment(id: u8) {
    let _ = id;
}

#[tracked_tool(tool_name = "look up", arguments(id), data(id), on_success = "log", mask = "text")]
fn agent_libraries(id: u8) {
    let _ = id;
}

#[tracked_reply(tokens = 5)]
fn tokens() -> String {
    String::new()
}

fn main() {}
