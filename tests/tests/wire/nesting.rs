//! A value that is nested too deeply is invalid. It neither overflows a stack nor affects other
//! events.

use std::mem::ManuallyDrop;
use std::thread;
use std::time::Duration;

use copilot_track::segment::Client as _;
use copilot_track::segment::message::{BatchMessage, Group, Identify, Message, Track, User};
use copilot_track::testing::TestTracker;
use copilot_track::{Content, CustomEvent, HttpTransport, TrackEvent, Tracker, TrackerBuilder};
use copilot_track_tests::{
    FaultServer, TEST_TIMEOUT, block_on, fast_tracker_builder, numbered_event, test_user,
};
use serde::ser::{Serialize, SerializeSeq as _, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The maximum depth of the value of a property. The event and its properties are two more levels.
const MAX_LEVELS: usize = 123;
const LEVELS: usize = 100_000;

/// A value of `LEVELS` levels. Dropping it would overflow the stack, so it is never dropped.
fn deep() -> Value {
    (0..LEVELS).fold(json!(1), |inner, _| Value::Array(vec![inner]))
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
}

/// Runs the test on a thread with a small stack.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(512 * 1024);
    thread.spawn(test).unwrap().join().unwrap();
}

fn user() -> User {
    User::UserId {
        user_id: "123".to_owned(),
    }
}

/// Tracks two valid events and, between them, calls `send`, which tracks events that are nested too
/// deeply. Asserts that the valid events arrive and that the others are counted as invalid.
#[track_caller]
fn assert_invalid(builder: TrackerBuilder, invalid: u64, send: impl FnOnce(&Tracker)) {
    let test = TestTracker::with(builder.flush_interval(Duration::from_secs(60))).unwrap();
    test.tracker().track(&test_user(), numbered_event(1));
    send(test.tracker());
    test.tracker().track(&test_user(), numbered_event(2));
    assert_eq!(test.names(), ["Note Taken", "Note Taken"]);
    let ledger = test.ledger();
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!(ledger.dropped.invalid, invalid, "{ledger}");
    assert_eq!(ledger.dropped.total(), invalid, "{ledger}");
}

/// Nested sequences that are generated during serialization.
struct Levels(usize);

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(Some(1))?;
        if self.0 > 0 {
            items.serialize_element(&Levels(self.0 - 1))?;
        }
        items.end()
    }
}

#[derive(TrackEvent)]
struct Deep {
    value: Value,
}

#[derive(TrackEvent)]
struct DeepContent {
    #[track(content)]
    value: Levels,
}

#[derive(TrackEvent)]
struct DeepFlattened {
    #[track(flatten)]
    value: Box<RawValue>,
}

fn raw() -> Box<RawValue> {
    RawValue::from_string(r#"{"a":"#.repeat(LEVELS) + "1" + &"}".repeat(LEVELS)).unwrap()
}

fn event() -> CustomEvent {
    CustomEvent::new("Deep").unwrap()
}

#[test]
fn deep_properties_are_invalid() {
    on_small_stack(|| {
        assert_invalid(Tracker::builder(), 9, |tracker| {
            let borrowed = ManuallyDrop::new(deep());
            tracker.track(&test_user(), event().property("deep", &*borrowed));
            tracker.track(&test_user(), event().property("deep", deep()));
            tracker.track(&test_user(), event().into_event().property("deep", deep()));
            tracker.track(&test_user(), event().property("deep", Levels(LEVELS)));
            tracker.track(&test_user(), event().property("deep", raw()));
            tracker.track(&test_user(), Deep { value: deep() });
            tracker.track(&test_user(), DeepFlattened { value: raw() });
            tracker.identify_with(&test_user(), &raw());
            tracker.identify_with(&test_user(), &json!({ "a": nested(MAX_LEVELS + 1) }));
        });
    });
}

#[test]
fn deep_content_is_invalid_under_every_policy() {
    on_small_stack(|| {
        for content in [Content::Full, Content::Masked, Content::Hidden] {
            assert_invalid(Tracker::builder().content(content), 2, |tracker| {
                let value = Levels(LEVELS);
                tracker.track(&test_user(), DeepContent { value });
                tracker.track(&test_user(), event().property("message_body", deep()));
            });
        }
    });
}

#[test]
fn deep_messages_are_invalid() {
    on_small_stack(|| {
        let send = |tracker: &Tracker| {
            tracker.send(Track {
                user: user(),
                event: "Deep".to_owned(),
                properties: json!({ "deep": null, "list": [] }),
                extra: Map::from_iter([("deep".to_owned(), deep())]),
                ..Track::default()
            });
            tracker.send(Identify {
                user: user(),
                traits: deep(),
                ..Identify::default()
            });
            tracker.send(Group {
                user: user(),
                group_id: "g".to_owned(),
                context: Some(deep()),
                integrations: Some(deep()),
                ..Group::default()
            });
        };
        assert_invalid(Tracker::builder(), 3, send);
        send(&Tracker::disabled());
    });
}

#[test]
fn a_deep_message_of_a_hook_is_invalid() {
    on_small_stack(|| {
        let builder = Tracker::builder().before_send(|mut message| {
            if let BatchMessage::Track(track) = &mut message
                && track.event == "Deep"
            {
                track.properties["deep"] = deep();
                track.context = Some(deep());
            }
            Some(message)
        });
        assert_invalid(builder, 1, |tracker| tracker.track(&test_user(), event()));
    });
}

#[test]
fn a_deep_dead_letter_is_damaged() {
    on_small_stack(|| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("letters.jsonl");
        let letter = |value: &str| {
            format!(
                r#"{{"event":{{"type":"track","messageId":"{}","timestamp":"2026-01-02T03:04:05Z","userId":"u","event":"Note Taken","properties":{{"value":{value}}}}}}}"#,
                value.len()
            )
        };
        let lines = [
            letter("1"),
            letter(raw().get()),
            letter("22"),
            letter(r#"{"a":1,"a":2}"#),
        ];
        std::fs::write(&file, lines.join("\n")).unwrap();
        let test = TestTracker::with(Tracker::builder().dead_letters(&file)).unwrap();
        let report = test
            .tracker()
            .replay_dead_letters(&file, TEST_TIMEOUT)
            .unwrap();
        assert_eq!((report.replayed, report.damaged), (2, 2), "{report}");
        assert_eq!(test.names(), ["Note Taken", "Note Taken"]);
        let damaged = std::fs::read_to_string(directory.path().join("letters.jsonl.damaged"));
        assert_eq!(
            damaged.unwrap(),
            [&lines[1], "\n", &lines[3], "\n"].concat()
        );
    });
}

#[test]
fn a_transport_refuses_a_deep_message() {
    on_small_stack(|| {
        let transport = HttpTransport::new("http://127.0.0.1:9").unwrap();
        let message = Message::Track(Track {
            user: user(),
            event: "Deep".to_owned(),
            properties: deep(),
            ..Track::default()
        });
        let error = block_on(transport.send("key".to_owned(), message)).unwrap_err();
        let error = format!("{error:?}");
        assert!(error.contains("nested too deeply"), "{error}");
    });
}

#[test]
fn values_up_to_the_limit_arrive_and_the_body_can_be_parsed() {
    let server = FaultServer::healthy();
    let hook: fn(BatchMessage) -> Option<BatchMessage> = Some;
    for builder in [
        fast_tracker_builder(&server),
        fast_tracker_builder(&server).before_send(hook),
    ] {
        let tracker = builder.build().unwrap();
        for levels in [MAX_LEVELS, MAX_LEVELS + 1] {
            let event = event().property("deep", nested(levels));
            tracker.track(&test_user(), event);
            tracker.send(Track {
                user: user(),
                event: "Deep".to_owned(),
                properties: json!({ "deep": nested(levels) }),
                ..Track::default()
            });
        }
        let ledger = tracker.shutdown_blocking(TEST_TIMEOUT).ledger;
        assert_eq!(
            (ledger.delivered, ledger.dropped.invalid),
            (2, 2),
            "{ledger}"
        );
    }
    // The server parses the body with the default limits of `serde_json`.
    let log = server.log();
    assert_eq!(log.events().len(), 4);
    for event in log.events() {
        assert_eq!(event["properties"]["deep"], nested(MAX_LEVELS));
    }
}
