//! Tests of comparing plans.

use serde_json::{Value, json};

use super::{columns::column_name, *};
use crate::model::Plan;

fn event(name: &str, properties: &Value, required: &[&str]) -> Value {
    json!({
        "key": name, "type": "TRACK", "version": 1,
        "jsonSchema": { "properties": { "properties": { "properties": properties, "required": required } } },
    })
}

fn compare(old: Value, new: Value) -> Vec<(Effect, String)> {
    let (old, new) = (Plan::from_json(old).unwrap(), Plan::from_json(new).unwrap());
    let changes = diff(&old, &new);
    changes
        .iter()
        .map(|change| (change.effect, change.to_string()))
        .collect()
}

/// Compares one event with one property `x`.
fn property(old: &Value, new: &Value) -> (Effect, String) {
    let plan = |schema: &Value| json!([event("A", &json!({ "x": schema }), &[])]);
    let mut changes = compare(plan(old), plan(new));
    assert_eq!(changes.len(), 1, "{changes:?}");
    let (effect, message) = changes.remove(0);
    (effect, message.replace("`A`: property `x` ", ""))
}

#[test]
fn equal_plans_have_no_changes() {
    let plan = json!([event("A", &json!({ "x": { "type": "string" } }), &["x"])]);
    assert_eq!(compare(plan.clone(), plan), []);
}

#[test]
fn a_changed_column_type_is_breaking() {
    let types = |a: Value, b: Value| property(&json!({ "type": a }), &json!({ "type": b }));
    let (effect, message) = types(json!("integer"), json!("string"));
    assert_eq!(effect, Effect::Breaking);
    assert_eq!(
        message,
        "changed from integer to string (the warehouse has an integer column, not a text column)"
    );
    assert_eq!(types(json!("integer"), json!("number")).0, Effect::Breaking);
    assert_eq!(
        types(json!("number"), json!("integer")).0,
        Effect::Compatible
    );
    assert_eq!(
        types(json!("string"), json!(["string", "null"])).0,
        Effect::Compatible
    );
    assert_eq!(types(json!("boolean"), json!("object")).0, Effect::Breaking);
    let date = json!({ "type": "string", "format": "date-time" });
    assert_eq!(
        property(&json!({ "type": "string" }), &date).0,
        Effect::Breaking
    );
    let list = |item: &str| json!({ "type": "array", "items": { "type": item } });
    let (effect, message) = property(&list("string"), &list("integer"));
    assert_eq!(effect, Effect::Compatible);
    assert!(
        message.contains("property `x[]` changed from string to integer"),
        "{message}"
    );
}

#[test]
fn values_and_conditions_are_compared() {
    let values = |a: Value, b: Value| property(&json!({ "enum": a }), &json!({ "enum": b }));
    assert_eq!(
        values(json!(["a"]), json!(["a", "b"])).0,
        Effect::Compatible
    );
    let (effect, message) = values(json!(["a", "b"]), json!(["b"]));
    assert_eq!(effect, Effect::Breaking);
    assert!(message.starts_with("no longer allows `\"a\"`"), "{message}");
    let (effect, message) = property(&json!({ "minimum": 1 }), &json!({ "minimum": 2 }));
    assert_eq!(
        (effect, message.as_str()),
        (Effect::Compatible, "`A`: `minimum` of property `x` changed")
    );
    let (effect, _) = property(
        &json!({ "description": "a" }),
        &json!({ "description": "b" }),
    );
    assert_eq!(effect, Effect::Documentation);
}

#[test]
fn added_removed_and_renamed_properties_are_told_apart() {
    let old = json!([event(
        "A",
        &json!({ "itemId": {}, "name": { "description": "The name" }, "gone": {}, "now": {} }),
        &[]
    )]);
    let new = json!([event(
        "A",
        &json!({ "item_id": {}, "title": { "description": "The name" }, "extra": { "type": "string" }, "must": {}, "now": {} }),
        &["must", "now"],
    )]);
    let mut found = compare(old, new);
    found.sort();
    let expected = [
        (
            Effect::Breaking,
            "`A`: property `gone` was removed (the column `gone` gets no more values)",
        ),
        (
            Effect::Breaking,
            "`A`: property `name` was renamed to `title` (new values go to the column `title` instead of `name`)",
        ),
        (
            Effect::Breaking,
            "`A`: property `now` is now required (events of programs that leave it out become violations)",
        ),
        (
            Effect::Breaking,
            "`A`: required property `must` (any) was added (events of programs that do not send it yet become violations)",
        ),
        (
            Effect::Compatible,
            "`A`: optional property `extra` (string) was added",
        ),
        (
            Effect::Compatible,
            "`A`: property `itemId` was renamed to `item_id` (both names belong to the column `item_id`)",
        ),
    ];
    let expected = expected.map(|(effect, message)| (effect, message.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn events_are_compared() {
    let old = json!([
        event("Order Done", &json!({ "a": {}, "b": {} }), &[]),
        event("Old", &json!({}), &[])
    ]);
    let new = json!([
        event("Order Completed", &json!({ "a": {}, "b": {} }), &[]),
        event("New", &json!({ "z": {} }), &[])
    ]);
    let found = compare(old, new);
    let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "`New`: the event was added",
            "`Old`: the event was removed (the table `old` gets no more rows)",
            "`Order Completed`: was renamed; the old name is `Order Done` (new events go to the table `order_completed` instead of `order_done`)",
        ]
    );
}

#[test]
fn names_of_columns_are_in_snake_case() {
    for (name, column) in [
        ("itemId", "item_id"),
        ("Item Purchased", "item_purchased"),
        ("item_id", "item_id"),
        ("item-id ", "item_id"),
        ("", ""),
    ] {
        assert_eq!(column_name(name), column);
    }
}
