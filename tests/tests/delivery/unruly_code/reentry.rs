//! Code of an event that tracks other events on the caller's thread.

use std::borrow::Cow;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use copilot_track::spec::ConversationStarted;
use copilot_track::{Conversation, Overflow, Properties, TrackEvent, Tracker};
use copilot_track_tests::{Gate, TEST_TIMEOUT, numbered_event, test_user};

use super::to_sink;

/// An event that starts a conversation when the library asks for its size, and when it is dropped.
struct Starts {
    name: &'static str,
    conversation: Conversation,
}

impl TrackEvent for Starts {
    fn name(&self) -> Cow<'static, str> {
        self.name.into()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}

    fn size_hint(&self) -> usize {
        self.conversation.start();
        1_000
    }
}

impl Drop for Starts {
    fn drop(&mut self) {
        self.conversation.start();
    }
}

/// Calls `track` on another thread, because it could wait for itself.
fn returns(track: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        track();
        let _ = done.send(());
    });
    is_done
        .recv_timeout(TEST_TIMEOUT)
        .expect("the call does not return");
}

/// Returns a tracker whose queue has room for one more event. The event in front of it stays there
/// until the gate is opened.
fn full_tracker(overflow: Overflow) -> (Tracker, Gate) {
    let (gate, blocker) = Gate::new();
    let builder = to_sink(Tracker::builder())
        .overflow(overflow)
        .max_queue_events(2)
        .drop_timeout(Duration::ZERO);
    let tracker = blocker.block_from(0, builder).build().unwrap();
    tracker.track(&test_user(), numbered_event(0));
    gate.wait_until_reached();
    (tracker, gate)
}

#[test]
fn an_event_that_replaces_another_one_does_not_wait_for_it() {
    let (tracker, gate) = full_tracker(Overflow::DropOldest);
    let conversation = tracker.conversation(test_user());
    let started = conversation.clone();
    tracker.track(
        &test_user(),
        Starts {
            name: "Other",
            conversation: conversation.clone(),
        },
    );
    let before = tracker.ledger();
    assert_eq!(before.dropped.reentrant, 1, "{before}");
    // This drops the other event, whose destructor starts the same conversation.
    returns(move || started.start());
    let ledger = tracker.ledger();
    assert_eq!(ledger.dropped.reentrant, 2, "{ledger}");
    assert_eq!(ledger.dropped.queue_full, 1, "{ledger}");
    assert!(ledger.is_balanced(), "{ledger}");
    drop(gate);
}

#[test]
fn an_event_that_starts_its_own_conversation_is_not_sent_twice() {
    let (tracker, gate) = full_tracker(Overflow::DropNewest);
    let conversation = tracker.conversation(test_user());
    returns(move || {
        conversation.clone().track(Starts {
            name: ConversationStarted::NAME,
            conversation,
        });
    });
    let ledger = tracker.ledger();
    assert!(ledger.dropped.reentrant >= 1, "{ledger}");
    assert!(ledger.is_balanced(), "{ledger}");
    drop(gate);
}
