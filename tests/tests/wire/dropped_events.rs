//! Events that cannot be sent are counted by reason, and do not affect other events.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use copilot_track::segment::message::BatchMessage;
use copilot_track::spec::FeedbackSubmitted;
use copilot_track::testing::TestTracker;
use copilot_track::{CustomEvent, Dropped, Properties, TrackEvent, Tracker, TrackerBuilder};
use copilot_track_tests::{
    FaultServer, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder, numbered_event,
    test_user,
};
use serde::{Serialize, Serializer};
use serde_json::json;

/// Tracks ten valid events, and calls `send` three times in between. Returns the number of events
/// that were dropped for each reason.
fn dropped_with(
    configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
    send: impl Fn(&Tracker),
) -> Dropped {
    let server = FaultServer::healthy();
    let tracker = configure(fast_tracker_builder(&server))
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    for number in 0..10 {
        if number == 0 || number == 5 {
            send(&tracker);
        }
        tracker.track(&test_user(), numbered_event(number));
    }
    send(&tracker);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert_eq!(report.ledger.delivered, 10, "{report}");
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    let numbers: Vec<_> = log
        .events()
        .iter()
        .map(|event| event["properties"]["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    report.ledger.dropped
}

fn dropped(send: impl Fn(&Tracker)) -> Dropped {
    dropped_with(|builder| builder, send)
}

#[track_caller]
fn assert_invalid(send: impl Fn(&Tracker)) {
    let dropped = dropped(send);
    assert_eq!((dropped.invalid, dropped.total()), (3, 3));
}

fn event(name: &'static str) -> CustomEvent {
    CustomEvent::new(name).unwrap()
}

/// A value that fails or panics when it is serialized.
struct FailsToSerialize {
    panics: bool,
}

impl Serialize for FailsToSerialize {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "`serialize` panics");
        Err(serde::ser::Error::custom("`serialize` fails"))
    }
}

#[derive(TrackEvent)]
struct WithBrokenField {
    before: u8,
    broken: FailsToSerialize,
    after: &'static str,
}

fn with_broken_field(panics: bool) -> WithBrokenField {
    WithBrokenField {
        before: 1,
        broken: FailsToSerialize { panics },
        after: "after",
    }
}

#[test]
fn a_rating_that_is_not_finite_is_invalid() {
    for rating in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_invalid(|tracker| tracker.track(&test_user(), FeedbackSubmitted::new(rating)));
    }
}

#[test]
fn a_map_whose_keys_are_not_strings_is_invalid() {
    let map = BTreeMap::from([(vec![1], 1)]);
    assert_invalid(|tracker| tracker.track(&test_user(), event("X").property("map", &map)));
}

#[test]
fn a_field_that_fails_to_serialize_is_invalid() {
    assert_invalid(|tracker| tracker.track(&test_user(), with_broken_field(false)));
}

#[test]
fn a_field_that_panics_is_invalid() {
    assert_invalid(|tracker| tracker.track(&test_user(), with_broken_field(true)));
}

#[test]
fn a_property_that_fails_or_panics_is_invalid() {
    for panics in [false, true] {
        assert_invalid(|tracker| {
            tracker.track(
                &test_user(),
                event("X").property("broken", FailsToSerialize { panics }),
            );
        });
        assert_invalid(|tracker| {
            tracker.track(
                &test_user(),
                numbered_event(1)
                    .into_event()
                    .property("broken", FailsToSerialize { panics }),
            );
        });
    }
}

#[test]
fn traits_that_fail_or_panic_are_invalid() {
    for panics in [false, true] {
        assert_invalid(|tracker| tracker.identify_with(&test_user(), &FailsToSerialize { panics }));
    }
}

#[test]
fn an_invalid_message_id_is_invalid() {
    for id in ["", " ", &"x".repeat(101)] {
        assert_invalid(|tracker| tracker.track(&test_user(), numbered_event(1).message_id(id)));
    }
}

#[test]
fn a_timestamp_out_of_range_is_invalid() {
    let out_of_range = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert_invalid(|tracker| {
        tracker.track(&test_user(), numbered_event(1).timestamp(out_of_range));
    });
    if let Some(early) = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 40)) {
        assert_invalid(|tracker| tracker.track(&test_user(), numbered_event(1).timestamp(early)));
    }
}

/// An event that panics after its first property.
struct PanicsMidway;

impl TrackEvent for PanicsMidway {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "PanicsMidway".into()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        properties.property("half", "way");
        panic!("an event that panics");
    }
}

#[test]
fn an_event_that_panics_midway_is_invalid() {
    assert_invalid(|tracker| tracker.track(&test_user(), PanicsMidway));
}

/// An event that panics in the given method.
struct PanicsIn(&'static str);

impl TrackEvent for PanicsIn {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        assert!(self.0 != "name");
        "Unruly".into()
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
fn panics_in_events_are_caught_and_counted() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    for place in ["name", "properties", "size", "nowhere"] {
        conversation.track(PanicsIn(place));
    }
    let ledger = test.ledger();
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!((ledger.emitted, ledger.dropped.invalid), (4, 2), "{ledger}");
    test.assert_names(&["Unruly", "Unruly"]);
}

#[test]
fn an_event_that_cannot_be_truncated_enough_is_too_large() {
    for property in [
        json!(vec![1; 20_000]),
        json!({"nested": "x".repeat(40_000)}),
        json!(
            (0..3_000)
                .map(|n| (n.to_string(), "short"))
                .collect::<BTreeMap<_, _>>()
        ),
    ] {
        let dropped = dropped(|tracker| {
            tracker.track(&test_user(), event("X").property("large", &property));
        });
        assert_eq!((dropped.too_large, dropped.total()), (3, 3));
    }
}

fn is_x(message: &BatchMessage) -> bool {
    matches!(message, BatchMessage::Track(track) if track.event == "X")
}

#[test]
fn a_hook_that_returns_none_drops_the_event() {
    let hook = |message| (!is_x(&message)).then_some(message);
    let dropped = dropped_with(
        |builder| builder.before_send(hook),
        |tracker| tracker.track(&test_user(), event("X")),
    );
    assert_eq!((dropped.hook, dropped.total()), (3, 3));
}

#[test]
fn a_hook_that_panics_drops_the_event() {
    let hook = |message| {
        assert!(!is_x(&message), "a hook that panics");
        Some(message)
    };
    let dropped = dropped_with(
        |builder| builder.before_send(hook),
        |tracker| tracker.track(&test_user(), event("X").property("secret", "as it was")),
    );
    assert_eq!((dropped.hook, dropped.total()), (3, 3));
}

#[test]
fn a_hook_cannot_change_the_envelope_id() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .before_send(|mut message| {
            if let BatchMessage::Track(track) = &mut message {
                assert!(track.extra["messageId"].is_string());
                track.extra.insert("messageId".into(), "mine".into());
            }
            Some(message)
        })
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    assert_eq!(log.events()[0]["messageId"].as_str().unwrap().len(), 36);
}

#[test]
fn nulls_are_omitted() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(
        &test_user(),
        event("X")
            .property("none", None::<u8>)
            .property("nan", f64::NAN)
            .property("some", Some(1)),
    );
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    assert_eq!(server.log().events()[0]["properties"], json!({"some": 1}));
}

#[test]
fn a_property_is_written_once() {
    #[derive(TrackEvent)]
    struct Flat {
        #[track(flatten)]
        first: BTreeMap<&'static str, u8>,
        sku: u8,
        #[track(flatten)]
        second: BTreeMap<&'static str, u8>,
    }
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(
        &test_user(),
        Flat {
            first: [("sku", 1), ("first", 1), ("both", 1)].into(),
            sku: 2,
            second: [("sku", 3), ("second", 3), ("both", 3)].into(),
        }
        .role("agent")
        .property("role", "customer")
        .property("second", 4),
    );
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let body = String::from_utf8(server.log().requests[0].body.clone()).unwrap();
    for name in ["sku", "first", "second", "both", "role"] {
        assert_eq!(
            body.matches(&format!("\"{name}\":")).count(),
            1,
            "{name}: {body}"
        );
    }
}
