//! Events of an application's own that misbehave: the caller never notices, and the ledger does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use copilot_track::spec::MessageSent;
use copilot_track::testing::TestTracker;
use copilot_track::{Content, Properties, TrackEvent, Tracker};
use copilot_track_tests::{capture_logs, captured_logs};

/// Panics where it is told to.
struct Unruly(&'static str);

impl TrackEvent for Unruly {
    fn name(&self) -> Cow<'static, str> {
        assert!(self.0 != "name");
        Cow::Borrowed("Unruly")
    }

    fn write_properties(&self, _: &mut Properties<'_>) {
        assert!(self.0 != "properties");
    }

    fn size_hint(&self) -> usize {
        assert!(self.0 != "size");
        10
    }
}

#[test]
fn panics_stay_inside_and_are_counted() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    for place in ["name", "properties", "size", "nowhere"] {
        conversation.track(Unruly(place));
    }
    let ledger = test.ledger();
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!((ledger.emitted, ledger.dropped.invalid), (4, 2), "{ledger}");
    test.assert_names(&["Unruly", "Unruly"]);
}

/// Cannot be serialised, and says why at length.
struct Talkative;

impl serde::Serialize for Talkative {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("cannot write `my secret`"))
    }
}

#[derive(TrackEvent)]
struct Noted {
    text: Talkative,
}

#[test]
fn an_error_does_not_tell_what_the_policy_hides() {
    capture_logs();
    let builder = Tracker::builder().content(Content::Hidden);
    let test = TestTracker::with(builder).unwrap();
    let conversation = test.conversation();
    conversation.track(Noted { text: Talkative });
    conversation.track(MessageSent::new("x").property("note", Talkative));
    assert_eq!(test.ledger().dropped.invalid, 2);
    assert!(!captured_logs().concat().contains("my secret"));
}

#[test]
fn a_message_of_yesterday_began_its_conversation_yesterday() {
    let test = TestTracker::new();
    let yesterday = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let conversation = test.conversation();
    conversation.track(MessageSent::new("Hello").timestamp(yesterday));
    for event in test.events() {
        assert_eq!(event.timestamp(), Some("2001-09-09T01:46:40Z"), "{event}");
    }
}
