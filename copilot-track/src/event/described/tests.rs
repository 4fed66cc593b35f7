//! Tests of the schemas of types.

use std::any::type_name;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::marker::PhantomData;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::planned_event::PlannedEvent;
#[allow(
    unused_imports,
    reason = "the first trait has no impl without its feature"
)]
use super::probe::{OtherType as _, TracedType as _, TypeProbe};
use super::schema::property_type;
use crate::TrackEvent;

fn rule<E: PlannedEvent>() -> String {
    super::rule::rule(E::description(PhantomData))
}

fn required<T: ?Sized>() -> Value {
    let ty = property_type(type_name::<T>());
    assert!(!ty.is_optional, "{}", type_name::<T>());
    ty.schema
}

#[test]
fn names_of_std_types_have_schemas() {
    let (text, integer) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let list = |items: &Value| json!({ "type": "array", "items": items });
    let map = |values: &Value| json!({ "type": "object", "additionalProperties": values });
    assert_eq!(required::<bool>(), json!({ "type": "boolean" }));
    assert_eq!(required::<f32>(), json!({ "type": "number" }));
    assert_eq!(required::<u128>(), integer);
    assert_eq!(required::<NonZeroU8>(), integer);
    assert_eq!(required::<std::sync::atomic::AtomicU64>(), integer);
    for schema in [
        required::<char>(),
        required::<&str>(),
        required::<String>(),
        required::<Box<str>>(),
        required::<Arc<str>>(),
        required::<&&'static mut Cow<'static, str>>(),
        required::<PathBuf>(),
        required::<std::net::IpAddr>(),
        required::<Mutex<RefCell<String>>>(),
    ] {
        assert_eq!(schema, text);
    }
    assert_eq!(required::<Vec<u8>>(), list(&integer));
    assert_eq!(required::<[[u8; 2]; 3]>(), list(&list(&integer)));
    assert_eq!(required::<&[Box<str>]>(), list(&text));
    assert_eq!(required::<VecDeque<BTreeSet<char>>>(), list(&list(&text)));
    assert_eq!(required::<(u8, u8)>(), list(&integer));
    assert_eq!(required::<(u8, char)>(), json!({ "type": "array" }));
    assert_eq!(required::<HashMap<String, u8>>(), map(&integer));
    assert_eq!(required::<BTreeMap<u8, (u8,)>>(), map(&list(&integer)));
    assert_eq!(required::<Duration>(), json!({ "type": "number" }));
    assert_eq!(
        required::<SystemTime>(),
        json!({ "type": "string", "format": "date-time" })
    );
    assert_eq!(required::<Value>(), json!({}));
    assert_eq!(
        required::<serde_json::Map<String, Value>>(),
        json!({ "type": "object" })
    );
    assert_eq!(required::<uuid::Uuid>(), text);
    assert_eq!(
        required::<time::Date>(),
        json!({ "type": "string", "format": "date" })
    );
    assert_eq!(required::<time::Time>(), text);
    assert_eq!(required::<crate::MessageId>(), text);
}

#[test]
fn values_that_are_null_are_optional_or_nullable() {
    for name in [
        type_name::<Option<u8>>(),
        type_name::<Box<Option<Arc<Option<u8>>>>>(),
        type_name::<Box<Option<&u8>>>(),
    ] {
        let ty = property_type(name);
        assert!(ty.is_optional, "{name}");
        assert_eq!(ty.schema, json!({ "type": "integer" }), "{name}");
    }
    assert!(property_type(type_name::<()>()).is_optional);
    let nullable = json!({ "type": ["integer", "null"] });
    assert_eq!(
        required::<Vec<Option<u8>>>(),
        json!({ "type": "array", "items": nullable })
    );
    assert_eq!(
        required::<BTreeMap<u8, Option<u8>>>(),
        json!({ "type": "object", "additionalProperties": nullable })
    );
}

#[test]
fn names_of_other_libraries_have_schemas() {
    for (name, schema) in [
        (
            "chrono::datetime::DateTime<chrono::offset::utc::Utc>",
            json!({ "type": "string", "format": "date-time" }),
        ),
        (
            "chrono::naive::date::NaiveDate",
            json!({ "type": "string", "format": "date" }),
        ),
        (
            "jiff::civil::datetime::DateTime",
            json!({ "type": "string" }),
        ),
        (
            "jiff::zoned::Zoned",
            json!({ "type": "string", "format": "date-time" }),
        ),
        (
            "rust_decimal::decimal::Decimal",
            json!({ "type": "number" }),
        ),
        (
            "indexmap::map::IndexMap<alloc::string::String, u8>",
            json!({ "type": "object", "additionalProperties": { "type": "integer" } }),
        ),
        (
            "smallvec::SmallVec<[u8; 4]>",
            json!({ "type": "array", "items": { "type": "integer" } }),
        ),
        (
            "shop::String",
            json!({ "x-copilot-track-type": "shop::String" }),
        ),
        (
            "alloc::vec::Vec<shop::Vec<u8>>",
            json!({ "type": "array", "items": { "x-copilot-track-type": "shop::Vec<u8>" } }),
        ),
        (
            "dyn shop::Value",
            json!({ "x-copilot-track-type": "dyn shop::Value" }),
        ),
        ("", json!({ "x-copilot-track-type": "" })),
    ] {
        assert_eq!(property_type(name).schema, schema, "{name}");
    }
    let deep = format!(
        "{}u8{}",
        "alloc::vec::Vec<".repeat(10_000),
        ">".repeat(10_000)
    );
    property_type(&deep);
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
enum Currency {
    Euro,
    #[serde(alias = "DOLLAR")]
    UsDollar,
    #[serde(rename(serialize = "yen", deserialize = "¥"))]
    Yen,
}

#[derive(Serialize, Deserialize)]
enum Payment {
    Cash,
    #[allow(dead_code)]
    Card(String),
}

#[derive(Serialize, Deserialize)]
struct Sku(Box<str>);

#[derive(Serialize, Deserialize)]
struct Tree(Vec<Tree>);

#[derive(Serialize, Deserialize)]
struct Address {
    street: String,
    numbers: Vec<Option<u8>>,
    country: Currency,
    parent: Option<Box<Address>>,
    #[serde(rename = "geo-position")]
    position: (f64, f64),
}

#[derive(Serialize, Deserialize)]
struct Borrowed<'a> {
    #[serde(borrow)]
    text: &'a str,
}

#[derive(Serialize)]
#[allow(dead_code)]
struct Opaque(u8);

macro_rules! probed {
    ($ty:ty) => {{
        let probed = (&TypeProbe::<$ty>::NEW).probe();
        (probed.schema, probed.is_optional)
    }};
}

#[test]
fn implementations_of_deserialize_tell_the_schema() {
    let currency = json!({ "type": "string", "enum": ["EURO", "US-DOLLAR", "yen"] });
    assert_eq!(probed!(Currency), (Some(currency.clone()), false));
    assert_eq!(probed!(Option<Currency>), (Some(currency.clone()), true));
    let list = json!({ "type": "array", "items": currency });
    assert_eq!(probed!(Vec<Currency>), (Some(list.clone()), false));
    assert_eq!(
        probed!(std::collections::HashSet<Currency>),
        (Some(list), false)
    );
    assert_eq!(probed!(Payment), (None, false));
    assert_eq!(probed!(Sku), (Some(json!({ "type": "string" })), false));
    // The type has no end, but each value is a list.
    assert_eq!(probed!(Tree), (Some(json!({ "type": "array" })), false));
    assert_eq!(
        probed!(Address),
        (
            Some(json!({ "type": "object", "properties": {
                "street": { "type": "string" },
                "numbers": { "type": "array", "items": { "type": ["integer", "null"] } },
                "country": { "type": "string" },
                "parent": { "type": ["object", "null"] },
                "geo-position": {},
            } })),
            false
        )
    );
    assert_eq!(
        probed!(Borrowed<'static>).0.unwrap()["properties"],
        json!({ "text": { "type": "string" } })
    );
    assert_eq!(probed!(Opaque), (None, false));
}

/// An item of a list, with every kind of value.
#[derive(Serialize, Deserialize)]
struct Line {
    sku: Sku,
    count: u32,
    note: Option<String>,
    payment: Option<Payment>,
    parts: Vec<Part>,
    by_color: HashMap<String, Option<Part>>,
    by_number: BTreeMap<u8, Part>,
    took: Duration,
    at: Option<SystemTime>,
    any: Value,
}

#[derive(Serialize, Deserialize)]
struct Part {
    weights: [f64; 2],
    lines: Vec<Line>,
}

#[test]
fn structs_inside_lists_and_maps_are_described() {
    let part = json!({ "type": "object", "properties": {
        "weights": { "type": "array", "items": { "type": "number" } },
        // The type contains itself.
        "lines": { "type": "array", "items": { "type": "object" } },
    } });
    let mut optional_part = part.clone();
    optional_part["type"] = json!(["object", "null"]);
    let line = json!({ "type": "object", "properties": {
        "sku": { "type": "string" },
        "count": { "type": "integer" },
        "note": { "type": ["string", "null"] },
        "payment": {},
        "parts": { "type": "array", "items": part },
        "by_color": { "type": "object", "additionalProperties": optional_part },
        "by_number": { "type": "object" },
        "took": { "type": "number" },
        "at": { "type": ["string", "null"], "format": "date-time" },
        "any": {},
    } });
    let list = json!({ "type": "array", "items": line });
    let map = json!({ "type": "object", "additionalProperties": line });
    assert_eq!(probed!(Vec<Line>), (Some(list.clone()), false));
    assert_eq!(probed!(Option<Vec<Line>>), (Some(list.clone()), true));
    assert_eq!(probed!([Line; 3]), (Some(list.clone()), false));
    assert_eq!(probed!(VecDeque<Box<Line>>), (Some(list), false));
    assert_eq!(probed!(HashMap<String, Line>), (Some(map), false));
    assert_eq!(
        probed!(Vec<Option<Currency>>).0.unwrap()["items"],
        json!({ "type": ["string", "null"], "enum": ["EURO", "US-DOLLAR", "yen", null] })
    );
    assert_eq!(
        probed!(BTreeMap<String, Vec<Currency>>).0.unwrap()["additionalProperties"]["items"],
        json!({ "type": "string", "enum": ["EURO", "US-DOLLAR", "yen"] })
    );
    assert_eq!(probed!((u8, Line)), (None, false));
}

#[derive(TrackEvent)]
#[track(crate = crate, name = "Order Placed")]
struct OrderPlaced {
    lines: Option<Vec<Line>>,
    by_shop: HashMap<String, [Part; 2]>,
    /// The number of the order, and one line.
    tuple: (u32, Line),
}

#[test]
fn properties_that_are_lists_of_structs_are_described() {
    let rule: Value = serde_json::from_str(&rule::<OrderPlaced>()).unwrap();
    let object = &rule["jsonSchema"]["properties"]["properties"];
    let properties = &object["properties"];
    let line = &properties["lines"]["items"];
    assert_eq!(line["properties"]["count"], json!({ "type": "integer" }));
    assert_eq!(
        line["properties"]["parts"]["items"]["properties"]["weights"]["type"],
        "array"
    );
    let part = &properties["byShop"]["additionalProperties"]["items"];
    assert_eq!(part["properties"]["weights"]["type"], "array");
    assert_eq!(
        properties["tuple"],
        json!({ "type": "array", "description": "The number of the order, and one line." })
    );
    assert_eq!(object["required"], json!(["byShop", "tuple"]));
    assert!(!rule.to_string().contains("x-copilot-track-type"), "{rule}");
}

/// An item was sold.
#[derive(TrackEvent)]
#[track(crate = crate, name = "Item Sold")]
struct Sold<'a, T> {
    /// The number of the item.
    item_id: &'a str,
    amount: T,
    currency: Currency,
    sku: Option<Sku>,
    opaque: Opaque,
    #[track(rename = "Note", content)]
    note: Arc<str>,
    #[track(flatten)]
    rest: BTreeMap<String, u8>,
    #[track(with = "crate::event::described::tests::nothing")]
    any: Box<str>,
    #[track(skip)]
    #[allow(dead_code)]
    hidden: u8,
}

mod nothing {
    pub(super) fn serialize<S: serde::Serializer>(
        _: &str,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

#[test]
fn a_rule_has_the_shape_of_the_public_api() {
    let rule: Value = serde_json::from_str(&rule::<Sold<'static, f64>>()).unwrap();
    assert_eq!(rule["key"], "Item Sold");
    assert_eq!(rule["type"], "TRACK");
    assert_eq!(rule["version"], 1);
    assert_eq!(rule["jsonSchema"]["description"], "An item was sold.");
    let properties = &rule["jsonSchema"]["properties"]["properties"];
    assert_eq!(
        *properties,
        json!({
            "type": "object",
            "additionalProperties": true,
            "properties": {
                "itemId": { "type": "string", "description": "The number of the item." },
                "amount": { "type": "number" },
                "currency": { "type": "string", "enum": ["EURO", "US-DOLLAR", "yen"] },
                "sku": { "type": "string" },
                "opaque": { "x-copilot-track-type": "copilot_track::event::described::tests::Opaque" },
                "Note": { "type": "string" },
                "any": {},
            },
            "required": ["Note", "amount", "any", "currency", "itemId", "opaque"],
        })
    );
}

#[derive(TrackEvent)]
#[track(crate = crate, name = "Moved")]
struct Moved {
    #[track(flatten)]
    address: Address,
    street: u8,
}

#[test]
fn the_fields_of_a_flattened_struct_are_properties() {
    let rule: Value = serde_json::from_str(&rule::<Moved>()).unwrap();
    assert_eq!(rule["key"], "Moved");
    let properties = &rule["jsonSchema"]["properties"]["properties"];
    assert_eq!(
        properties["properties"]["parent"],
        json!({ "type": "object" })
    );
    assert_eq!(
        properties["properties"]["street"],
        json!({ "type": "string" })
    );
    assert_eq!(properties["additionalProperties"], Value::Null);
}

#[derive(TrackEvent)]
#[track(crate = crate, name = "Moved In")]
struct MovedIn {
    #[track(flatten)]
    rest: BTreeMap<String, u8>,
    #[track(flatten)]
    address: Address,
}

#[test]
fn a_flattened_struct_leaves_an_open_event_open() {
    let rule: Value = serde_json::from_str(&rule::<MovedIn>()).unwrap();
    let properties = &rule["jsonSchema"]["properties"]["properties"];
    assert_eq!(properties["additionalProperties"], true);
    assert_eq!(
        properties["properties"]["street"],
        json!({ "type": "string" })
    );
}

#[cfg(feature = "schemars")]
mod with_schemars {
    use schemars::JsonSchema;

    use super::*;

    /// The state of an order.
    #[derive(Serialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code)]
    enum State {
        InCart,
        Paid,
    }

    #[derive(Serialize, JsonSchema)]
    struct Line {
        sku: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        took: Duration,
        at: Option<SystemTime>,
        state: State,
    }

    #[derive(Serialize, JsonSchema)]
    struct Category {
        name: String,
        parents: Vec<Category>,
    }

    #[derive(TrackEvent)]
    #[track(crate = crate, name = "Order Placed")]
    struct Placed {
        /// The lines of the order.
        lines: Vec<Line>,
        state: Option<State>,
        states: BTreeMap<String, State>,
        category: Option<Category>,
        currency: Currency,
        #[track(flatten)]
        first: Line,
    }

    #[test]
    fn nested_types_have_the_schemas_of_schemars() {
        let rule: Value = serde_json::from_str(&rule::<Placed>()).unwrap();
        let object = &rule["jsonSchema"]["properties"]["properties"];
        let properties = &object["properties"];
        let state = json!({
            "type": "string", "enum": ["in_cart", "paid"], "description": "The state of an order.",
        });
        assert_eq!(properties["state"], state);
        assert_eq!(properties["states"]["additionalProperties"], state);
        let lines = &properties["lines"];
        assert_eq!(lines["description"], "The lines of the order.");
        assert_eq!(
            lines["items"]["properties"]["took"],
            json!({ "type": "number" })
        );
        assert_eq!(
            lines["items"]["required"],
            json!(["sku", "took", "at", "state"])
        );
        assert_eq!(properties["took"], json!({ "type": "number" }));
        let date = json!({ "type": "string", "format": "date-time" });
        assert_eq!(properties["at"], date);
        assert_eq!(properties["count"]["type"], "integer");
        // Types without a schema keep what their implementation of `Deserialize` tells.
        assert_eq!(properties["currency"]["enum"][0], "EURO");
        let text = rule["jsonSchema"].to_string();
        assert!(text.contains("#/definitions/Category"), "{text}");
        assert!(
            rule["jsonSchema"]["definitions"]["Category"].is_object(),
            "{text}"
        );
        assert_eq!(
            object["required"],
            json!(["currency", "lines", "sku", "states", "took"])
        );
    }
}
