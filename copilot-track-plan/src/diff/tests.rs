//! Tests of comparing plans.

use serde_json::{Value, json};

use super::columns::column_name;
use super::*;
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

/// Returns a plan with one event that has the property `x`.
fn one(schema: &Value, required: &[&str]) -> Value {
    json!([event("A", &json!({ "x": schema }), required)])
}

fn typed(json_type: &str) -> Value {
    json!({ "type": json_type })
}

/// Compares two plans that have one difference.
fn assert_change(old: Value, new: Value, effect: Effect, message: &str) {
    let changes = compare(old, new);
    let [(found, text)] = changes.as_slice() else {
        panic!("{message}: {changes:?}")
    };
    assert_eq!(*found, effect, "{text}");
    assert!(text.contains(message), "{message}\n{text}");
}

#[test]
fn each_change_of_a_type_has_its_verdict() {
    let list = |items: &str| json!({ "type": "array", "items": typed(items) });
    let (breaking, compatible) = (Effect::Breaking, Effect::Compatible);
    for (old, new, effect, message) in [
        ("integer", "number", breaking, "from integer to number"),
        ("number", "string", breaking, "from number to string"),
        ("integer", "string", breaking, "from integer to string"),
        ("string", "boolean", breaking, "from string to boolean"),
        // A list is stored as text.
        ("array", "string", compatible, "from array to string"),
        ("number", "integer", compatible, "from number to integer"),
    ] {
        let (old, new) = (one(&typed(old), &[]), one(&typed(new), &[]));
        assert_change(old, new, effect, message);
    }
    assert_change(
        one(&typed("integer"), &[]),
        one(&json!({ "type": ["integer", "null"] }), &[]),
        compatible,
        "from integer to integer or null",
    );
    assert_change(
        one(&list("string"), &[]),
        one(&list("integer"), &[]),
        compatible,
        "from string to integer",
    );
}

#[test]
fn each_change_of_presence_has_its_verdict() {
    let none = || json!([event("A", &json!({}), &[])]);
    let some = |required: &[&str]| one(&typed("string"), required);
    let (breaking, compatible) = (Effect::Breaking, Effect::Compatible);
    for (old, new, effect, message) in [
        (some(&[]), some(&["x"]), breaking, "is now required"),
        (some(&["x"]), some(&[]), compatible, "is now optional"),
        (
            none(),
            some(&[]),
            compatible,
            "optional property `x` (string) was added",
        ),
        (
            none(),
            some(&["x"]),
            breaking,
            "required property `x` (string) was added",
        ),
        (some(&[]), none(), breaking, "property `x` was removed"),
        (some(&["x"]), none(), breaking, "property `x` was removed"),
    ] {
        assert_change(old, new, effect, message);
    }
}

#[test]
fn each_change_of_values_has_its_verdict() {
    let colors = |values: &[&str]| one(&json!({ "type": "string", "enum": values }), &[]);
    let any = || one(&typed("string"), &[]);
    let (breaking, compatible) = (Effect::Breaking, Effect::Compatible);
    for (old, new, effect, message) in [
        (
            colors(&["red", "blue"]),
            colors(&["red"]),
            breaking,
            "no longer allows `\"blue\"`",
        ),
        (
            colors(&["red"]),
            colors(&["blue"]),
            breaking,
            "no longer allows `\"red\"`",
        ),
        (
            colors(&["red"]),
            colors(&["red", "blue"]),
            compatible,
            "now also allows `\"blue\"`",
        ),
        (
            any(),
            colors(&["red"]),
            breaking,
            "is now limited to `\"red\"`",
        ),
        (
            colors(&["red"]),
            any(),
            compatible,
            "now allows every value",
        ),
        (
            any(),
            one(&json!({ "type": "string", "description": "New" }), &[]),
            Effect::Documentation,
            "the description of property `x` changed",
        ),
    ] {
        assert_change(old, new, effect, message);
    }
}

#[test]
fn each_change_of_an_event_has_its_verdict() {
    let event = |name: &str| event(name, &json!({ "a": {}, "b": {} }), &["a"]);
    for (old, new, effect, message) in [
        (
            json!([event("A")]),
            json!([]),
            Effect::Breaking,
            "the event was removed",
        ),
        (
            json!([]),
            json!([event("A")]),
            Effect::Compatible,
            "the event was added",
        ),
        (
            json!([event("Item Bought")]),
            json!([event("Item Purchased")]),
            Effect::Breaking,
            "the old name is `Item Bought` (new events go to the table `item_purchased`",
        ),
        (
            json!([event("Item Bought")]),
            json!([event("itemBought")]),
            Effect::Compatible,
            "both names belong to the table `item_bought`",
        ),
        (
            json!([event("A"), { "key": "A", "type": "TRACK", "version": 2, "jsonSchema": {} }]),
            json!([event("A")]),
            Effect::Breaking,
            "version 2 was removed",
        ),
        (
            json!([{ "key": "", "type": "IDENTIFY", "jsonSchema": {} }]),
            json!([]),
            Effect::Breaking,
            "the rule was removed",
        ),
    ] {
        assert_change(old, new, effect, message);
    }
}
