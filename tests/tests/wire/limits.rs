//! No event or batch exceeds Segment's limits.

use std::collections::BTreeMap;

use copilot_track::CustomEvent;
use copilot_track_tests::{
    FaultServer, RequestLog, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder,
    numbered_event, test_user,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const MAX_EVENT: usize = 32_000;
const MAX_BATCH: usize = 475_000;
const MAX_EVENTS: usize = 2_500;

fn assert_within_limits(log: &RequestLog) {
    for request in &log.requests {
        assert!(request.body.len() <= MAX_BATCH, "{}", request.body.len());
        assert!(request.events().len() <= MAX_EVENTS);
        for event in request.events() {
            let bytes = serde_json::to_vec(event).unwrap().len();
            assert!(bytes <= MAX_EVENT, "{bytes}");
        }
    }
}

/// Returns the part of a truncated string before the marker, and the original length that the
/// marker states.
fn parse_truncated(text: &str) -> Option<(&str, usize)> {
    let (kept, length) = text
        .strip_suffix(" bytes in full]")?
        .rsplit_once("… [truncated: ")?;
    Some((kept, length.parse().ok()?))
}

#[track_caller]
fn assert_whole_or_truncated(sent: &str, full: &str) {
    match parse_truncated(sent) {
        None => assert_eq!(sent, full),
        Some((kept, length)) => {
            assert!(full.starts_with(kept));
            assert_eq!(
                length,
                full.len(),
                "the original length in the marker is wrong"
            );
        }
    }
}

/// Generates strings that repeat one character. In most cases, the length of the string's JSON is
/// close to the size limit of an event.
fn text() -> impl Strategy<Value = String> {
    // A character, and the length of its JSON in bytes.
    let unit = prop_oneof![
        Just(('a', 1_usize)),
        Just(('é', 2)),
        Just(('語', 3)),
        Just(('😀', 4)),
        Just(('\u{1}', 6)),
        Just(('"', 2)),
        Just(('\\', 2)),
        Just(('\n', 2)),
        Just(('\u{2028}', 3)),
    ];
    let length = prop_oneof![
        3 => 31_400_usize..32_200,
        1 => 0_usize..31_400,
        1 => 32_200_usize..100_000,
    ];
    (unit, length, "[a-z]{0,7}").prop_map(|((unit, bytes), length, before)| {
        before + &unit.to_string().repeat(length / bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mix_of_events_exceeds_a_limit(
        texts in prop::collection::vec((text(), prop::option::of(text())), 1..40),
        small in 0_u64..200,
        flush_at in 1_usize..=MAX_EVENTS,
        hook: bool,
    ) {
        let server = FaultServer::healthy();
        let mut builder = fast_tracker_builder(&server).flush_at(flush_at).max_queue_bytes(usize::MAX);
        if hook {
            builder = builder.before_send(Some);
        }
        let tracker = builder.build().unwrap();
        let conversation = tracker.conversation(test_user());
        for (number, (text, other)) in (0_u64..).zip(&texts) {
            conversation.track(
                CustomEvent::new("Said")
                    .unwrap()
                    .property("number", number)
                    .property("text", text)
                    .property("other", other),
            );
        }
        for number in 0..small {
            conversation.track(numbered_event(number));
        }
        let report = tracker.shutdown_blocking(TEST_TIMEOUT);
        prop_assert!(report.is_all_delivered(), "{}", report);
        let log = server.log();
        assert_ledger_matches(report.ledger, &log);
        assert_within_limits(&log);
        let mut truncated = 0;
        for event in log.events() {
            let properties = &event["properties"];
            if event["event"] != "Said" {
                continue;
            }
            let number = usize::try_from(properties["number"].as_u64().unwrap()).unwrap();
            let (text, other) = &texts[number];
            let sent = properties["text"].as_str().unwrap();
            assert_whole_or_truncated(sent, text);
            let sent_other = properties["other"].as_str();
            prop_assert_eq!(sent_other.is_some(), other.is_some());
            if let (Some(sent), Some(other)) = (sent_other, other) {
                assert_whole_or_truncated(sent, other);
            }
            truncated += u64::from(sent != text || sent_other != other.as_deref());
        }
        prop_assert_eq!(report.ledger.truncated, truncated);
    }
}

#[test]
fn batches_of_small_events_are_limited_by_count() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    for number in 0..6_000 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered());
    assert_within_limits(&server.log());
}

#[test]
fn an_event_at_the_limit_is_unchanged_and_a_larger_one_is_truncated() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .flush_interval(std::time::Duration::from_secs(60))
        .build()
        .unwrap();
    let send = |length: usize| {
        let text = "x".repeat(length);
        tracker.track(
            &test_user(),
            CustomEvent::new("Said").unwrap().property("text", text),
        );
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
        let log = server.log();
        let event = log.events().last().copied().unwrap().clone();
        let bytes = serde_json::to_vec(&event).unwrap().len();
        (
            bytes,
            event["properties"]["text"].as_str().unwrap().to_owned(),
        )
    };
    // The length of a timestamp varies, so try all text lengths around the limit.
    let (base, _) = send(0);
    let mut seen = (false, false);
    for length in MAX_EVENT - base - 8..MAX_EVENT - base + 16 {
        let (bytes, text) = send(length);
        if let Some((kept, full)) = parse_truncated(&text) {
            assert_eq!(full, length);
            // Truncation removes only what is needed to make room for the marker.
            assert!(kept.len() + 64 > length, "{} of {length}", kept.len());
            seen.1 = true;
        } else {
            assert_eq!(text.len(), length);
            seen.0 = true;
        }
        assert!(bytes <= MAX_EVENT);
    }
    assert_eq!(seen, (true, true));
}

#[test]
fn traits_are_truncated() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let bio = "é".repeat(30_000);
    tracker.identify_with(&test_user(), &json!({"name": "Ada", "bio": &bio}));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    let traits = &log.events()[0]["traits"];
    assert_eq!(traits["name"], "Ada");
    assert_whole_or_truncated(traits["bio"].as_str().unwrap(), &bio);
    assert_within_limits(&log);
}

#[test]
fn ids_and_short_strings_are_never_truncated() {
    for hook in [false, true] {
        let server = FaultServer::healthy();
        let mut builder = fast_tracker_builder(&server);
        if hook {
            builder = builder.before_send(Some);
        }
        let tracker = builder.build().unwrap();
        let mut emitted = 0;
        // Lists cannot be truncated. Their sizes range from below to above the limit.
        for length in (31_000..32_100).step_by(7) {
            let list = vec![1; length / 2];
            let conversation = tracker.conversation(test_user());
            conversation.track(
                CustomEvent::new("Listed")
                    .unwrap()
                    .property("list", list)
                    .property("short", "x".repeat(100)),
            );
            emitted += 1;
        }
        // An id of a hundred characters, whose JSON is longer than a truncation marker.
        let id = copilot_track::ConversationId::new("\u{1}".repeat(100)).unwrap();
        let conversation = tracker.conversation_with_id(id, test_user());
        conversation.track(
            CustomEvent::new("Listed")
                .unwrap()
                .property("list", vec![1; 15_700])
                .property("short", "x".repeat(100)),
        );
        let report = tracker.shutdown_blocking(TEST_TIMEOUT);
        let ledger = report.ledger;
        assert_eq!(ledger.emitted, emitted + 1);
        assert_eq!(
            ledger.delivered + ledger.dropped.too_large,
            ledger.emitted,
            "{ledger}"
        );
        assert!(ledger.delivered > 0 && ledger.dropped.too_large > 0);
        let log = server.log();
        assert_ledger_matches(ledger, &log);
        assert_within_limits(&log);
        for event in log.events() {
            let text = serde_json::to_string(event).unwrap();
            assert!(!text.contains("[truncated: "), "hook: {hook}");
        }
        assert_eq!(ledger.truncated, 0);
    }
}

#[test]
fn an_event_enlarged_by_a_hook_is_truncated() {
    use copilot_track::segment::message::BatchMessage;
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .before_send(|mut message| {
            if let BatchMessage::Track(track) = &mut message {
                track.properties["grown"] = Value::from("🌱".repeat(20_000));
                let many: BTreeMap<_, _> = (0..10).map(|n| (n.to_string(), n)).collect();
                track.properties["many"] = json!(many);
            }
            Some(message)
        })
        .build()
        .unwrap();
    for number in 0..50 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.truncated, 50);
    let log = server.log();
    assert_within_limits(&log);
    for event in log.events() {
        let grown = event["properties"]["grown"].as_str().unwrap();
        assert_eq!(parse_truncated(grown).unwrap().1, 80_000);
    }
}
