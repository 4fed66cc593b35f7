//! Tests of the rules of events.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::TrackEvent;
use crate::event::described::planned_event::PlannedEvent;
use crate::event::described::rule;
use crate::event::described::tests::example_types::{Address, Currency, Line, Opaque, Part, Sku};

pub(super) fn rule<E: PlannedEvent>() -> String {
    rule::rule(E::description(PhantomData))
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
    #[track(with = "crate::event::described::tests::rules::nothing")]
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
                "opaque": { "x-copilot-track-type": "copilot_track::event::described::tests::example_types::Opaque" },
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
