//! Syntax of other libraries and languages. Each error shows what to write instead.

use copilot_track::{tracked_conversation, tracked_media, tracked_tool};

struct User {
    id: u8,
}

#[tracked_tool("type" = "Lookup")]
fn quoted_key() {}

#[tracked_tool("type": "Lookup")]
fn json_key() {}

#[tracked_tool(type = Inventory Request)]
fn words_without_quotes() {}

#[tracked_tool(type => "Lookup")]
fn arrow() {}

#[tracked_tool(type = 'L')]
fn char() {}

#[tracked_tool(Lookup)]
fn value_without_key() {}

#[tracked_media(type = "image", sub-type = "png")]
fn hyphen() {}

#[tracked_tool(type = "Lookup", properties(?user, %user.id))]
fn sigils(user: User) {
    let _ = user.id;
}

#[tracked_tool(type = "Lookup", properties(user = ?user, id = %user.id))]
fn sigils_after_a_name(user: User) {
    let _ = user.id;
}

#[tracked_tool(type = "Lookup", properties("id", "name" = 1))]
fn quoted_properties(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", properties { id = 1 })]
fn braces() {}

#[tracked_tool(type = "Lookup", properties = { "id": "{id}" })]
fn braces_after_equals(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", properties[id])]
fn brackets(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup", properties(user.id, &user, shop.user = user.id))]
fn expressions_without_a_name(user: &User) {
    let _ = user.id;
}

#[tracked_tool(type = "Lookup", properties(..))]
fn all_parameters(id: u8) {
    let _ = id;
}

#[tracked_tool(type = "Lookup",, action = "look up")]
fn two_commas() {}

#[tracked_tool(type = "Lookup {}", id)]
fn format_arguments(id: u8) {
    let _ = id;
}

#[tracked_conversation(conversation)]
fn conversation_without_key(conversation: copilot_track::Conversation) {
    drop(conversation);
}

fn main() {}
