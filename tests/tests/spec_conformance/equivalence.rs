//! The struct of an event and the corresponding method send the same event.

use copilot_track::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent,
};
use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, TrackEvent as _, User};

use crate::spec_examples::conversation;

/// The bytes are equal, except for envelope ids and timestamps.
#[test]
fn struct_and_method_send_the_same_bytes() {
    let by_struct = json_lines(|conversation| {
        conversation.track(ConversationStarted::new());
        conversation.track(MessageSent::new("Hello").message_id("m1"));
        conversation.track(ActionInvoked::new("t", "a").message_id("m1"));
        conversation.track(MediaGenerated::new("image", "gif").message_id("m1"));
        conversation.track(ComponentLoaded::new("Chart").message_id("m1"));
        conversation.track(CustomComponentLoaded::new("Chart").message_id("m1"));
        conversation.track(MessageReceived::new("Hi").message_id("m2"));
        conversation.track(FeedbackSubmitted::new(5).message_id("m2"));
        conversation.track(FeedbackSubmitted::new(4).into_event().without_message_id());
        conversation.track(ConversationEnded::new(2));
    });
    let by_method = json_lines(|conversation| {
        conversation.start();
        let turn = conversation.turn_with(MessageSent::new("Hello").message_id("m1"));
        turn.action_invoked("t", "a");
        turn.media_generated("image", "gif");
        turn.component_loaded("Chart");
        turn.custom_component_loaded("Chart");
        turn.reply_with(MessageReceived::new("Hi").message_id("m2"));
        turn.rate(5);
        conversation.rate_conversation(4);
        conversation.end();
    });
    assert_eq!(by_struct, by_method);
    assert_eq!(by_struct.len(), 10);
    // The properties are in the order of the spec's tables.
    assert_eq!(
        by_struct[1],
        concat!(
            r#"{"type":"track","messageId":"…","timestamp":"…","userId":"123","event":"Message Sent","#,
            r#""properties":{"conversationId":"1238041hdou","messageId":"m1","message_body":"Hello","role":"customer"},"#,
            r#""context":{"library":{"name":"copilot-track","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#""}}}"#
        )
    );
    assert!(
        by_struct[2].contains(r#""messageId":"m1","type":"t","action":"a","role":"customer"}"#)
    );
    assert!(by_struct[3].contains(r#""type":"image","sub_type":"gif","role":"agent"}"#));
}

/// With [`TestTracker::fixed`], the ids and timestamps are also equal.
#[test]
fn struct_and_method_send_the_same_events_with_fixed_ids() {
    let (by_struct, by_method) = (TestTracker::fixed(), TestTracker::fixed());
    let conversation = conversation(&by_struct);
    conversation.track(MessageSent::new("Hello"));
    conversation.track(ActionInvoked::new("t", "a"));
    conversation.track(FeedbackSubmitted::new(5));
    conversation.track(ConversationEnded::new(1));
    let conversation = crate::spec_examples::conversation(&by_method);
    let turn = conversation.turn("Hello");
    turn.action_invoked("t", "a");
    turn.rate(5);
    conversation.end();
    assert_eq!(by_struct.events(), by_method.events());
    assert_eq!(by_struct.names().len(), 5);
}

/// Returns the JSON lines of a conversation, with envelope ids and timestamps redacted.
fn json_lines(act: impl FnOnce(&Conversation)) -> Vec<String> {
    let buffer = Buffer::default();
    let tracker = copilot_track::Tracker::builder()
        .json_lines(buffer.clone())
        .build()
        .unwrap();
    let id = copilot_track::ConversationId::new("1238041hdou").unwrap();
    act(&tracker.conversation_with_id(id, User::known("123").unwrap()));
    assert!(
        tracker
            .shutdown_blocking(copilot_track_tests::TEST_TIMEOUT)
            .is_all_delivered()
    );
    let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
    text.lines()
        .map(|line| redact(&redact(line, r#""messageId":""#), r#""timestamp":""#))
        .collect()
}

/// Replaces the first value after `key`.
fn redact(line: &str, key: &str) -> String {
    let (before, after) = line.split_once(key).unwrap();
    let (_, after) = after.split_once('"').unwrap();
    format!("{before}{key}…\"{after}")
}

#[derive(Clone, Default)]
struct Buffer(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
