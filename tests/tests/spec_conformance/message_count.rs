//! What counts as a message, and the `message_count` of Conversation Ended.

use std::collections::BTreeMap;

use copilot_track::spec::{ConversationEnded, MessageReceived, MessageSent};
use copilot_track::testing::TestTracker;
use copilot_track::{CustomEvent, TrackEvent as _};

use crate::spec_examples::conversation;

fn sent_counts(test: &TestTracker) -> Vec<u64> {
    test.events_named("Conversation Ended")
        .iter()
        .map(|event| event.property("message_count").unwrap().as_u64().unwrap())
        .collect()
}

#[test]
fn messages_count_however_they_are_sent() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.turn("1").message_received("2");
    conversation.message_sent("3");
    conversation.message_received("4");
    conversation.track(MessageSent::new("5"));
    conversation.track(MessageReceived::new("6"));
    conversation.track(CustomEvent::new("Message Sent").unwrap());
    assert_eq!(conversation.message_count(), 7);
    conversation.end();
    assert_eq!(sent_counts(&test), [7]);
}

#[test]
fn nothing_else_counts() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let turn = conversation.turn("1");
    turn.action_invoked("t", "a");
    turn.media_generated("image", "png");
    turn.component_loaded("Chart");
    turn.rate(1);
    conversation.track(CustomEvent::new("Item Purchased").unwrap());
    conversation.end();
    assert_eq!(sent_counts(&test), [1]);
}

#[test]
fn a_conversation_that_continues_after_its_end_ends_again() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let fork = conversation.clone();
    conversation.message_sent("Hello");
    conversation.end();
    conversation.end();
    fork.end();
    assert_eq!(sent_counts(&test), [1]);
    fork.message_sent("One more thing");
    conversation.end();
    assert_eq!(sent_counts(&test), [1, 2]);
    assert_eq!(test.events_named("Conversation Started").len(), 1);
}

#[test]
fn a_handle_that_has_counted_no_message_leaves_the_count_out() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.action_invoked("t", "a");
    conversation.end();
    conversation.end();
    test.event("Conversation Ended")
        .assert_no_property("message_count");
    conversation.message_sent("Hello");
    conversation.end();
    let ends = test.events_named("Conversation Ended");
    assert_eq!(ends.len(), 2);
    ends[1].assert_property("message_count", 1);
}

#[test]
fn an_empty_reply_counts_only_if_it_is_invalid() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let empty = || MessageReceived::new("");
    let by_list = BTreeMap::from([(vec![1], 1)]);
    let turn = conversation.turn("Hello");
    let before = test.ledger();
    turn.message_received("");
    conversation.message_received("");
    conversation.track(empty().property("fine", 1));
    conversation.track(MessageReceived::new("text").property("message_body", ""));
    assert_eq!(test.ledger().emitted, before.emitted);
    conversation.track(empty().property("broken", by_list.clone()));
    turn.reply_with(empty().property("broken", by_list));
    let after = test.ledger();
    assert_eq!(after.dropped.invalid, before.dropped.invalid + 2, "{after}");
    assert_eq!(after.emitted, before.emitted + 2, "{after}");
    assert!(after.is_balanced(), "{after}");
    assert_eq!(test.names(), ["Conversation Started", "Message Sent"]);
    assert_eq!(conversation.message_count(), 1);
}

#[test]
fn a_conversation_is_ended_until_the_next_message() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    assert!(!conversation.is_ended());
    conversation.end();
    assert!(conversation.is_ended());
    conversation.message_sent("Hello");
    assert!(!conversation.is_ended());
    let clone = conversation.clone();
    clone.track(ConversationEnded::new(1));
    conversation.action_invoked("t", "a");
    assert!(conversation.is_ended());
    assert!(test.tracker().resume(conversation.state()).is_ended());
    conversation.message_received("");
    assert!(conversation.is_ended(), "an empty reply is not a message");
    conversation.message_received("Hi");
    assert!(!conversation.is_ended());
    assert!(!test.tracker().resume(conversation.state()).is_ended());
    // The application can count messages itself.
    conversation.track(ConversationEnded::new(12));
    assert!(conversation.is_ended());
}

#[test]
fn events_refer_to_the_message_that_they_belong_to() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let first = conversation.turn("One");
    let second = conversation.turn("Two");
    first.action_invoked("of", "first");
    second.action_invoked("of", "second");
    conversation.action_invoked("of", "latest");
    first.in_scope(|| conversation.action_invoked("of", "ambient"));
    let message_ids: Vec<_> = test
        .events_named("Action Invoked")
        .iter()
        .map(|event| event.message_id().unwrap().to_owned())
        .collect();
    let (first, second) = (
        first.message_id().to_string(),
        second.message_id().to_string(),
    );
    assert_eq!(message_ids, [first.clone(), second.clone(), second, first]);
}
