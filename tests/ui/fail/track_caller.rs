//! `#[track_caller]` methods whose body must move into a closure.

use copilot_track::{tracked_media, tracked_tool};

struct Shelf(Vec<u8>);

impl Shelf {
    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    fn first(&self) -> Result<u8, String> {
        Ok(*self.0.first().ok_or_else(String::new)?)
    }

    #[track_caller]
    #[tracked_media(type = "image", sub_type = "png")]
    fn new(text: &str) -> Result<Self, std::num::ParseIntError> {
        Ok(Self(vec![text.parse()?]))
    }

    /// The event is sent when the method is called, so the body stays in the method.
    #[tracked_tool(type = "t")]
    #[track_caller]
    fn at_call(&self) -> Option<u8> {
        Some(*self.0.first()?)
    }
}

fn main() {}
