use copilot_track::{tracked_conversation, tracked_media, tracked_reply, tracked_tool};

#[tracked_tool(type = "t", sub_type = "png")]
fn tool() {}

#[tracked_tool(type = "t", duration)]
fn record() {}

#[tracked_media(type = "image", sub_type = "png", action = "draw", stream)]
fn media() {}

#[tracked_reply(type = "t", rating = 5)]
fn reply() -> &'static str {
    "Yes"
}

#[tracked_conversation(conversation = None::<copilot_track::Conversation>, message_id = "m1")]
fn conversation() {}

#[tracked_tool(type = "t", media(type = "image", sub_type = "png", conversation = "c", width = 5))]
fn nested() {}

#[tracked_reply(stream, future)]
fn both() -> &'static str {
    "Yes"
}

#[tracked_reply(future)]
async fn value() -> &'static str {
    "Yes"
}

#[tracked_tool(type = "t", media(type = "image", sub_type = "png", when = true))]
fn nested_condition() {}

fn main() {}
