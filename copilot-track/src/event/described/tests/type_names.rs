//! Tests of the schemas of types whose names are known.

use std::any::type_name;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::event::described::schema::property_type;

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
