use copilot_track::{
    tracked_component, tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool,
};

#[tracked_tool("Inventory Request")]
fn a_text() {}

#[tracked_media("image", "png")]
fn texts() {}

#[tracked_component(type == "Chart")]
fn compared() {}

#[tracked_tool(type = "Lookup", = "look up")]
fn no_key() {}

#[tracked_tool(type = "Lookup", #[cfg(feature = "x")] action = "look up")]
fn attribute() {}

#[tracked_tool(type = "Lookup", record, properties = sku, media = "image")]
fn lists(sku: &str) {}

#[tracked_feedback("5")]
fn rating() {}

#[tracked_reply(body = "Yes.")]
fn literal() -> String {
    String::new()
}

#[tracked_reply(body = |reply, more| reply)]
fn two() -> String {
    String::new()
}

#[tracked_message(body = |text| text)]
fn closure(text: &str) {}

extern "C" {
    #[tracked_tool(type = "Lookup")]
    fn foreign();
}

fn main() {}
