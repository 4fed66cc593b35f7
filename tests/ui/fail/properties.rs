use copilot_track::tracked_tool;

struct Order {
    sku: String,
}

#[tracked_tool(type = "t", properties(conversationId = "c", messageId = "m", action = "a", sku, sku = order.sku))]
fn reserved(order: &Order, sku: &str) {}

#[tracked_tool(type = "t", properties(order.sku))]
fn unnamed(order: &Order) {}

#[tracked_tool(type = "t", properties)]
fn no_list() {}

#[tracked_tool(type = "t", properties())]
fn empty() {}

fn main() {}
