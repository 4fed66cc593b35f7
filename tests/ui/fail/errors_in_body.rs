//! Errors in the body are reported once, at the user's token, as they are without an attribute.

use copilot_track::{tracked_media, tracked_reply, tracked_tool};

#[tracked_tool(type = "t")]
async fn plain() -> u32 {
    "three"
}

#[tracked_tool(type = "t", record(outcome))]
async fn recorded() -> u32 {
    if true {
        return "three";
    }
    Ok::<u32, ()>(3)?
}

#[tracked_media(type = "image", sub_type = "png")]
fn media() -> Vec<u8> {
    "three"
}

#[tracked_reply]
async fn reply() -> String {
    3
}

#[tracked_reply]
fn sync_reply(text: String) -> String {
    drop(text);
    text
}

fn main() {}
