//! Content policy, consent, and sampling.

use std::future::ready;

use copilot_track::spec::FeedbackSubmitted;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    ConfigError, Consent, Content, ConversationId, CustomEvent, Pattern, TrackEvent, Tracker,
    TrackerBuilder, tracked_reply,
};
use copilot_track_tests::{block_on, numbered_event, test_user};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::json;

#[derive(TrackEvent)]
struct SupportRequested {
    #[track(content)]
    details: String,
    topic: &'static str,
}

fn test_with(builder: TrackerBuilder) -> TestTracker {
    TestTracker::with(builder).unwrap()
}

#[test]
fn texts_are_masked_hidden_and_cut_like_message_bodies() {
    let sent = |content: Content, comment: &str| -> Vec<String> {
        let test = test_with(Tracker::builder().content(content));
        let conversation = test.conversation();
        conversation.track(FeedbackSubmitted::new(1).text("comment", comment));
        let note = CustomEvent::new("Note Taken").unwrap();
        conversation.track(note.text("comment", comment));
        let events = test.events();
        let comment = |event: &CapturedEvent| event.property("comment").unwrap().to_string();
        events.iter().map(comment).collect()
    };
    let comment = "My address is me@example.com";
    for (content, expected) in [
        (Content::Full, "\"My address is me@example.com\""),
        (Content::Masked, "\"My address is [email]\""),
        (Content::Hidden, "\"[hidden: 28 characters]\""),
    ] {
        assert_eq!(sent(content, comment), [expected; 2]);
    }
    for cut in sent(Content::Full, &"x".repeat(100_000)) {
        assert!(
            cut.ends_with("100000 bytes in full]\""),
            "{} bytes",
            cut.len()
        );
    }
}

#[test]
fn a_property_that_replaces_content_is_content() {
    let test = test_with(Tracker::builder().content(Content::Hidden));
    let event = SupportRequested {
        details: "first".to_owned(),
        topic: "billing",
    };
    test.conversation()
        .track(event.property("details", "secret"));
    let event = test.event("Support Requested");
    event.assert_property("details", "[hidden: 6 characters]");
}

#[test]
fn content_is_hidden_however_it_is_sent() {
    let test = test_with(Tracker::builder().content(Content::Hidden));
    let conversation = test.conversation();
    let turn = conversation.turn("secret one");
    turn.message_received("secret two");
    conversation.track(SupportRequested {
        details: "secret three".to_owned(),
        topic: "billing",
    });
    let custom = CustomEvent::new("Message Sent").unwrap();
    conversation.track(custom.property("message_body", "secret four"));
    test.tracker().track(
        &test_user(),
        CustomEvent::new("Message Sent")
            .unwrap()
            .property("message_body", ["secret five"]),
    );
    let sent: String = test.events().iter().map(|e| e.json().to_string()).collect();
    assert!(!sent.contains("secret"), "{sent}");
    assert!(sent.contains("[hidden: 10 characters]"), "{sent}");
    test.event("Support Requested")
        .assert_property("details", "[hidden: 12 characters]")
        .assert_property("topic", "billing");
}

#[tracked_reply]
fn long_reply() -> String {
    "é".repeat(2_500_000)
}

#[tracked_reply]
fn long_stream() -> impl Stream<Item = String> {
    stream::iter((0..100).map(|_| "é".repeat(25_000)))
}

#[test]
fn the_whole_length_of_hidden_text_is_sent_even_if_the_text_is_cut_in_the_queue() {
    let test = test_with(Tracker::builder().content(Content::Hidden));
    let conversation = test.conversation();
    let turn = conversation.turn("Summarize the book.");
    turn.in_scope(|| {
        long_reply();
        block_on(long_stream().for_each(|_| ready(())));
    });
    turn.message_received("é".repeat(2_500_000));
    conversation.track(SupportRequested {
        details: "é".repeat(2_500_000),
        topic: "books",
    });
    let hidden = "[hidden: 2500000 characters]";
    let replies = test.events_named("Message Received");
    assert_eq!(replies.len(), 3);
    for reply in replies {
        reply.assert_property("message_body", hidden);
    }
    test.event("Support Requested")
        .assert_property("details", hidden);
}

#[test]
fn masked_text_fills_the_event_even_if_masking_shortens_it() {
    let test = test_with(Tracker::builder().content(Content::Masked));
    let conversation = test.conversation();
    // Masking removes a third of this text.
    conversation.message_sent("me@example.com 123 ".repeat(100_000));
    let event = test.event("Message Sent");
    assert!(event.json().to_string().len() > 31_900);
    let sent = event.json()["properties"]["message_body"].to_string();
    assert!(
        !sent.contains("me@") && sent.contains("[email] 123"),
        "{sent}"
    );
    assert!(
        sent.contains("[truncated: 1900000 bytes in full]"),
        "{sent}"
    );
}

#[test]
fn masking_replaces_only_personal_data() {
    let customer = Pattern::new(r"C-\d{4}").unwrap().replaced_by("[customer]");
    let builder = Tracker::builder().content(Content::Masked).mask(customer);
    let test = test_with(builder);
    let conversation = test.conversation();
    conversation.message_sent("I am me@example.com, customer C-1340. Where is order 4711?");
    test.event("Message Sent").assert_property(
        "message_body",
        "I am [email], customer [customer]. Where is order 4711?",
    );
    // A string over the limit is masked first and then truncated.
    test.clear();
    conversation.message_sent("me@example.com ".repeat(10_000));
    let sent = test.event("Message Sent").json().to_string();
    assert!(!sent.contains("example") && sent.contains("bytes in full"));
}

#[test]
fn a_hook_sees_content_after_the_policy() {
    let builder = Tracker::builder()
        .content(Content::Hidden)
        .before_send(|message| {
            assert!(!format!("{message:?}").contains("secret"));
            Some(message)
        });
    let test = test_with(builder);
    test.conversation().message_sent("secret");
    assert_eq!(test.ledger().dropped.total(), 0);
}

#[test]
fn the_stricter_policy_of_tracker_and_conversation_applies() {
    let bodies = |test: &TestTracker| -> Vec<String> {
        let body = |event: &copilot_track::testing::CapturedEvent| {
            event.property("message_body").unwrap().to_string()
        };
        test.events_named("Message Sent").iter().map(body).collect()
    };
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.message_sent("one");
    conversation.set_content(Content::Hidden);
    conversation.message_sent("two");
    conversation.set_content(Content::Full);
    conversation.message_sent("three");
    let hidden = "\"[hidden: 3 characters]\"";
    assert_eq!(bodies(&test), ["\"one\"", hidden, "\"three\""]);

    let strict = test_with(Tracker::builder().content(Content::Hidden));
    let conversation = strict.conversation();
    conversation.set_content(Content::Full);
    conversation.message_sent("one");
    assert_eq!(bodies(&strict), [hidden]);
}

#[test]
fn consent_applies_to_later_events_and_is_part_of_the_state() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.start();
    conversation.set_consent(Consent::new().category("Analytics", true));
    conversation.set_content(Content::Hidden);
    let stored = serde_json::to_string(&conversation.state()).unwrap();
    let resumed = test
        .tracker()
        .resume(serde_json::from_str(&stored).unwrap());
    resumed.message_sent("secret");
    let started = test.event("Conversation Started").json();
    assert_eq!(started["context"].get("consent"), None);
    let sent = test.event("Message Sent").json();
    assert_eq!(
        sent["context"]["consent"],
        json!({"categoryPreferences": {"Analytics": true}})
    );
    assert!(!sent.to_string().contains("secret"));
}

#[test]
fn conversations_are_sampled_as_a_whole_and_feedback_is_always_kept() {
    let test = test_with(Tracker::builder().sample_conversations(0.3));
    let other = test_with(Tracker::builder().sample_conversations(0.3));
    for test in [&test, &other] {
        for n in 0..200 {
            let id = ConversationId::new(format!("conversation {n}")).unwrap();
            let conversation = test.tracker().conversation_with_id(id, test_user());
            let turn = conversation.turn("Hello");
            turn.message_received("Hi");
            turn.rate(5);
            conversation.identify(&test_user());
            conversation.end();
        }
    }
    let ids = |test: &TestTracker, name| -> Vec<String> {
        let id = |event: &copilot_track::testing::CapturedEvent| {
            event.conversation_id().unwrap().to_owned()
        };
        // The order of events from different conversations is unspecified.
        let mut ids: Vec<_> = test.events_named(name).iter().map(id).collect();
        ids.sort();
        ids
    };
    let started = ids(&test, "Conversation Started");
    assert!((30..90).contains(&started.len()), "{}", started.len());
    for name in ["Message Sent", "Message Received", "Conversation Ended"] {
        assert_eq!(ids(&test, name), started, "{name}");
        assert_eq!(ids(&other, name), started, "another replica");
    }
    assert_eq!(test.events_named("Feedback Submitted").len(), 200);
    assert_eq!(test.events_named("Identify").len(), 200);
    let rate = |name: &str| test.events_named(name)[0].json()["context"]["sampling"].clone();
    assert_eq!(rate("Message Sent"), json!({"rate": 0.3}));
    assert_eq!(rate("Feedback Submitted"), json!(null));
    let ledger = test.ledger();
    assert_eq!(ledger.sampled_out, (200 - started.len() as u64) * 3);
    assert!(ledger.is_balanced());
}

#[test]
fn events_outside_conversations_are_not_sampled() {
    let test = test_with(Tracker::builder().sample_conversations(0.0));
    test.tracker().track(&test_user(), numbered_event(1));
    assert_eq!(test.names(), ["Note Taken"]);
    let error = Tracker::builder()
        .write_key("k")
        .sample_conversations(1.5)
        .build()
        .unwrap_err();
    assert!(matches!(error, ConfigError::OutOfRange { .. }), "{error}");
}
