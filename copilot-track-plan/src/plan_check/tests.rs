//! Tests of the comparison with a file.

use serde_json::json;

use super::*;
use crate::model::Location;
use crate::sources::{EventUse, UseKind};

fn rule(properties: &serde_json::Value, required: &[&str]) -> String {
    json!({
        "key": "Item Purchased", "type": "TRACK", "version": 1,
        "jsonSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": { "properties": { "type": "object", "properties": properties, "required": required } },
        },
    })
    .to_string()
}

fn sources(item: &str, event: &str) -> Sources {
    let mut used = EventUse::new(UseKind::Derive, item, Location::new("src/events.rs", 7));
    used.event = Some(event.to_owned());
    used.add("price", json!({}), Location::new("src/events.rs", 9));
    Sources {
        uses: vec![used],
        problems: Vec::new(),
    }
}

#[test]
fn the_file_is_written_and_differences_are_reported_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new("tracking-plan.json");
    let old = rule(
        &json!({ "id": { "type": "string" }, "price": { "type": "integer" }, "note": { "type": "string" } }),
        &["id", "price"],
    );
    let check = Plan::from_rules(folder.path(), [old]);
    let message = check.compare(file, false).unwrap_err();
    assert!(message.contains("does not exist"), "{message}");
    assert!(message.contains("UPDATE_PLAN=1"), "{message}");
    check.compare(file, true).unwrap();
    check.compare(file, false).unwrap();

    let new = rule(
        &json!({ "id": { "type": "string" }, "price": { "type": "string" }, "size": { "type": "string" } }),
        &["price"],
    );
    let check = Plan::from_rules(folder.path(), [&new])
        .with_sources(sources("ItemPurchased", "Item Purchased"));
    let message = check.compare(file, false).unwrap_err();
    for part in [
        "- `Item Purchased`: property `price` changed from integer to string (src/events.rs:9)",
        "- `Item Purchased`: property `id` is now optional (src/events.rs:7)",
        "- `Item Purchased`: property `note` was removed (src/events.rs:7)",
        "- `Item Purchased`: optional property `size` (string) was added (src/events.rs:7)",
        "- `Message Sent`: the event was added",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
    check.compare(file, true).unwrap();
    check.compare(file, false).unwrap();
}

#[test]
fn a_derive_that_is_not_listed_is_reported_even_when_the_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let check = Plan::from_rules(folder.path(), Vec::<String>::new())
        .with_sources(sources("QuoteCreated", "Quote Created"));
    let message = check.compare(Path::new("plan.json"), true).unwrap_err();
    assert!(
        message.contains("`QuoteCreated` derives `TrackEvent`"),
        "{message}"
    );
    assert!(message.contains("src/events.rs:7"), "{message}");
    assert!(!folder.path().join("plan.json").exists());
}

#[test]
fn a_rule_that_is_not_valid_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let check = Plan::from_rules(folder.path(), ["{", "{\"type\":\"TRACK\"}"]);
    let message = check.compare(Path::new("plan.json"), true).unwrap_err();
    assert!(message.contains("rules[1]"), "{message}");
}

#[test]
fn two_types_with_the_same_event_are_combined() {
    let all = rule(
        &json!({ "id": { "type": "string" }, "size": { "type": "string" } }),
        &["id", "size"],
    );
    let some = rule(&json!({ "id": { "type": "string" } }), &["id"]);
    let plan = Plan::from_rules("", [all, some]).plan();
    let rule = plan.event("Item Purchased").unwrap();
    assert!(rule.field("id").unwrap().is_required);
    assert!(!rule.field("size").unwrap().is_required);
    assert!(rule.field("conversationId").is_some());
}

/// The rule of an event in the crate `shop`, as `plan!` writes it.
fn rule_with_type(properties: &serde_json::Value) -> String {
    let mut rule: serde_json::Value = serde_json::from_str(&rule(properties, &[])).unwrap();
    rule["x-copilot-track"] = json!({ "type": "shop::events::ItemPurchased" });
    rule.to_string()
}

fn unknown(ty: &str) -> serde_json::Value {
    json!({ "x-copilot-track-type": ty })
}

#[test]
fn sources_show_types_that_the_compiler_does_not_describe() {
    let line = json!({ "type": "object", "properties": { "sku": { "type": "string" } } });
    let mut used = sources("ItemPurchased", "Item Purchased");
    for (name, schema) in [
        ("line", line.clone()),
        ("lines", json!({ "type": "array", "items": line })),
        (
            "byShop",
            json!({ "type": "object", "additionalProperties": line }),
        ),
        ("maybe", json!({ "type": "array", "items": line })),
        ("foreign", line.clone()),
        ("number", json!({ "type": "string" })),
        ("unclear", json!({})),
    ] {
        used.uses[0].add(name, schema, Location::new("src/events.rs", 9));
    }
    let ty = unknown("shop::cart::Line");
    let rule = rule_with_type(&json!({
        "line": { "x-copilot-track-type": "shop::cart::Line", "description": "A line." },
        "lines": { "type": "array", "items": ty },
        "byShop": { "type": "object", "additionalProperties": ty },
        "maybe": { "type": "array", "items": unknown("core::option::Option<shop::cart::Line>") },
        "foreign": unknown("cart::Line"),
        "number": { "type": "integer" },
        "unclear": ty,
    }));
    let check = Plan::from_rules("", [rule]).with_sources(used);
    let plan = check.plan();
    let rule = plan.event("Item Purchased").unwrap();
    assert!(rule.schema().get("x-copilot-track").is_none());
    let field = |name: &str| rule.field(name).unwrap().schema.json().clone();
    assert_eq!(field("line")["properties"], line["properties"]);
    assert_eq!(field("line")["description"], "A line.");
    assert!(field("line").get("x-copilot-track-type").is_none());
    assert_eq!(field("lines")["items"], line);
    assert_eq!(field("byShop")["additionalProperties"], line);
    assert_eq!(field("maybe")["items"]["type"], json!(["object", "null"]));
    // A type of another crate can have the same name.
    assert_eq!(field("foreign"), unknown("cart::Line"));
    // The compiler knows better.
    assert_eq!(field("number"), json!({ "type": "integer" }));
    assert_eq!(field("unclear"), ty);
}

#[test]
fn a_type_that_is_listed_twice_is_reported() {
    let rule = rule_with_type(&json!({}));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let message = Plan::from_rules("", [&rule, &rule])
        .compare(&file, true)
        .unwrap_err();
    assert!(
        message.contains("`shop::events::ItemPurchased` is listed twice"),
        "{message}"
    );
}
