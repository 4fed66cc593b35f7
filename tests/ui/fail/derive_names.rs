use copilot_track::TrackEvent;

#[derive(TrackEvent)]
struct MessageSent {
    text: String,
}

#[derive(TrackEvent)]
#[track(name = "conversation ended")]
struct Closed {
    reason: String,
}

#[derive(TrackEvent)]
#[track(name = "", rename_all = "camel")]
struct Unnamed {
    conversation_id: String,
    message_id: String,
    #[track(rename = "b")]
    a: u8,
    b: u8,
}

fn main() {}
