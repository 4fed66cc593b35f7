//! Request bodies equal the serialized messages of the `segment` crate.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use copilot_track::segment::message::{Batch, BatchMessage, Identify, Track, User as SegmentUser};
use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, User};
use copilot_track_tests::{FaultServer, TEST_TIMEOUT, fast_tracker_builder};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

#[derive(Debug, Clone)]
struct Call {
    known: Option<String>,
    anonymous: Option<String>,
    conversation: Option<String>,
    message: Option<String>,
    millis: u64,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Track(String, BTreeMap<String, Value>),
    Identify(BTreeMap<String, Value>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(|number: f64| json!(number)),
        any::<String>().prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn id() -> impl Strategy<Value = String> {
    "[^ ].{0,20}[^\\s]"
}

fn call() -> impl Strategy<Value = Call> {
    let fields = || prop::collection::btree_map("p.{0,10}", value(), 0..6);
    let kind = prop_oneof![
        4 => ("[A-Z].{0,30}", fields()).prop_map(|(name, fields)| Kind::Track(name, fields)),
        1 => fields().prop_map(Kind::Identify),
    ];
    (
        prop::option::of(id()),
        prop::option::of(id()),
        prop::option::of(id()),
        prop::option::of(id()),
        0_u64..4_000_000_000_000,
        kind,
        id(),
    )
        .prop_map(
            |(known, anonymous, conversation, message, millis, kind, fallback)| Call {
                known: known.or_else(|| anonymous.is_none().then_some(fallback)),
                anonymous,
                conversation,
                message,
                millis,
                kind,
            },
        )
}

impl Call {
    fn user(&self) -> User {
        match (&self.known, &self.anonymous) {
            (Some(known), Some(anonymous)) => User::both(known, anonymous),
            (Some(known), None) => User::known(known),
            (None, anonymous) => User::anonymous(anonymous.clone().unwrap_or_default()),
        }
        .unwrap()
    }

    fn emit(&self, tracker: &copilot_track::Tracker) {
        let user = self.user();
        match &self.kind {
            Kind::Identify(traits) => tracker.identify_with(&user, traits),
            Kind::Track(name, fields) => {
                let event = CustomEvent::new(name.clone()).unwrap();
                let event = fields.iter().fold(event, |event, (name, value)| {
                    event.property(name.clone(), value)
                });
                let event = event
                    .message_id(&self.message)
                    .timestamp(SystemTime::UNIX_EPOCH + Duration::from_millis(self.millis));
                match &self.conversation {
                    Some(id) => {
                        let id = ConversationId::new(id).unwrap();
                        tracker.conversation_with_id(id, user).track(event);
                    }
                    None => tracker.track(&user, event),
                }
            }
        }
    }

    /// Returns the expected message. Values that the library chooses are taken from `sent`.
    fn message(&self, sent: &Value) -> BatchMessage {
        let user = match (self.known.clone(), self.anonymous.clone()) {
            (Some(user_id), Some(anonymous_id)) => SegmentUser::Both {
                user_id,
                anonymous_id,
            },
            (Some(user_id), None) => SegmentUser::UserId { user_id },
            (None, anonymous_id) => SegmentUser::AnonymousId {
                anonymous_id: anonymous_id.unwrap_or_default(),
            },
        };
        let mut extra = Map::new();
        extra.insert("messageId".into(), sent["messageId"].clone());
        let version = env!("CARGO_PKG_VERSION");
        let context = Some(json!({"library": {"name": "copilot-track", "version": version}}));
        match &self.kind {
            Kind::Identify(traits) => BatchMessage::Identify(Identify {
                user,
                traits: json!(traits),
                timestamp: Some(parsed(&sent["timestamp"])),
                context,
                integrations: None,
                extra,
            }),
            Kind::Track(name, fields) => {
                let ids = [
                    ("conversationId", &self.conversation),
                    ("messageId", &self.message),
                ];
                let mut properties: Map<_, _> = fields.clone().into_iter().collect();
                for (name, id) in ids {
                    if let Some(id) = id {
                        properties.insert(name.to_owned(), json!(id));
                    }
                }
                let nanos = i128::from(self.millis) * 1_000_000;
                BatchMessage::Track(Track {
                    user,
                    // The names of custom events are trimmed.
                    event: name.trim().to_owned(),
                    properties: properties.into(),
                    timestamp: OffsetDateTime::from_unix_timestamp_nanos(nanos).ok(),
                    context,
                    integrations: None,
                    extra,
                })
            }
        }
    }
}

fn parsed(timestamp: &Value) -> OffsetDateTime {
    let format = &time::format_description::well_known::Rfc3339;
    OffsetDateTime::parse(timestamp.as_str().unwrap(), format).unwrap()
}

fn batch_equals_messages(calls: &[Call], gzip: bool) {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .gzip(gzip)
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    for call in calls {
        call.emit(&tracker);
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    let [request] = &log.requests[..] else {
        panic!("{} requests", log.requests.len());
    };
    // Only events of the same conversation keep their order, so each call is found by its content.
    let mut left: Vec<&Call> = calls.iter().collect();
    let mut messages = Vec::new();
    for sent in request.events() {
        let found = left
            .iter()
            .position(|call| round_trip(&call.message(sent)) == *sent);
        let found = found.unwrap_or_else(|| panic!("not one of {left:#?}: {sent:#}"));
        messages.push(left.remove(found).message(sent));
    }
    let mut extra = Map::new();
    extra.insert("sentAt".into(), request.json["sentAt"].clone());
    let batch = Batch {
        batch: messages,
        context: None,
        integrations: None,
        extra,
    };
    assert_eq!(request.json, round_trip(&batch));
}

/// Serializes a message as the `segment` crate does, and parses it as the server does.
fn round_trip(message: &impl serde::Serialize) -> Value {
    serde_json::from_slice(&serde_json::to_vec(message).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sent_batches_equal_the_segment_crates_messages(
        calls in prop::collection::vec(call(), 1..8),
        gzip: bool,
    ) {
        batch_equals_messages(&calls, gzip);
    }
}
