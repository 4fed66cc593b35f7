//! Serialization errors may quote the value, so they must not be logged if content is hidden.

use copilot_track::spec::MessageSent;
use copilot_track::testing::TestTracker;
use copilot_track::{Content, TrackEvent, Tracker};
use copilot_track_tests::{capture_logs, captured_logs};

/// A value that fails to serialize, with an error that contains content.
struct FailsWithSecret;

impl serde::Serialize for FailsWithSecret {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("cannot write `my secret`"))
    }
}

#[derive(TrackEvent)]
struct Noted {
    text: FailsWithSecret,
}

#[test]
fn log_messages_do_not_contain_serialization_errors() {
    capture_logs();
    let builder = Tracker::builder().content(Content::Hidden);
    let test = TestTracker::with(builder).unwrap();
    let conversation = test.conversation();
    conversation.track(Noted {
        text: FailsWithSecret,
    });
    conversation.track(MessageSent::new("x").property("note", FailsWithSecret));
    assert_eq!(test.ledger().dropped.invalid, 2);
    assert!(!captured_logs().concat().contains("my secret"));
}
