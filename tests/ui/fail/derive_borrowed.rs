use copilot_track::{Conversation, TrackEvent};

#[derive(TrackEvent)]
struct Bought<'a> {
    item: &'a str,
}

fn local(conversation: &Conversation) {
    let item = String::new();
    conversation.track(Bought { item: &item });
}

fn parameter(conversation: &Conversation, item: &str) {
    conversation.track(Bought { item });
}

fn main() {
    let _ = (local, parameter);
}
