use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type = "t", record(durations, first_chunk, outcome, outcome, error_type = 1))]
fn tool() {}

#[tracked_tool(type = "t", record)]
fn no_list() {}

#[tracked_reply(record(duration, outcome))]
fn reply() -> String {
    String::new()
}

#[tracked_tool(type = "t", record(outcome = || true))]
fn no_parameter() {}

#[tracked_tool(type = "t", record(outcome = |value, error| true))]
fn two_parameters() {}

fn main() {}
