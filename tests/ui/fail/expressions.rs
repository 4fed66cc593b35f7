use copilot_track::{tracked_feedback, tracked_tool};

struct Opaque;

#[tracked_tool(type = Opaque)]
fn a_type() {}

#[tracked_tool(type = "t", role = 2 + 3)]
fn a_role() {}

#[tracked_tool(type = "t", message_id = 2 + 3)]
fn a_message_id() {}

#[tracked_tool(type = "t", conversation = "c1")]
fn a_conversation() {}

#[tracked_tool(type = "t", properties(opaque))]
fn a_property(opaque: Opaque) {}

#[tracked_tool(type = "t", record(outcome = |n| n + 1))]
fn an_outcome() -> u8 {
    1
}

#[tracked_feedback(rating = "five")]
fn a_rating() {}

fn main() {}
