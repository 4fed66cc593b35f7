use segment::message::{Alias, BatchMessage, Group, Identify, Page, Screen, Track, User};
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::message::{self, parse_stored};
use crate::delivery::segment::numbers::OriginalNumbers;
use crate::delivery::segment::write_message::{PolicyScope, WriteOptions, write, write_letter};
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::properties::content_names::ContentNames;
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;
use crate::testing::TestTracker;
use crate::tracker::tracker::Tracker;

const ID: &str = "00000000-0000-4000-8000-000000000001";
const AT: &str = "2026-01-02T03:04:05.678Z";

fn written(message: impl Into<BatchMessage>) -> Result<Value, String> {
    let mut out = Vec::new();
    let id = EnvelopeId::from_uuid(ID.parse().unwrap());
    let at = time::OffsetDateTime::parse(AT, &Rfc3339).unwrap();
    let mut content_names = ContentNames::default();
    let options = WriteOptions {
        numbers: &OriginalNumbers::default(),
        id,
        at: at.into(),
        policy: Policy {
            content: Content::Full,
            masker: &Masker::default(),
        },
        scope: PolicyScope::MessageBody,
        defaults: None,
    };
    write(&message.into(), options, &mut out, &mut content_names)?;
    assert_eq!(
        content_names.as_json().contains("message_body"),
        out.windows(12).any(|w| w == b"message_body")
    );
    Ok(serde_json::from_slice(&out).unwrap())
}

fn written_under(policy: Content, scope: PolicyScope, properties: Value) -> Value {
    let mut out = Vec::new();
    let options = WriteOptions {
        numbers: &OriginalNumbers::default(),
        id: EnvelopeId::from_uuid(ID.parse().unwrap()),
        at: std::time::SystemTime::UNIX_EPOCH,
        policy: Policy {
            content: policy,
            masker: &Masker::default(),
        },
        scope,
        defaults: None,
    };
    let message = track(properties).into();
    write(&message, options, &mut out, &mut ContentNames::default()).unwrap();
    let json: Value = serde_json::from_slice(&out).unwrap();
    json["properties"].clone()
}

#[test]
fn the_content_policy_applies_to_its_scope() {
    let given = json!({ "message_body": "ann@example.com", "note": "bob@example.com" });
    let masked = |scope| written_under(Content::Masked, scope, given.clone());
    assert_eq!(
        masked(PolicyScope::MessageBody),
        json!({ "message_body": "[email]", "note": "bob@example.com" })
    );
    assert_eq!(
        masked(PolicyScope::AllProperties),
        json!({ "message_body": "[email]", "note": "[email]" })
    );
    for scope in [PolicyScope::MessageBody, PolicyScope::AllProperties] {
        assert_eq!(written_under(Content::Full, scope, given.clone()), given);
    }
}

#[test]
fn a_policy_applies_to_dead_letters_only_if_it_is_stricter() {
    let event = json!({
        "type": "track", "userId": "123", "event": "Noted", "messageId": ID, "timestamp": AT,
        "properties": { "message_body": "ann@example.com", "note": "bob@example.com" },
    });
    let properties = |stored, policy| {
        let letter = DeadLetter {
            event: message::parse(event.to_string().as_bytes()).unwrap(),
            id: ID.to_owned(),
            content: stored,
        };
        let policy = Policy {
            content: policy,
            masker: &Masker::default(),
        };
        let (mut out, mut names) = (Vec::new(), ContentNames::default());
        write_letter(&letter, policy, &mut out, &mut names).unwrap();
        let json: Value = serde_json::from_slice(&out).unwrap();
        json["properties"].clone()
    };
    let masked = json!({ "message_body": "[email]", "note": "[email]" });
    assert_eq!(properties(Content::Full, Content::Masked), masked);
    for (stored, policy) in [
        (Content::Full, Content::Full),
        (Content::Masked, Content::Masked),
        (Content::Hidden, Content::Masked),
    ] {
        assert_eq!(properties(stored, policy), event["properties"]);
    }
}

fn user() -> User {
    User::UserId {
        user_id: "123".into(),
    }
}

fn track(properties: Value) -> Track {
    Track {
        user: user(),
        event: "Item Purchased".into(),
        properties,
        ..Default::default()
    }
}

fn extra(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn library() -> Value {
    json!({ "name": "copilot-track", "version": env!("CARGO_PKG_VERSION") })
}

#[test]
fn missing_fields_are_added_to_every_kind() {
    let both = || User::Both {
        user_id: "123".into(),
        anonymous_id: "a".into(),
    };
    let calls: [(BatchMessage, Value); 6] = [
        (
            track(json!({ "qty": 1 })).into(),
            json!({ "type": "track", "event": "Item Purchased", "properties": { "qty": 1 } }),
        ),
        (
            Identify {
                user: user(),
                traits: json!({ "plan": "pro" }),
                ..Default::default()
            }
            .into(),
            json!({ "type": "identify", "traits": { "plan": "pro" } }),
        ),
        (
            Page {
                user: user(),
                name: "Home".into(),
                ..Default::default()
            }
            .into(),
            json!({ "type": "page", "name": "Home", "properties": {} }),
        ),
        (
            Screen {
                user: both(),
                ..Default::default()
            }
            .into(),
            json!({ "type": "screen", "anonymousId": "a", "properties": {} }),
        ),
        (
            Group {
                user: user(),
                group_id: "g".into(),
                ..Default::default()
            }
            .into(),
            json!({ "type": "group", "groupId": "g", "traits": {} }),
        ),
        (
            Alias {
                user: user(),
                previous_id: "old".into(),
                ..Default::default()
            }
            .into(),
            json!({ "type": "alias", "previousId": "old" }),
        ),
    ];
    for (message, own) in calls {
        let mut expected = json!({
            "messageId": ID, "timestamp": AT, "userId": "123",
            "context": { "library": library() },
        });
        expected.as_object_mut().unwrap().extend(extra(&own));
        assert_eq!(written(message).unwrap(), expected);
    }
}

#[test]
fn existing_fields_are_kept() {
    let call = written(Track {
        timestamp: time::OffsetDateTime::parse("2025-01-02T08:34:05.5+05:30", &Rfc3339).ok(),
        context: Some(json!({ "ip": "192.0.2.1", "library": null })),
        integrations: Some(json!({ "All": false })),
        extra: extra(&json!({
            "messageId": "order-7", "anonymousId": "a", "category": "c",
            // The message's own fields take precedence.
            "type": "page", "event": "Other", "timestamp": "1999-01-01T00:00:00Z",
        })),
        ..track(json!({ "gift": null }))
    });
    assert_eq!(
        call.unwrap(),
        json!({
            "type": "track", "event": "Item Purchased", "messageId": "order-7",
            "timestamp": "2025-01-02T03:04:05.5Z", "userId": "123", "anonymousId": "a",
            "properties": { "gift": null }, "category": "c",
            "context": { "ip": "192.0.2.1", "library": library() },
            "integrations": { "All": false },
        })
    );
    let own = json!({ "library": { "name": "mine" } });
    let call = written(Track {
        context: Some(own.clone()),
        ..track(json!({}))
    });
    assert_eq!(call.unwrap()["context"], own);
}

#[test]
fn properties_with_content_are_reported() {
    let body = json!({ "message_body": "Hello", "role": "customer" });
    let call = written(track(body.clone())).unwrap();
    assert_eq!(call["properties"], body);
}

#[test]
fn an_invalid_message_id_is_replaced() {
    for id in [
        json!(""),
        json!(" "),
        json!(7),
        json!(null),
        json!("x".repeat(101)),
    ] {
        let call = written(Track {
            extra: extra(&json!({ "messageId": id })),
            ..track(json!({}))
        });
        assert_eq!(call.unwrap()["messageId"], ID, "{id}");
    }
}

#[test]
fn a_timestamp_in_the_extra_fields_is_used() {
    for (given, sent) in [
        (
            json!("2025-01-02T08:34:05.5+05:30"),
            "2025-01-02T03:04:05.5Z",
        ),
        (json!(null), AT),
    ] {
        let call = written(Track {
            extra: extra(&json!({ "timestamp": given })),
            ..track(json!({}))
        });
        assert_eq!(call.unwrap()["timestamp"], sent);
    }
}

#[test]
fn a_timestamp_that_cannot_be_read_is_an_error() {
    for given in [
        json!(""),
        json!("yesterday"),
        json!("2026-01-02"),
        json!("2026-01-02T03:04:05"),
        json!("2026-02-30T03:04:05Z"),
        json!("10000-01-01T00:00:00Z"),
        json!("0000-01-01T00:00:00+01:00"),
        json!(1_767_323_045_678_u64),
        json!(["2026-01-02T03:04:05Z"]),
    ] {
        let error = written(Track {
            extra: extra(&json!({ "timestamp": given })),
            ..track(json!({}))
        });
        assert!(error.unwrap_err().contains("timestamp"), "{given}");
        let json = json!({ "type": "track", "userId": "123", "event": "E", "properties": {}, "timestamp": given });
        let parsed = message::parse(json.to_string().as_bytes());
        // A year below 0 in UTC is detected when the message is written.
        let readable = parsed.is_some_and(|parsed| written(parsed.message).is_ok());
        assert!(!readable, "{given}");
    }
}

#[test]
fn a_hook_can_change_the_timestamp_but_not_remove_it() {
    type Change = fn(&mut Track);
    let changes: [(Change, Option<&str>); 5] = [
        (|_| (), Some("2025-01-02T03:04:05Z")),
        (|track| track.timestamp = None, Some("2025-01-02T03:04:05Z")),
        (
            |track| {
                track.timestamp = None;
                track.extra.insert("timestamp".into(), Value::Null);
            },
            Some("2025-01-02T03:04:05Z"),
        ),
        (
            |track| track.timestamp = track.timestamp.map(|at| at + time::Duration::hours(1)),
            Some("2025-01-02T04:04:05Z"),
        ),
        (
            |track| {
                track.timestamp = None;
                track.extra.insert("timestamp".into(), json!("yesterday"));
            },
            None,
        ),
    ];
    for (change, expected) in changes {
        let builder = Tracker::builder().before_send(move |mut message| {
            if let BatchMessage::Track(track) = &mut message {
                change(track);
            }
            Some(message)
        });
        let test = TestTracker::with(builder).unwrap();
        test.tracker().send(Track {
            timestamp: time::OffsetDateTime::parse("2025-01-02T03:04:05Z", &Rfc3339).ok(),
            ..track(json!({}))
        });
        let events = test.events();
        let sent = events.first().map(|event| event.timestamp().unwrap());
        assert_eq!(sent, expected);
        let invalid = test.ledger().dropped.invalid;
        assert_eq!(invalid, u64::from(expected.is_none()));
    }
}

#[test]
fn an_invalid_message_is_an_error() {
    let error = |message: BatchMessage| written(message).unwrap_err();
    let nobody = Track {
        user: User::default(),
        ..track(json!({}))
    };
    assert!(error(nobody.clone().into()).contains("neither a userId nor"));
    let named_in_extra = Track {
        extra: extra(&json!({ "userId": "123" })),
        ..nobody
    };
    assert_eq!(written(named_in_extra).unwrap()["userId"], "123");
    let long = Track {
        user: User::UserId {
            user_id: "x".repeat(101),
        },
        ..track(json!({}))
    };
    assert!(error(long.into()).contains("at most 100"));
    assert!(error(track(json!([1])).into()).contains("not a JSON object"));
    let unnamed = Track {
        event: " ".into(),
        ..track(json!({}))
    };
    assert!(error(unnamed.into()).contains("`event` is empty"));
    let alias = Alias {
        user: user(),
        ..Default::default()
    };
    assert!(error(alias.into()).contains("`previousId` is empty"));
    let odd = Track {
        context: Some(json!("web")),
        ..track(json!({}))
    };
    assert!(error(odd.into()).contains("context"));
    let odd = Track {
        integrations: Some(json!("All")),
        ..track(json!({}))
    };
    assert!(error(odd.into()).contains("`integrations` is not a JSON object"));
    let odd_in_extra = Track {
        extra: extra(&json!({ "integrations": [] })),
        ..track(json!({}))
    };
    assert!(error(odd_in_extra.into()).contains("integrations"));
}

#[test]
fn a_message_is_processed_like_every_event() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hook = std::sync::Arc::clone(&seen);
    let test = TestTracker::with(Tracker::builder().content(Content::Hidden).before_send(
        move |message| {
            hook.lock().unwrap().push(message.clone());
            Some(message)
        },
    ))
    .unwrap();
    let tracker = test.tracker();
    tracker.send(Track {
        extra: extra(&json!({ "messageId": "order-7" })),
        ..track(json!({ "message_body": "secret", "qty": 1 }))
    });
    tracker.send(Page {
        user: user(),
        ..Default::default()
    });
    tracker.send(Track::default());
    assert_eq!(test.names(), ["Item Purchased", "Page"]);
    let event = test.event("Item Purchased");
    event.assert_property("message_body", "[hidden: 6 characters]");
    assert_eq!(event.envelope_id(), Some("order-7"));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(Some(&seen[0]), event.message().as_ref());
    assert!(!format!("{seen:?}").contains("secret"));
    let ledger = test.ledger();
    assert_eq!((ledger.delivered, ledger.dropped.invalid), (2, 1));
}

#[test]
fn strings_are_truncated_to_fit() {
    let test = TestTracker::new();
    let long = "é".repeat(20_000);
    test.tracker()
        .send(track(json!({ "note": long, "qty": 1 })));
    test.tracker().send(track(json!({ "list": vec![long] })));
    let event = test.event("Item Purchased");
    let note = event.property("note").unwrap().as_str().unwrap();
    assert!(note.ends_with("[truncated: 40000 bytes in full]"), "{note}");
    assert_eq!(event.property("qty"), Some(&json!(1)));
    let ledger = test.ledger();
    assert_eq!((ledger.truncated, ledger.dropped.too_large), (1, 1));
}

#[test]
fn a_stored_event_follows_the_rules_of_every_message() {
    let valid = r#"{"type":"track","messageId":"m","timestamp":"2026-01-02T03:04:05.678Z","userId":"u","event":"E","properties":{"n":1}}"#;
    parse_stored(valid.as_bytes()).unwrap();
    for (from, to) in [
        (r#""track""#, r#""unheard of""#),
        (r#""userId":"u","#, ""),
        (r#""userId":"u""#, r#""userId":" ""#),
        (r#""event":"E""#, r#""event":"""#),
        (r#""event":"E""#, r#""event":7"#),
        (r#"{"n":1}"#, "[1]"),
        (r#"{"n":1}"#, r#"{"n":1,"n":2}"#),
        (r#"{"n":1}"#, r#"{"n":{"a":1,"\u0061":2}}"#),
        (r#""event":"E""#, r#""event":"E","event":"F""#),
        (r#""event":"E""#, r#""event":"E","context":7"#),
        ("}}", "}"),
    ] {
        let changed = valid.replacen(from, to, 1);
        assert_ne!(changed, valid);
        assert!(parse_stored(changed.as_bytes()).is_err(), "{changed}");
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let deep = valid.replace("{\"n\":1}", &format!("{{\"n\":{deep}}}"));
    let error = parse_stored(deep.as_bytes()).unwrap_err();
    assert!(error.contains("nested too deeply"), "{error}");
}
