//! Tests of the schemas of types that implement `Deserialize`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::json;

#[allow(
    unused_imports,
    reason = "the first trait has no impl without its feature"
)]
use crate::event::described::probe::{OtherType as _, TracedType as _, TypeProbe};
use crate::event::described::tests::example_types::{
    Address, Borrowed, Currency, Line, Opaque, Payment, Sku, Tree,
};

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
                "geo-position": { "type": "array" },
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
    let tuple = json!({ "type": "array" });
    assert_eq!(probed!((u8, Line)), (Some(tuple), false));
}

#[test]
fn enums_inside_arrays_slices_and_pointers_are_described() {
    let currency = json!({ "type": "string", "enum": ["EURO", "US-DOLLAR", "yen"] });
    let list = json!({ "type": "array", "items": currency });
    let lists = json!({ "type": "array", "items": list });
    let map = json!({ "type": "object", "additionalProperties": list });
    assert_eq!(probed!([Currency; 2]), (Some(list.clone()), false));
    assert_eq!(probed!([Currency; 32]), (Some(list.clone()), false));
    assert_eq!(probed!(Option<[Currency; 3]>), (Some(list.clone()), true));
    assert_eq!(probed!(Box<[Currency]>), (Some(list.clone()), false));
    assert_eq!(
        probed!(Cow<'static, [Currency]>),
        (Some(list.clone()), false)
    );
    assert_eq!(probed!(Arc<[Currency]>), (Some(list), false));
    assert_eq!(probed!(Vec<[Currency; 2]>), (Some(lists.clone()), false));
    assert_eq!(probed!([[Currency; 3]; 2]), (Some(lists), false));
    assert_eq!(probed!(HashMap<String, [Currency; 2]>), (Some(map), false));
    // Each of the elements would have to be created.
    assert_eq!(
        probed!([[Currency; 32]; 32]),
        (Some(json!({ "type": "array" })), false)
    );
}
