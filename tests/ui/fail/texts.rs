use copilot_track::{
    tracked_conversation, tracked_feedback, tracked_media, tracked_reply, tracked_tool,
};

struct Order {
    note: String,
}

#[tracked_tool(type = "t", properties(sku), texts(conversationId = "c", action = "a", sku, note, note = order.note))]
fn reserved(order: &Order, sku: &str, note: &str) {}

#[tracked_tool(type = "t", texts(order.note))]
fn unnamed(order: &Order) {}

#[tracked_tool(type = "t", texts)]
fn no_list() {}

#[tracked_tool(type = "t", texts())]
fn empty() {}

#[tracked_tool(type = "t", texts { note })]
fn braces(note: &str) {}

#[tracked_tool(type = "t", texts(note = fetch().await, other = fetch()?))]
fn control_flow() {}

#[tracked_feedback(rating = 1, text(comment))]
fn typo(comment: &str) {}

#[tracked_feedback(rating = 1, comment = comment)]
fn key_of_a_form(comment: &str) {}

#[tracked_reply(text(comment))]
fn typo_on_a_reply(comment: &str) -> String {
    String::new()
}

#[tracked_media(type = "image", sub_type = "png", txts(comment), texts(message_body = "m"))]
fn typo_on_media(comment: &str) {}

#[tracked_tool(type = "t", record(duration), texts(a, duration_ms = "1"), result(a = |r| r.len()))]
fn duplicate_of_another_argument(a: &str) -> String {
    String::new()
}

#[tracked_tool(type = "t", media(type = "image", sub_type = "png", properties(a), texts(a, role = "r"), text(b)))]
fn nested(a: &str, b: &str) {}

#[tracked_conversation(conversation = conversation, texts(a))]
fn not_on_a_conversation(conversation: &copilot_track::Conversation, a: &str) {}

fn main() {}
