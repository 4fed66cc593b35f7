//! `crate = …` is a path to something other than the library.

use copilot_track::{TrackEvent, tracked_message, tracked_reply, tracked_tool};

mod other {
    pub mod library {
        pub mod args {}
    }
}

#[tracked_tool(type = "t", crate = crate::other::library)]
fn tool() {}

#[tracked_tool(type = "t", record(outcome), crate = crate::other::library)]
fn recorded_tool() -> Result<u8, String> {
    Err("not found".to_owned())
}

#[tracked_reply(body = |text| text, crate = ::std)]
async fn reply() -> Result<String, String> {
    Ok(String::new())
}

#[tracked_message(body = text, crate = ::not_a_dependency)]
fn message(text: &str) -> usize {
    text.len()
}

#[derive(TrackEvent)]
#[track(name = NAME, crate = crate::other::library)]
struct ItemPurchased {
    item: String,
}

const NAME: &str = "Item Purchased";

fn main() {}
