use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type)]
fn flag() {}

#[tracked_tool(type = )]
fn nothing() {}

#[tracked_tool(type = , action = "look")]
fn nothing_yet() {}

#[tracked_tool(type("Lookup"))]
fn list() {}

#[tracked_tool(type = 5)]
fn number() {}

#[tracked_tool(type = "Lookup" action = "look")]
fn no_comma() {}

#[tracked_tool("Lookup")]
fn no_name() {}

#[tracked_reply(stream = true)]
fn flag_with_value() -> String {
    String::new()
}

#[tracked_reply(body)]
fn body() -> String {
    String::new()
}

fn main() {}
