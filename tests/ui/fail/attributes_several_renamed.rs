//! An attribute that was imported under another name, or whose path is not the usual one, is still
//! recognized on a function that already has it.

use ::copilot_track as tracking;
use copilot_track::{tracked_media as media, tracked_reply as reply, tracked_tool as tool};

mod nested {
    pub(crate) use ::copilot_track as tracking;
}

#[::copilot_track::tracked_tool(type = "t")]
#[tracking::tracked_tool(type = "u")]
fn other_paths() {}

#[tracking::tracked_tool(type = "t")]
#[cfg_attr(all(), tracking::tracked_tool(type = "u"))]
fn conditional() {}

#[cfg_attr(all(), tracking::tracked_tool(type = "t"), tracking::tracked_tool(type = "u"))]
fn conditional_twice() {}

#[tracking::tracked_tool(type = "t", crate = crate::tracking)]
#[tracking::tracked_tool(type = "u", crate = crate::tracking)]
fn other_library() {}

#[tool(type = "t")]
#[tool(type = "u")]
fn renamed() {}

#[tool(type = "t")]
#[cfg_attr(all(), tool(type = "u"))]
fn renamed_and_conditional() {}

#[tool(type = "t", crate = crate::nested::tracking)]
#[tool(type = "u")]
async fn renamed_with_other_library() {}

#[tool(type = "t", crate = crate::nested::tracking)]
#[tool(type = "u", crate = crate::tracking)]
fn renamed_with_other_libraries() {}

#[tracking::tracked_tool(type = "t", crate = crate::tracking)]
#[tool(type = "u")]
fn renamed_below() {}

#[tool(type = "t", crate = crate::tracking)]
#[tracking::tracked_tool(type = "u")]
fn renamed_above() {}

#[media(type = "image", sub_type = "png")]
#[media(type = "audio", sub_type = "mp3")]
fn renamed_media() -> Vec<u8> {
    Vec::new()
}

#[reply(crate = crate::tracking)]
#[tracking::tracked_turn(message = "hi", crate = crate::tracking)]
async fn renamed_reply() -> String {
    String::new()
}

/// Expands to an attribute twice.
macro_rules! twice {
    ($name:ident) => {
        #[tool(type = "t", crate = $crate::tracking)]
        #[tool(type = "u", crate = $crate::tracking)]
        fn $name() {}
    };
}

twice!(in_a_macro);

fn main() {}
