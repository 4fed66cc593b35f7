//! The body of these functions moves into an inner function with the same signature. The compiler
//! reports the error once.

use copilot_track::tracked_tool;

#[track_caller]
#[tracked_tool(type = "t", record(outcome))]
fn ambiguous(first: &str, second: &str) -> Result<&str, String> {
    if first.is_empty() {
        return Err(second.to_owned());
    }
    Ok(second)
}

#[tracked_tool(type = "t", record(outcome))]
fn closure(flag: bool) -> impl Fn(&str, &str) -> &str {
    if flag {
        return |first, _| first;
    }
    |first, _| first
}

fn main() {}
