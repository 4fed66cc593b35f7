use copilot_track::tracked_tool;

#[tracked_tool(type = "t", crate = copilot_track)]
fn relative() {}

#[tracked_tool(type = "t", crate = "copilot_track")]
fn text() {}

fn main() {}
