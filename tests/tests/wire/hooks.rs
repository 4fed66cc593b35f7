//! The message that a `before_send` hook returns is subject to the rules of `Tracker::send`.

use std::time::Duration;

use copilot_track::segment::message::{Alias, BatchMessage, Group, Identify, Page, Track, User};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    FaultServer, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder, numbered_event,
    test_user,
};
use serde_json::{Map, Value, json};

fn user() -> User {
    User::UserId {
        user_id: "123".to_owned(),
    }
}

fn track(properties: Value) -> Track {
    Track {
        user: user(),
        event: "Changed".to_owned(),
        properties,
        ..Track::default()
    }
}

fn extra(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Messages that `Tracker::send` counts as invalid.
fn invalid_messages() -> Vec<BatchMessage> {
    let id = |id: &str| User::UserId {
        user_id: id.to_owned(),
    };
    vec![
        Track {
            user: User::default(),
            ..track(json!({}))
        }
        .into(),
        Track {
            user: id(" "),
            ..track(json!({}))
        }
        .into(),
        Track {
            user: id(&"x".repeat(101)),
            ..track(json!({}))
        }
        .into(),
        Track {
            user: User::Both {
                user_id: "123".to_owned(),
                anonymous_id: "x".repeat(101),
            },
            ..track(json!({}))
        }
        .into(),
        Track {
            event: " ".to_owned(),
            ..track(json!({}))
        }
        .into(),
        track(json!([1])).into(),
        track(json!("text")).into(),
        Identify {
            user: user(),
            traits: json!(7),
            ..Identify::default()
        }
        .into(),
        Group {
            user: user(),
            ..Group::default()
        }
        .into(),
        Alias {
            user: user(),
            ..Alias::default()
        }
        .into(),
        Page {
            user: user(),
            properties: json!(true),
            ..Page::default()
        }
        .into(),
        Track {
            context: Some(json!("web")),
            ..track(json!({}))
        }
        .into(),
        Track {
            integrations: Some(json!([])),
            ..track(json!({}))
        }
        .into(),
        Track {
            extra: extra(&json!({ "context": 7 })),
            ..track(json!({}))
        }
        .into(),
    ]
}

fn run(
    hook: impl Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync + 'static,
    configure: impl Fn(TrackerBuilder) -> TrackerBuilder,
    send: impl FnOnce(&Tracker),
) -> (copilot_track::Ledger, Vec<Value>, String) {
    let server = FaultServer::healthy();
    let tracker = configure(fast_tracker_builder(&server))
        .flush_interval(Duration::from_secs(60))
        .before_send(hook)
        .build()
        .unwrap();
    send(&tracker);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    let events = log.events().into_iter().cloned().collect();
    let body = log.requests.first().map(|request| request.body.clone());
    let body = String::from_utf8(body.unwrap_or_default()).unwrap();
    (report.ledger, events, body)
}

#[test]
fn an_invalid_message_of_a_hook_is_dropped_and_the_others_arrive() {
    for invalid in invalid_messages() {
        let returned = invalid.clone();
        let hook = move |message| match &message {
            BatchMessage::Track(track) if track.properties["number"] == 1 => Some(returned.clone()),
            _ => Some(message),
        };
        let directory = tempfile::tempdir().unwrap();
        for spooled in [false, true] {
            let configure = |builder: TrackerBuilder| {
                if spooled {
                    builder.spool(directory.path())
                } else {
                    builder
                }
            };
            let (ledger, events, _) = run(hook.clone(), configure, |tracker| {
                for number in 0..3 {
                    tracker.track(&test_user(), numbered_event(number));
                }
            });
            assert_eq!(ledger.delivered, 2, "{invalid:?}");
            assert_eq!(ledger.dropped.invalid, 1, "{invalid:?}");
            assert_eq!(ledger.dropped.total(), 1, "{invalid:?}");
            let numbers: Vec<_> = events.iter().map(|e| &e["properties"]["number"]).collect();
            assert_eq!(numbers, [0, 2], "{invalid:?}");
        }
        // The same message is invalid without a hook.
        let (ledger, ..) = run(Some, |builder| builder, |tracker| tracker.send(invalid));
        assert_eq!(ledger.dropped.invalid, 1, "{ledger}");
    }
}

#[test]
fn a_message_of_a_hook_is_completed_and_has_no_key_twice() {
    let hook = |message: BatchMessage| {
        let BatchMessage::Track(sent) = message else {
            return None;
        };
        Some(BatchMessage::Track(Track {
            // The message's own fields take precedence over these.
            extra: extra(&json!({
                "messageId": "forged", "type": "page", "event": "Forged", "userId": "forged",
                "timestamp": "1999-01-01T00:00:00Z", "properties": {}, "context": {},
                "integrations": { "All": true }, "category": "c",
            })),
            timestamp: sent.timestamp,
            context: Some(json!({ "ip": "192.0.2.1" })),
            integrations: Some(json!({ "All": false })),
            ..track(json!({ "number": 1 }))
        }))
    };
    let (ledger, events, body) = run(
        hook,
        |builder| builder,
        |tracker| tracker.track(&test_user(), numbered_event(1)),
    );
    assert_eq!(ledger.delivered, 1, "{ledger}");
    for key in [
        "type",
        "messageId",
        "timestamp",
        "userId",
        "event",
        "properties",
        "context",
        "integrations",
    ] {
        assert_eq!(
            body.matches(&format!("\"{key}\":")).count(),
            1,
            "{key}: {body}"
        );
    }
    let event = &events[0];
    assert_eq!(event["type"], "track");
    assert_eq!(event["event"], "Changed");
    assert_eq!(event["userId"], "123");
    assert_eq!(event["integrations"], json!({ "All": false }));
    assert_eq!(event["category"], "c");
    assert_eq!(event["context"]["library"]["name"], "copilot-track");
    assert_eq!(event["messageId"].as_str().unwrap().len(), 36);
    assert!(!event["timestamp"].as_str().unwrap().starts_with("1999"));
}

#[test]
fn a_message_without_a_timestamp_gets_that_of_the_event() {
    use copilot_track::TrackEvent as _;
    let hook = |mut message| {
        if let BatchMessage::Track(track) = &mut message {
            track.timestamp = None;
        }
        Some(message)
    };
    let at = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    let (_, events, _) = run(
        hook,
        |builder| builder,
        |tracker| tracker.track(&test_user(), numbered_event(1).timestamp(at)),
    );
    assert_eq!(events[0]["timestamp"], "2026-01-02T03:04:05Z");
}
