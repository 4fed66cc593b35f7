//! Every digit of a number arrives, on every path.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use copilot_track::segment::message::{Batch, BatchMessage, Message};
use copilot_track::segment::{self, Client};
use copilot_track::testing::TestTracker;
use copilot_track::{Content, CustomEvent, Tracker, TrackerBuilder, User};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, test_user,
};
use serde_json::json;
use serde_json::value::RawValue;

/// An object with numbers, many of which would change if they were stored in a `serde_json::Value`.
const NUMBERS: &str = r#"{"u64":18446744073709551615,"i64":-9223372036854775808,"u128":340282366920938463463374607431768211455,"close":[340282366920938463463374607431768211454,340282366920938463463374607431768211453],"huge":1e400,"tiny":-1e-400,"long":0.1000000000000000055511151231257827,"zero":-0,"float":1.0,"integer":1,"exponent":[1e5,1E+2,1.50]}"#;

fn numbers() -> Box<RawValue> {
    RawValue::from_string(NUMBERS.to_owned()).unwrap()
}

fn track(tracker: &Tracker) {
    let event = CustomEvent::new("Numbers")
        .unwrap()
        .property("numbers", numbers())
        .property("message_body", numbers());
    tracker.track(&test_user(), event);
}

/// Returns the members of a JSON object, sorted by name. Each value is its JSON text.
fn sorted(json: &str) -> Vec<(String, String)> {
    let members: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(json).unwrap();
    let members = members.into_iter();
    members
        .map(|(name, value)| (name, value.get().to_owned()))
        .collect()
}

/// Asserts that both properties of an event contain the numbers as they were written. The order of
/// an object's members can change.
#[track_caller]
fn assert_exact(event: &str) {
    let event: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(event).unwrap();
    let properties: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(event["properties"].get()).unwrap();
    for name in ["numbers", "message_body"] {
        assert_eq!(sorted(properties[name].get()), sorted(NUMBERS), "{name}");
    }
}

#[track_caller]
fn assert_sent_exactly(builder: TrackerBuilder, send: impl FnOnce(&Tracker)) {
    let test = TestTracker::with(builder).unwrap();
    send(test.tracker());
    assert_exact(test.event("Numbers").text());
    assert_eq!(test.ledger().dropped.total(), 0);
}

#[test]
fn numbers_arrive_over_http() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    track(&tracker);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let body = String::from_utf8(server.log().requests[0].body.clone()).unwrap();
    assert_eq!(body.matches(NUMBERS).count(), 2, "{body}");
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn numbers_arrive_as_json_lines() {
    for hook in [false, true] {
        let lines = Lines::default();
        let mut builder = Tracker::builder().json_lines(lines.clone());
        if hook {
            builder = builder.before_send(Some);
        }
        let tracker = builder.build().unwrap();
        track(&tracker);
        assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
        assert_exact(std::str::from_utf8(&lines.0.lock().unwrap()).unwrap());
    }
}

#[test]
fn numbers_pass_a_hook() {
    assert_sent_exactly(Tracker::builder().before_send(Some), track);
    let builder = Tracker::builder().before_send(|mut message| {
        let BatchMessage::Track(track) = &mut message else {
            return None;
        };
        assert_eq!(track.properties["numbers"]["huge"], json!(f64::MAX));
        track.properties["added"] = json!(1.5);
        Some(message)
    });
    assert_sent_exactly(builder, track);
}

#[test]
fn numbers_that_a_hook_moves_keep_their_digits() {
    let builder = Tracker::builder().before_send(|mut message| {
        if let BatchMessage::Track(track) = &mut message {
            let numbers = track.properties["numbers"].take();
            track.properties["moved"] = numbers["u128"].clone();
            track.properties["numbers"] = json!({ "huge": numbers["huge"], "new": 2.5 });
        }
        Some(message)
    });
    let test = TestTracker::with(builder).unwrap();
    let numbers = RawValue::from_string(r#"{"u128":18446744073709551617,"huge":1e400}"#.into());
    let event = CustomEvent::new("Moved").unwrap();
    let event = event.property("numbers", numbers.unwrap());
    test.tracker().track(&test_user(), event);
    let sent = test.event("Moved").text().to_owned();
    assert!(sent.contains(r#""moved":18446744073709551617"#), "{sent}");
    assert!(sent.contains(r#""huge":1e400,"new":2.5"#), "{sent}");
}

#[test]
fn numbers_pass_masking() {
    let builder = || Tracker::builder().content(Content::Masked);
    assert_sent_exactly(builder(), track);
    assert_sent_exactly(builder().before_send(Some), track);
}

#[test]
fn numbers_in_traits_and_flattened_fields_arrive() {
    #[derive(copilot_track::TrackEvent)]
    struct Numbers {
        #[track(flatten)]
        all: Box<RawValue>,
    }
    let hook: fn(BatchMessage) -> Option<BatchMessage> = Some;
    for builder in [Tracker::builder(), Tracker::builder().before_send(hook)] {
        let test = TestTracker::with(builder).unwrap();
        test.tracker().identify_with(&test_user(), &numbers());
        test.tracker()
            .track(&test_user(), Numbers { all: numbers() });
        for (name, field) in [("Identify", "traits"), ("Numbers", "properties")] {
            let event = test.event(name);
            let event: std::collections::BTreeMap<String, &RawValue> =
                serde_json::from_str(event.text()).unwrap();
            assert_eq!(sorted(event[field].get()), sorted(NUMBERS), "{name}");
        }
    }
}

#[test]
fn numbers_stay_when_strings_are_truncated() {
    let hook: fn(BatchMessage) -> Option<BatchMessage> = Some;
    for builder in [Tracker::builder(), Tracker::builder().before_send(hook)] {
        let test = TestTracker::with(builder).unwrap();
        for event in [
            CustomEvent::new("Numbers").unwrap(),
            CustomEvent::new("Other").unwrap(),
        ] {
            let event = event
                .property("text", "x".repeat(40_000))
                .property("numbers", numbers())
                .property("message_body", numbers());
            test.tracker().track(&test_user(), event);
        }
        assert_exact(test.event("Numbers").text());
        let user = User::known("1").unwrap();
        let traits = json!({ "bio": "x".repeat(40_000), "price": 0.1 });
        test.tracker().identify_with(&user, &traits);
        let ledger = test.ledger();
        assert_eq!((ledger.truncated, ledger.delivered), (3, 3), "{ledger}");
    }
}

/// Returns the contents of the dead-letter file of a tracker whose event the server rejects.
fn dead_letters(directory: &Path) -> String {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(400)));
    let file = directory.join("letters.jsonl");
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&file)
        .build()
        .unwrap();
    track(&tracker);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 1, "{report}");
    fs::read_to_string(file).unwrap()
}

#[test]
fn numbers_pass_dead_letters_and_their_replay() {
    let hook: fn(BatchMessage) -> Option<BatchMessage> = Some;
    for builder in [
        Tracker::builder(),
        Tracker::builder().before_send(hook),
        Tracker::builder().content(Content::Masked),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let letters = dead_letters(directory.path());
        assert_eq!(letters.matches(NUMBERS).count(), 2, "{letters}");
        let file = directory.path().join("letters.jsonl");
        assert_sent_exactly(builder.dead_letters(&file), |tracker| {
            let report = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
            assert_eq!((report.replayed, report.damaged), (1, 0), "{report}");
        });
    }
}

#[test]
fn numbers_pass_the_spool() {
    for content in [Content::Full, Content::Masked] {
        let directory = tempfile::tempdir().unwrap();
        let server = FaultServer::start(FaultPlan::always(Behavior::status(503)));
        let tracker = fast_tracker_builder(&server)
            .spool(directory.path())
            .build()
            .unwrap();
        track(&tracker);
        let report = tracker.shutdown_blocking(Duration::from_millis(1));
        assert_eq!(report.ledger.pending, 1, "{report}");
        drop(tracker);
        let builder = Tracker::builder().content(content).spool(directory.path());
        assert_sent_exactly(builder, |_| {});
    }
}

/// A client that keeps the batches that it receives.
#[derive(Clone, Default)]
struct Keeps(Arc<Mutex<Vec<Batch>>>);

#[async_trait::async_trait]
impl Client for Keeps {
    async fn send(&self, _: String, message: Message) -> segment::Result<()> {
        if let Message::Batch(batch) = message {
            self.0.lock().unwrap().push(batch);
        }
        Ok(())
    }
}

#[test]
fn a_client_receives_every_digit() {
    let client = Keeps::default();
    let tracker = Tracker::builder()
        .write_key("key")
        .segment_client(client.clone())
        .build()
        .unwrap();
    track(&tracker);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let batches = client.0.lock().unwrap();
    let BatchMessage::Track(track) = &batches[0].batch[0] else {
        panic!("not a Track call");
    };
    let numbers = &track.properties["numbers"];
    // A `Value` can hold these numbers.
    assert_eq!(numbers["u64"], json!(u64::MAX));
    assert_eq!(numbers["i64"], json!(i64::MIN));
    assert_eq!(numbers["float"], json!(1.0));
    assert_eq!(numbers["integer"], json!(1));
    assert_eq!(numbers["exponent"], json!([1e5, 1e2, 1.5]));
    // A `Value` cannot hold these numbers.
    assert_eq!(numbers["u128"], json!(u128::MAX.to_string()));
    assert_eq!(numbers["huge"], json!("1e400"));
    assert_eq!(
        numbers["long"],
        json!("0.1000000000000000055511151231257827")
    );
}
