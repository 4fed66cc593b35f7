use copilot_track::tracked_reply;

#[tracked_reply(body = text)]
fn sync(text: &str) -> String {
    text.into()
}

#[tracked_reply(body = text)]
async fn later(text: &str) -> String {
    text.into()
}

fn main() {}
