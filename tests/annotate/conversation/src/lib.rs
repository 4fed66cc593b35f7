//! A conversation to which annotated functions send events.

use std::sync::LazyLock;

use copilot_track::{Conversation, Tracker, User};

/// Returns the conversation of this program. Its events are written, but not kept.
#[must_use]
pub fn get() -> &'static Conversation {
    static CONVERSATION: LazyLock<Conversation> = LazyLock::new(|| {
        let tracker = Tracker::builder().json_lines(std::io::sink()).build();
        let tracker = tracker.expect("writing JSON lines needs no configuration");
        tracker.conversation(User::new_anonymous())
    });
    &CONVERSATION
}
