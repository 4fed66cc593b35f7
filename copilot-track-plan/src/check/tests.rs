//! Tests of checking events.

use serde_json::{Value, json};

use super::formats::Format;
use super::*;
use crate::model::Plan;

fn checker(properties: &Value, required: &[&str]) -> Checker {
    let plan = Plan::from_json(json!([{
        "key": "Item Purchased", "type": "TRACK", "version": 1,
        "jsonSchema": {
            "type": "object",
            "properties": { "properties": { "type": "object", "properties": properties, "required": required } },
            "required": ["properties"],
        },
    }]))
    .unwrap();
    Checker::new(&plan)
}

fn messages(checker: &Checker, properties: &Value) -> Vec<String> {
    let call = json!({ "type": "track", "event": "Item Purchased", "properties": properties });
    checker
        .check(&call)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn events_that_match_the_plan_have_no_findings() {
    let checker = checker(
        &json!({
            "price": { "type": "number", "minimum": 0 },
            "count": { "type": "integer" },
            "size": { "enum": ["S", "M"] },
            "at": { "type": "string", "format": "date-time" },
            "shop": { "type": "object", "properties": { "city": { "type": ["string", "null"] } } },
            "tags": { "type": "array", "items": { "type": "string", "pattern": "^[a-z]+$" } },
        }),
        &["price"],
    );
    let event = json!({
        "price": 3, "count": 2.0, "size": "S", "at": "2025-01-31T12:00:00.5+01:00",
        "shop": { "city": null }, "tags": ["a"],
    });
    assert_eq!(messages(&checker, &event), [""; 0]);
}

#[test]
fn findings_say_what_the_plan_says() {
    let checker = checker(
        &json!({
            "price": { "type": "number", "minimum": 0 },
            "size": { "enum": ["S", "M"] },
            "at": { "type": "string", "format": "date-time" },
            "shop": { "type": "object", "properties": { "city": { "type": "string", "maxLength": 3 } }, "required": ["zip"] },
            "tags": { "type": "array", "items": { "type": "string", "pattern": "^[a-z]+$" } },
        }),
        &["price", "id"],
    );
    let event = json!({
        "price": -1, "size": "XL", "at": "yesterday", "color": "red",
        "shop": { "city": "Berlin", "floor": 2 }, "tags": ["a", 7, "B", 8],
    });
    let mut found = messages(&checker, &event);
    found.sort();
    let of = |path: &str| format!("`Item Purchased`: `properties.{path}`");
    let mut expected = vec![
        format!("{} is required by the plan, but missing", of("id")),
        format!("{} is -1, but the plan says at least 0", of("price")),
        format!(
            "{} is `\"XL\"`, but the plan says one of `\"S\"`, `\"M\"`",
            of("size")
        ),
        format!(
            "{} is not an RFC 3339 date and time, such as `2025-01-31T12:00:00Z`",
            of("at")
        ),
        format!("{} is not in the plan", of("color")),
        format!(
            "{} has 6 characters, but the plan says at most 3",
            of("shop.city")
        ),
        format!("{} is not in the plan", of("shop.floor")),
        format!("{} is required by the plan, but missing", of("shop.zip")),
        format!("{} is an integer, but the plan says string", of("tags[]")),
        format!("{} does not match the pattern `^[a-z]+$`", of("tags[]")),
    ];
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn missing_properties_are_listed() {
    let checker = checker(&json!({ "id": { "type": "string" } }), &["id"]);
    let findings = checker.check(&json!({ "type": "track", "event": "Item Purchased" }));
    let keys: Vec<_> = findings.iter().map(Finding::key).collect();
    assert_eq!(keys, ["missing-property Item Purchased: properties.id"]);
}

#[test]
fn an_event_that_is_not_in_the_plan_is_reported_with_a_similar_name() {
    let checker = checker(&json!({}), &[]);
    let findings = checker.check(&json!({ "type": "track", "event": "item_purchased" }));
    assert_eq!(
        findings[0].to_string(),
        "`item_purchased` is not in the plan; the plan has `Item Purchased`"
    );
    assert_eq!(findings[0].kind, FindingKind::UnplannedEvent);
    // The plan has no rule for users.
    assert!(
        checker
            .check(&json!({ "type": "identify", "traits": { "a": 1 } }))
            .is_empty()
    );
    for line in [json!(1), json!({}), json!({ "type": "track" })] {
        assert_eq!(checker.check(&line)[0].kind, FindingKind::NotACall);
    }
}

#[test]
fn other_rules_and_versions_are_checked() {
    let version = |number: u64, json_type: &str| {
        json!({
            "key": "A", "type": "TRACK", "version": number,
            "jsonSchema": { "properties": { "properties": { "properties": { "x": { "type": json_type } } } } },
        })
    };
    let plan = Plan::from_json(json!([
        version(1, "string"),
        version(2, "integer"),
        { "type": "COMMON", "jsonSchema": { "properties": { "context": { "required": ["ip"] } }, "required": ["context"] } },
        { "type": "IDENTIFY", "jsonSchema": { "properties": { "traits": { "properties": { "plan": { "enum": ["pro"] } } } } } },
    ]))
    .unwrap();
    let checker = Checker::new(&plan);
    let track = |x: Value, protocols: Value| {
        let context = json!({ "ip": "127.0.0.1", "protocols": protocols });
        let call =
            json!({ "type": "track", "event": "A", "properties": { "x": x }, "context": context });
        checker.check(&call).len()
    };
    assert_eq!(track(json!("a"), json!({})), 0);
    assert_eq!(track(json!(1), json!({})), 0);
    assert_eq!(track(json!(true), json!({})), 1);
    assert_eq!(track(json!("a"), json!({ "event_version": 2 })), 1);
    assert_eq!(track(json!("a"), json!({ "event_version": 3 })), 1);
    let findings =
        checker.check(&json!({ "type": "identify", "traits": { "plan": "free", "age": 3 } }));
    let keys: Vec<_> = findings.iter().map(Finding::key).collect();
    assert_eq!(
        keys,
        [
            "wrong-value identify: traits.plan",
            "unplanned-property identify: traits.age",
            "missing-property identify: context",
        ]
    );
}

#[test]
fn combined_schemas_and_references_are_checked() {
    let plan = Plan::from_json(json!([{
        "key": "A", "type": "TRACK",
        "jsonSchema": {
            "definitions": { "id": { "type": "string", "minLength": 2 } },
            "properties": { "properties": {
                "properties": {
                    "id": { "$ref": "#/definitions/id" },
                    "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                    "one": { "oneOf": [{ "minimum": 0 }, { "minimum": 5 }] },
                    "bot": { "not": { "pattern": "bot" } },
                    "list": { "items": [{ "type": "string" }], "additionalItems": false, "uniqueItems": true },
                },
                "allOf": [{ "properties": { "more": { "const": 1 } } }],
                "if": { "required": ["id"] }, "then": { "required": ["either"] },
            } },
        },
    }]))
    .unwrap();
    let checker = Checker::new(&plan);
    let keys = |properties: Value| -> Vec<String> {
        let call = json!({ "type": "track", "event": "A", "properties": properties });
        let keys = checker
            .check(&call)
            .iter()
            .map(Finding::key)
            .collect::<Vec<_>>();
        keys.into_iter()
            .map(|key| key.replace(" A: properties.", " "))
            .collect()
    };
    assert_eq!(
        keys(json!({ "id": "ab", "either": 1, "one": 1, "more": 1.0 })),
        [""; 0]
    );
    assert_eq!(keys(json!({ "id": "ab" })), ["missing-property either"]);
    assert_eq!(keys(json!({ "id": "a", "either": 1 })), ["wrong-value id"]);
    assert_eq!(keys(json!({ "either": true })), ["wrong-value either"]);
    assert_eq!(keys(json!({ "one": 7 })), ["wrong-value one"]);
    assert_eq!(keys(json!({ "bot": "a bot" })), ["wrong-value bot"]);
    assert_eq!(keys(json!({ "list": ["a", 1] })), ["wrong-value list[]"]);
    assert_eq!(keys(json!({ "more": 2 })), ["wrong-value more"]);
    assert_eq!(keys(json!({ "other": 2 })), ["unplanned-property other"]);
}

#[test]
fn schemas_that_multiply_are_bounded() {
    // Each definition refers to the next one twice, so that the last one is reached 2^40 times.
    let mut definitions = serde_json::Map::new();
    for index in 0..40 {
        let next = json!({ "$ref": format!("#/definitions/d{}", index + 1) });
        definitions.insert(format!("d{index}"), json!({ "allOf": [next, next] }));
    }
    definitions.insert("d40".to_owned(), json!({ "type": "string" }));
    let plan = Plan::from_json(json!([{
        "key": "A", "type": "TRACK",
        "jsonSchema": {
            "definitions": definitions,
            "properties": { "properties": { "properties": { "x": { "$ref": "#/definitions/d0" } } } },
        },
    }]))
    .unwrap();
    let call = json!({ "type": "track", "event": "A", "properties": { "x": 1 } });
    assert!(!Checker::new(&plan).check(&call).is_empty());
}

#[test]
fn formats_are_recognized() {
    for (format, valid, invalid) in [
        ("date-time", "2024-02-29T23:59:60Z", "2025-02-29T00:00:00Z"),
        ("date", "2025-12-31", "2025-13-01"),
        ("time", "12:00:00.123+05:30", "12:00:00"),
        ("email", "ada@example.com", "ada"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("uri", "https://example.com", "example"),
        ("ipv4", "127.0.0.1", "127.0.0"),
        ("ipv6", "::1", "1"),
    ] {
        let format = Format::named(format).unwrap();
        assert!(format.accepts(valid), "{valid}");
        assert!(!format.accepts(invalid), "{invalid}");
    }
    assert_eq!(Format::named("phone"), None);
}
