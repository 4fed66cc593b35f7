use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type = "t")]
pub enum Kind {
    Tool,
}

#[tracked_tool(type = "t")]
pub trait Tools {
    fn call(&self) {}
}

#[tracked_tool(type = "t")]
const LIMIT: u8 = 1;

#[tracked_tool(type = "t")]
type Alias = u8;

#[tracked_tool(type = "t")]
use std::fmt;

unsafe extern "C" {
    #[tracked_tool(type = "t")]
    fn foreign();
}

fn main() {
    let _closure = #[tracked_tool(type = "t")]
    |number: u8| number + 1;
    let _block = #[tracked_reply]
    async { 1 };
}
