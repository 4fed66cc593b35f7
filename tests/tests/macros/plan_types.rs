//! The types of properties in a tracking plan, compared with the values that are sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use copilot_track::TrackEvent;
use copilot_track::args::PlannedEvent;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::derive::{rule, sent};

type Elapsed = Duration;
type Words = Vec<String>;

fn properties_of<E: PlannedEvent>() -> Value {
    rule::<E>()["jsonSchema"]["properties"]["properties"].clone()
}

/// Checks the types and the required properties of an event that is sent.
fn check<E: PlannedEvent + TrackEvent + Send + 'static>(event: E) {
    let schema = properties_of::<E>();
    let event = sent(event);
    let value: Value = event
        .properties()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    check_value("properties", &schema, &value);
    for name in value.as_object().unwrap().keys() {
        // The ids belong to the conversation, not to the event.
        if ["conversationId", "messageId"].contains(&name.as_str()) {
            continue;
        }
        let is_open = schema["additionalProperties"] == json!(true);
        assert!(
            is_open || schema["properties"].get(name).is_some(),
            "{name}"
        );
    }
}

fn check_value(path: &str, schema: &Value, value: &Value) {
    let ty = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_allowed = |allowed: &Value| allowed == ty || (allowed == "number" && ty == "integer");
    match &schema["type"] {
        Value::Null => {}
        Value::Array(types) => assert!(types.iter().any(is_allowed), "{path}: {schema} {value}"),
        allowed => assert!(is_allowed(allowed), "{path}: {schema} {value}"),
    }
    if let Value::Array(values) = &schema["enum"] {
        assert!(values.contains(value), "{path}: {schema} {value}");
    }
    for element in value.as_array().into_iter().flatten() {
        check_value(path, &schema["items"], element);
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match &schema["properties"][name] {
            Value::Null => check_value(&path, &schema["additionalProperties"], value),
            schema => check_value(&path, schema, value),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{path}.{name}");
    }
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Channel {
    WebChat,
    Phone,
}

#[derive(Serialize, Deserialize)]
struct Sku(String);

#[derive(Serialize, Deserialize)]
struct Source {
    campaign: String,
    visits: Option<u32>,
}

#[derive(Serialize)]
struct Opaque(u8);

/// Every kind of type.
#[derive(TrackEvent)]
struct Mixed<'a, T> {
    text: &'a str,
    owned: Cow<'static, str>,
    shared: Arc<str>,
    letter: char,
    flag: bool,
    small: i8,
    large: u128,
    not_zero: NonZeroU8,
    ratio: f32,
    path: PathBuf,
    words: Words,
    numbers: [u64; 2],
    pair: (u8, String),
    letters: BTreeSet<char>,
    queue: VecDeque<Option<bool>>,
    by_name: BTreeMap<String, Vec<f64>>,
    nested: HashMap<String, HashMap<u8, Sku>>,
    absent: Option<u8>,
    present: Box<Option<Arc<u8>>>,
    elapsed: Elapsed,
    at: SystemTime,
    any: Value,
    channel: Channel,
    channels: Vec<Channel>,
    maybe_channel: Option<Channel>,
    sku: Sku,
    opaque: Opaque,
    generic: T,
    more: Vec<T>,
    unit: (),
    #[track(flatten)]
    source: Source,
    #[track(flatten)]
    rest: BTreeMap<&'static str, u8>,
}

#[test]
fn the_values_of_every_type_match_the_plan() {
    let event = Mixed::<'static, f64> {
        text: "text",
        owned: "owned".into(),
        shared: "shared".into(),
        letter: 'x',
        flag: true,
        small: -1,
        large: 1,
        not_zero: NonZeroU8::MIN,
        ratio: 0.5,
        path: "a/b".into(),
        words: vec!["word".to_owned()],
        numbers: [1, 2],
        pair: (1, "one".to_owned()),
        letters: BTreeSet::from(['a']),
        queue: VecDeque::from([None, Some(true)]),
        by_name: BTreeMap::from([("a".to_owned(), vec![1.5])]),
        nested: HashMap::from([("a".to_owned(), HashMap::from([(1, Sku("w".to_owned()))]))]),
        absent: None,
        present: Box::new(Some(Arc::new(1))),
        elapsed: Duration::from_secs(1),
        at: SystemTime::UNIX_EPOCH,
        any: json!([1, "a"]),
        channel: Channel::WebChat,
        channels: vec![Channel::Phone, Channel::WebChat],
        maybe_channel: Some(Channel::Phone),
        sku: Sku("widget".to_owned()),
        opaque: Opaque(1),
        generic: 1.5,
        more: vec![2.5],
        unit: (),
        source: Source {
            campaign: "spring".to_owned(),
            visits: None,
        },
        rest: BTreeMap::from([("extra", 1)]),
    };
    check(event);
    let schema = properties_of::<Mixed<'static, f64>>();
    let property = |name: &str| &schema["properties"][name];
    let channels = json!({ "type": "string", "enum": ["web-chat", "phone"] });
    assert_eq!(*property("channel"), channels);
    assert_eq!(*property("maybeChannel"), channels);
    assert_eq!(
        *property("channels"),
        json!({ "type": "array", "items": channels })
    );
    assert_eq!(*property("sku"), json!({ "type": "string" }));
    assert_eq!(*property("generic"), json!({ "type": "number" }));
    assert_eq!(
        *property("more"),
        json!({ "type": "array", "items": { "type": "number" } })
    );
    assert_eq!(
        *property("words"),
        json!({ "type": "array", "items": { "type": "string" } })
    );
    assert_eq!(*property("campaign"), json!({ "type": "string" }));
    assert_eq!(
        *property("opaque"),
        json!({ "x-copilot-track-type": "macros::plan_types::Opaque" })
    );
    let required: Vec<_> = schema["required"].as_array().unwrap().iter().collect();
    for optional in ["absent", "present", "maybeChannel", "unit", "campaign"] {
        assert!(!required.contains(&&json!(optional)), "{optional}");
    }
    for name in ["text", "channel", "opaque", "generic", "any"] {
        assert!(required.contains(&&json!(name)), "{name}");
    }
}

/// An enum inside arrays, slices, lists, and maps.
#[derive(TrackEvent)]
struct Channels {
    pair: [Channel; 2],
    listed: Option<Vec<Channel>>,
    boxed: Box<[Channel]>,
    borrowed: Cow<'static, [Channel]>,
    by_name: HashMap<String, Channel>,
    tuple: (Channel, u8),
}

#[test]
fn enums_inside_other_types_are_described() {
    check(Channels {
        pair: [Channel::Phone, Channel::WebChat],
        listed: Some(vec![Channel::Phone]),
        boxed: Box::new([Channel::WebChat]),
        borrowed: Cow::Borrowed(&[Channel::Phone]),
        by_name: HashMap::from([("a".to_owned(), Channel::WebChat)]),
        tuple: (Channel::Phone, 1),
    });
    let schema = properties_of::<Channels>();
    let channel = json!({ "type": "string", "enum": ["web-chat", "phone"] });
    let list = json!({ "type": "array", "items": channel });
    for name in ["pair", "listed", "boxed", "borrowed"] {
        assert_eq!(schema["properties"][name], list, "{name}");
    }
    assert_eq!(
        schema["properties"]["byName"],
        json!({ "type": "object", "additionalProperties": channel })
    );
    assert_eq!(schema["properties"]["tuple"], json!({ "type": "array" }));
    assert_eq!(
        schema["required"],
        json!(["borrowed", "boxed", "byName", "pair", "tuple"])
    );
}

#[derive(TrackEvent)]
struct Dates {
    offset: time::OffsetDateTime,
    local: time::PrimitiveDateTime,
    day: time::Date,
    waited: time::Duration,
    chrono: chrono::DateTime<chrono::Utc>,
    chrono_day: chrono::NaiveDate,
    chrono_local: chrono::NaiveDateTime,
    chrono_waited: chrono::TimeDelta,
    jiff: jiff::Timestamp,
    zoned: Option<jiff::Zoned>,
    jiff_day: jiff::civil::Date,
    span: jiff::Span,
    jiff_waited: jiff::SignedDuration,
    price: Decimal,
    prices: Vec<Option<Decimal>>,
    id: uuid::Uuid,
    #[track(with = "time::serde::rfc3339")]
    formatted: time::OffsetDateTime,
    #[track(with = "time::serde::timestamp::option")]
    seconds: Option<time::OffsetDateTime>,
    #[track(with = "chrono::serde::ts_milliseconds")]
    milliseconds: chrono::DateTime<chrono::Utc>,
}

#[test]
fn dates_durations_and_decimals_match_the_plan() {
    let offset = time::OffsetDateTime::UNIX_EPOCH;
    let jiff = jiff::Timestamp::UNIX_EPOCH;
    let zoned = jiff.to_zoned(jiff::tz::TimeZone::UTC);
    let chrono = chrono::DateTime::UNIX_EPOCH;
    check(Dates {
        offset,
        local: time::PrimitiveDateTime::new(offset.date(), offset.time()),
        day: offset.date(),
        waited: time::Duration::SECOND,
        chrono,
        chrono_day: chrono.date_naive(),
        chrono_local: chrono.naive_utc(),
        chrono_waited: chrono::TimeDelta::seconds(1),
        jiff,
        jiff_day: zoned.date(),
        zoned: Some(zoned),
        span: jiff::Span::new().hours(1),
        jiff_waited: jiff::SignedDuration::from_secs(1),
        price: Decimal::new(1999, 2),
        prices: vec![None, Some(Decimal::ONE)],
        id: uuid::Uuid::nil(),
        formatted: offset,
        seconds: Some(offset),
        milliseconds: chrono,
    });
    let schema = properties_of::<Dates>();
    let types: Vec<_> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| match &schema["format"] {
            Value::String(format) => format!("{name}: {format}"),
            _ => format!("{name}: {}", schema["type"]),
        })
        .collect();
    assert_eq!(
        types,
        [
            "chrono: date-time",
            "chronoDay: date",
            "chronoLocal: \"string\"",
            "chronoWaited: \"number\"",
            "day: date",
            "formatted: date-time",
            "id: \"string\"",
            "jiff: date-time",
            "jiffDay: date",
            "jiffWaited: \"number\"",
            "local: \"string\"",
            "milliseconds: \"integer\"",
            "offset: date-time",
            "price: \"number\"",
            "prices: \"array\"",
            "seconds: \"integer\"",
            "span: \"string\"",
            "waited: \"number\"",
            "zoned: date-time",
        ]
    );
}

mod other_names {
    pub(super) type String = u8;
    pub(super) struct Option<T>(T);

    impl<T: serde::Serialize> serde::Serialize for Option<T> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl Option<bool> {
        pub(super) fn new() -> Self {
            Self(true)
        }
    }
}

#[derive(TrackEvent, Serialize)]
struct Misleading {
    text: other_names::String,
    maybe: other_names::Option<bool>,
    #[serde(skip_serializing_if = "is_zero")]
    count: u8,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

#[test]
fn the_compiler_determines_types() {
    let schema = properties_of::<Misleading>();
    assert_eq!(schema["properties"]["text"], json!({ "type": "integer" }));
    assert!(schema["properties"]["maybe"]["x-copilot-track-type"].is_string());
    assert_eq!(schema["required"], json!(["maybe", "text"]));
    check(Misleading {
        text: 1,
        maybe: other_names::Option::new(),
        count: 0,
    });
}
