use copilot_track::{tracked_message, tracked_reply, tracked_tool};

#[tracked_tool(type = "t", when)]
fn no_value() {}

#[tracked_tool(type = "t", when = sku)]
fn not_a_bool(sku: &str) {}

#[tracked_reply(when = "always")]
async fn literal() -> String {
    String::new()
}

#[tracked_message(body = "hi", when = sku.parse::<bool>()?)]
fn exits(sku: &str) -> Result<(), std::str::ParseBoolError> {
    Ok(())
}

#[tracked_tool(type = "t", if = true)]
fn keyword() {}

fn main() {}
