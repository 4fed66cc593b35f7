use copilot_track::{tracked_feedback, tracked_tool};

#[tracked_tool(type = "t", texts(count))]
fn number(count: u8) {
    let _ = count;
}

#[tracked_feedback(rating = 1, texts(words))]
fn list(words: &[String]) {
    let _ = words;
}

fn main() {}
