use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type = kind, properties(sku))]
fn tool(id: u32) -> u32 {
    id
}

#[tracked_reply(body = text_of)]
async fn reply() -> u32 {
    3
}

fn main() {}
