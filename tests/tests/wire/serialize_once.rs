//! The `Serialize` implementation of a value runs once, however the value is given and whatever
//! happens to its event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copilot_track::segment::message::BatchMessage;
use copilot_track::{
    Content, Conversation, CustomEvent, Overflow, Properties, Spool, TrackEvent, Tracker,
    TrackerBuilder, tracked_reply, tracked_tool,
};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, fast_tracker_builder, flush_until_complete, test_user,
};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// What a value serializes to.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    LongText,
    Escaped,
    Display,
    Number,
    Float,
    Bool,
    Null,
    Character,
    Bytes,
    List,
    Map,
    Variant,
    NewtypeVariant,
    Fails,
}

const KINDS: [Kind; 15] = [
    Kind::Text,
    Kind::LongText,
    Kind::Escaped,
    Kind::Display,
    Kind::Number,
    Kind::Float,
    Kind::Bool,
    Kind::Null,
    Kind::Character,
    Kind::Bytes,
    Kind::List,
    Kind::Map,
    Kind::Variant,
    Kind::NewtypeVariant,
    Kind::Fails,
];

#[derive(Serialize)]
enum Variants {
    Unit,
    Newtype(u8),
}

/// A value that counts the calls to its `Serialize` implementation.
#[derive(Clone)]
struct Counted {
    kind: Kind,
    calls: Arc<AtomicUsize>,
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.kind {
            Kind::Text => serializer.serialize_str("text"),
            Kind::LongText => serializer.serialize_str(&"long ".repeat(20_000)),
            Kind::Escaped => serializer.serialize_some("a \"quoted\"\nline"),
            Kind::Display => serializer.collect_str(&format_args!("{}", 7)),
            Kind::Number => serializer.serialize_u64(7),
            Kind::Float => serializer.serialize_newtype_struct("Float", &0.5),
            Kind::Bool => serializer.serialize_bool(true),
            Kind::Null => serializer.serialize_none(),
            Kind::Character => serializer.serialize_char('c'),
            Kind::Bytes => serializer.serialize_bytes(b"bytes"),
            Kind::List => [1, 2, 3].serialize(serializer),
            Kind::Map => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("entry", &1)?;
                map.end()
            }
            Kind::Variant => Variants::Unit.serialize(serializer),
            Kind::NewtypeVariant => Variants::Newtype(1).serialize(serializer),
            Kind::Fails => Err(serde::ser::Error::custom("on purpose")),
        }
    }
}

#[derive(TrackEvent)]
struct Field {
    value: Counted,
}

#[derive(TrackEvent)]
struct ContentField {
    #[track(content)]
    value: Counted,
}

#[derive(TrackEvent)]
struct FlattenedMap {
    #[track(flatten)]
    values: BTreeMap<&'static str, Counted>,
}

#[derive(TrackEvent)]
struct FlattenedValue {
    #[track(flatten)]
    value: Counted,
}

/// An event with a handwritten implementation.
struct Handwritten(Counted);

impl TrackEvent for Handwritten {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "Handwritten".into()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        properties.content("message_body", &self.0);
    }
}

#[tracked_tool(type = "Test", action = "count", properties(value))]
fn tool(value: &Counted) {
    let _ = value;
}

#[tracked_tool(
    type = "Test",
    action = "count",
    properties(value),
    record(duration, outcome, error_type)
)]
async fn recorded_tool(value: &Counted) {
    std::future::ready(value).await;
}

#[tracked_reply(properties(value))]
fn reply(value: &Counted) -> &'static str {
    let _ = value;
    "Hello"
}

type Give = fn(&Conversation, Counted);

/// The ways in which an application gives a value to the library.
const WAYS: [(&str, Give); 13] = [
    ("field", |to, value| to.track(Field { value })),
    ("content field", |to, value| {
        to.track(ContentField { value });
    }),
    ("flattened map", |to, value| {
        to.track(FlattenedMap {
            values: [("value", value)].into(),
        });
    }),
    ("flattened value", |to, value| {
        to.track(FlattenedValue { value });
    }),
    ("handwritten event", |to, value| {
        to.track(Handwritten(value));
    }),
    ("property of an event", |to, value| {
        to.track(copilot_track::spec::ActionInvoked::new("a", "b").property("value", value));
    }),
    ("property of a custom event", |to, value| {
        to.track(CustomEvent::new("X").unwrap().property("value", value));
    }),
    ("field in the shadow of a property", |to, value| {
        let other = Counted {
            calls: Arc::default(),
            ..value.clone()
        };
        to.track(Field { value: other }.property("value", value));
    }),
    ("traits of a conversation", |to, value| {
        to.identify_with(&test_user(), &BTreeMap::from([("value", value)]));
    }),
    ("traits of a tracker", |to, value| {
        to.tracker()
            .identify_with(&test_user(), &BTreeMap::from([("value", value)]));
    }),
    ("argument of a tool", |to, value| {
        to.in_scope(|| tool(&value));
    }),
    ("argument of a recorded tool", |to, value| {
        copilot_track_tests::block_on(to.run(recorded_tool(&value)));
    }),
    ("argument of a reply", |to, value| {
        to.in_scope(|| reply(&value));
    }),
];

/// Gives values of each kind in each way, and asserts that each value is serialized once.
fn assert_once(plan: FaultPlan, configure: impl Fn(TrackerBuilder) -> TrackerBuilder) {
    let server = FaultServer::start(plan);
    let tracker = configure(fast_tracker_builder(&server)).build().unwrap();
    let mut given = Vec::new();
    for (way, give) in WAYS {
        for kind in KINDS {
            let calls = Arc::default();
            let value = Counted {
                kind,
                calls: Arc::clone(&calls),
            };
            give(&tracker.conversation(test_user()), value);
            given.push((way, kind, calls));
        }
    }
    let report = flush_until_complete(&tracker);
    assert!(report.ledger.delivered > 0, "{report}");
    for (way, kind, calls) in given {
        assert_eq!(calls.load(Ordering::Relaxed), 1, "{way}, {kind:?}");
    }
}

fn healthy() -> FaultPlan {
    FaultPlan::always(Behavior::ok())
}

#[test]
fn under_every_content_policy() {
    for content in [Content::Full, Content::Masked, Content::Hidden] {
        assert_once(healthy(), |builder| builder.content(content));
    }
}

#[test]
fn with_a_hook() {
    assert_once(healthy(), |builder| {
        builder.before_send(|mut message| {
            if let BatchMessage::Track(track) = &mut message {
                track.properties["hook"] = 1.into();
            }
            Some(message)
        })
    });
}

#[test]
fn despite_retries_and_splits() {
    let faults = [500, 429, 413, 400].map(Behavior::status);
    assert_once(FaultPlan::first_then_ok(faults), |builder| builder);
}

#[test]
fn with_a_spool() {
    for overflow in [Overflow::DropNewest, Overflow::SpillToDisk] {
        let directory = tempfile::tempdir().unwrap();
        let faults = [500, 413].map(Behavior::status);
        assert_once(FaultPlan::first_then_ok(faults), |builder| {
            builder
                .spool(Spool::new(directory.path()))
                .overflow(overflow)
        });
    }
}

#[test]
fn when_the_test_kit_is_used() {
    let test = copilot_track::testing::TestTracker::with(Tracker::builder()).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    test.conversation().track(Field {
        value: Counted {
            kind: Kind::Number,
            calls: Arc::clone(&calls),
        },
    });
    assert_eq!((test.events().len(), test.events().len()), (1, 1));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
