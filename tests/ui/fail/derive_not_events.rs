use copilot_track::{Conversation, CustomEvent};


fn not_events(conversation: &Conversation) {
    conversation.track("Item Bought");
    conversation.track(serde_json::json!({ "item": 1 }));
    conversation.track(CustomEvent::new("Item Bought"));
}

fn main() {
    let _ = not_events;
}
