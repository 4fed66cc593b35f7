use copilot_track::{
    tracked_component, tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool,
};

async fn slow() -> u8 {
    1
}

#[tracked_tool(type = "t", properties(n = text.parse::<u8>()?))]
fn question_mark(text: &str) -> Result<u8, std::num::ParseIntError> {
    text.parse()
}

#[tracked_tool(type = "t", properties(n = { if text.is_empty() { return 7; } 1 }))]
fn early_return(text: &str) -> u8 {
    text.len() as u8
}

#[tracked_reply(properties(n = slow().await))]
async fn await_in_a_property() -> String {
    String::new()
}

#[tracked_media(type = "image", sub_type = text.parse::<String>()?, properties(n = return None))]
fn several(text: &str) -> Option<u8> {
    text.parse().ok()
}

#[tracked_component(type = loop_name().await)]
fn await_in_a_sync_function() {}

#[tracked_feedback(rating = if stars > 5 { break } else { stars })]
fn break_in_a_rating(stars: u8) {}

#[tracked_message(body = text?, conversation = conversation.ok()?)]
fn in_body_and_conversation(text: Option<&str>) -> Option<u8> {
    text.map(|_| 1)
}

#[tracked_tool(type = "t", media(type = "image", sub_type = "png", properties(n = a?)))]
fn in_media(a: Option<u8>) -> Option<u8> {
    a
}

#[tracked_tool(type = "t", record(outcome = async |n| n > 0))]
fn async_outcome() -> u8 {
    1
}

#[tracked_reply(body = async |text: String| text)]
fn async_body() -> String {
    String::new()
}

#[tracked_tool(type = "t", properties(n = yield 1))]
fn yield_in_a_property() {}

#[tracked_reply(body = |text: &String| { yield text; "text" })]
fn yield_in_a_closure() -> String {
    String::new()
}

fn main() {}
