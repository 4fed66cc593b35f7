//! Arguments without commas between them. Each error points at the argument before which a comma is
//! missing.

use copilot_track::{Conversation, tracked_media, tracked_reply, tracked_tool, tracked_turn};

struct Order {
    sku: String,
    quantity: u32,
}

#[tracked_tool(type = "Lookup" action = "look up" role = "agent")]
fn literals() {}

#[tracked_tool(type = kind action = name properties(kind) record(duration outcome))]
fn variables(kind: &str, name: &str) {}

#[tracked_tool(type = "Lookup", properties(sku = order.sku quantity = order.quantity + 1 note))]
fn properties(order: &Order, note: &str) {}

#[tracked_turn(conversation = conversation.clone() message = &text record(duration) when = !text.is_empty())]
fn expressions(conversation: &Conversation, text: String) -> String {
    text
}

#[tracked_reply(body = |reply| &reply.sku result(quantity = |reply| reply.quantity sku = |reply| reply.sku.len()))]
fn closures() -> Order {
    todo!()
}

#[tracked_reply(body = text_of stream)]
fn flag() -> Chunks {
    todo!()
}

#[tracked_tool(type: "Lookup" action: "look up")]
fn colons() {}

#[tracked_tool("type" = "Lookup" "action" = "look up")]
fn quoted_keys() {}

#[tracked_tool(type = Inventory Request action = "look up")]
fn words() {}

#[tracked_tool(type = "Lookup", properties(order.sku quantity = order.quantity, ?order sku = order.sku))]
fn unnamed(order: &Order) {}

#[tracked_media(type = "image" sub-type = "png" role = "agent")]
fn hyphen() {}

#[tracked_tool(type "Lookup", action = role = "agent")]
fn missing_equals_and_value() {}

fn main() {}
