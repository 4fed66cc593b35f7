//! The envelope ids of Conversation Started and Conversation Ended are derived from the write key
//! and the conversation, in every process and with every transport.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use copilot_track::segment::message::Message;
use copilot_track::segment::{self, Client};
use copilot_track::spec::ConversationEnded;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Conversation, ConversationId, CustomEvent, TrackEvent as _, Tracker, TrackerBuilder, User,
};
use copilot_track_tests::{FaultServer, TEST_TIMEOUT};
use serde_json::Value;

const KEY: &str = "test-key";

/// A value that is both a writer and a client, and keeps what it receives.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<u8>>>);

impl Write for Received {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl Client for Received {
    async fn send(&self, _: String, message: Message) -> segment::Result<()> {
        let Message::Batch(batch) = message else {
            panic!("not a batch");
        };
        for event in &batch.batch {
            let mut received = self.0.lock().unwrap();
            serde_json::to_writer(&mut *received, event)?;
            received.push(b'\n');
        }
        Ok(())
    }
}

impl Received {
    fn events(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
        events.collect()
    }
}

/// Runs a conversation, and asserts that all of its events are delivered.
fn converse(builder: TrackerBuilder, act: impl FnOnce(&Conversation)) {
    let tracker = builder.build().unwrap();
    let id = ConversationId::new("c-1").unwrap();
    let user = User::known("123").unwrap();
    act(&tracker.conversation_with_id(id, user));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
}

fn start_and_end(conversation: &Conversation) {
    conversation.turn("Hello").message_received("Hi");
    conversation.end();
}

/// Returns the ids of Conversation Started and Conversation Ended.
fn ids(events: &[Value]) -> [String; 2] {
    ["Conversation Started", "Conversation Ended"].map(|name| {
        let mut named = events.iter().filter(|event| event["event"] == name);
        let event = named.next().expect(name);
        assert!(named.next().is_none(), "{name} is repeated");
        event["messageId"].as_str().unwrap().to_owned()
    })
}

#[test]
fn the_ids_are_the_same_with_every_transport() {
    let builder = || Tracker::builder().write_key(KEY);
    let server = FaultServer::healthy();
    converse(builder().endpoint(server.url()), start_and_end);
    let by_http: Vec<Value> = server.log().events().into_iter().cloned().collect();

    let client = Received::default();
    converse(builder().segment_client(client.clone()), start_and_end);
    let lines = Received::default();
    converse(builder().json_lines(lines.clone()), start_and_end);

    let test = TestTracker::with(builder()).unwrap();
    let id = ConversationId::new("c-1").unwrap();
    let user = User::known("123").unwrap();
    start_and_end(&test.tracker().conversation_with_id(id, user));
    let in_memory: Vec<_> = test.events().iter().map(CapturedEvent::json).collect();

    let expected = ids(&by_http);
    assert_ne!(expected[0], expected[1]);
    for events in [client.events(), lines.events(), in_memory] {
        assert_eq!(ids(&events), expected);
    }
}

#[test]
fn without_a_write_key_the_ids_are_random() {
    let [one, other] = [(); 2].map(|()| {
        let lines = Received::default();
        converse(Tracker::builder().json_lines(lines.clone()), start_and_end);
        ids(&lines.events())
    });
    assert_ne!(one[0], other[0]);
    assert_ne!(one[1], other[1]);
}

/// Returns the envelope ids of a conversation's Conversation Ended events.
fn ends(key: &str, id: &str, act: impl FnOnce(&Conversation)) -> Vec<String> {
    let test = TestTracker::with(Tracker::builder().write_key(key)).unwrap();
    let id = ConversationId::new(id).unwrap();
    let user = User::known("123").unwrap();
    act(&test.tracker().conversation_with_id(id, user));
    let ends = test.events_named("Conversation Ended");
    ends.iter()
        .map(|end| end.envelope_id().unwrap().to_owned())
        .collect()
}

#[test]
fn the_id_of_an_end_depends_on_key_conversation_and_count() {
    let end_after = |messages: usize| {
        move |conversation: &Conversation| {
            for _ in 0..messages {
                conversation.message_sent("Hello");
            }
            conversation.end();
        }
    };
    let two = ends(KEY, "c-1", end_after(2));
    assert_eq!(two, ends(KEY, "c-1", end_after(2)));
    for other in [
        ends(KEY, "c-1", end_after(0)),
        ends(KEY, "c-1", end_after(1)),
        ends(KEY, "c-1", end_after(12)),
        ends(KEY, "c-2", end_after(2)),
        ends("other-key", "c-1", end_after(2)),
    ] {
        assert_ne!(two, other);
    }
    assert_eq!(
        ends(KEY, "c-1", end_after(0)),
        ends(KEY, "c-1", Conversation::end)
    );
    // The id depends on the `message_count` that is sent, even if the application sets it.
    let named = |count: u64| {
        move |conversation: &Conversation| {
            conversation.track(ConversationEnded::new(count));
            let custom = CustomEvent::new("Conversation Ended").unwrap();
            conversation.track(custom.property("message_count", count + 1));
            conversation.track(ConversationEnded::new(count).property("message_count", count + 2));
        }
    };
    let counts = ends(KEY, "c-1", named(2));
    assert_eq!(counts[0], two[0]);
    for (index, count) in [(1, 3), (2, 4)] {
        assert_eq!(counts[index], ends(KEY, "c-1", end_after(count))[0]);
    }
}

#[test]
fn two_handles_to_one_conversation_end_with_the_same_id() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.message_sent("Hello");
    let other = test.tracker().resume(conversation.state());
    conversation.end();
    other.end();
    let ends = test.events_named("Conversation Ended");
    assert_eq!(ends.len(), 2, "each handle sends its own");
    assert_eq!(ends[0].envelope_id(), ends[1].envelope_id());
}
