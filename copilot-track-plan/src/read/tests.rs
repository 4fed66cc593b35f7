//! Tests of reading plans.

use serde_json::json;

use super::*;
use crate::model::{RuleType, Types};

fn schema(properties: &Value) -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": { "properties": { "type": "object", "properties": properties } },
    })
}

fn rule(properties: &Value) -> Value {
    json!({ "key": "Item Purchased", "type": "TRACK", "version": 1, "jsonSchema": schema(properties) })
}

/// Returns the path and the message of the error.
fn error(plan: Value) -> String {
    Plan::from_json(plan).unwrap_err().to_string()
}

#[test]
fn rules_of_the_public_api_are_read_in_each_place() {
    let rules = json!([rule(&json!({ "price": { "type": ["number", "null"] } }))]);
    let plans = [
        rules.clone(),
        json!({ "rules": rules }),
        json!({ "data": { "rules": rules, "pagination": { "current": "x", "next": null } } }),
    ];
    for plan in plans {
        let plan = Plan::from_json(plan).unwrap();
        let field = plan
            .event("Item Purchased")
            .unwrap()
            .field("price")
            .unwrap();
        assert_eq!(field.schema.types(), Types::NUMBER.union(Types::NULL));
        assert!(!field.is_required);
    }
}

#[test]
fn the_older_shape_is_read() {
    let plan = Plan::from_json(json!({
        "display_name": "Shop",
        "rules": {
            "events": [{ "name": "Signed Up", "description": "A user signs up.", "version": 2, "rules": schema(&json!({})) }],
            "global": { "properties": { "context": { "required": ["ip"] } } },
            "identify": { "properties": { "traits": { "properties": { "plan": { "type": "string" } } } } },
            "group_traits": [{ "name": "seats", "description": "Number of seats" }],
            "identify_traits": [],
        },
    }))
    .unwrap();
    assert_eq!(plan.name(), Some("Shop"));
    let event = plan.event("Signed Up").unwrap();
    assert_eq!(
        (event.version(), event.description()),
        (2, Some("A user signs up."))
    );
    assert!(plan.rule(RuleType::Common, "").is_some());
    let trait_of = |rule_type, name| plan.rule(rule_type, "").unwrap().field(name).is_some();
    assert!(trait_of(RuleType::Identify, "plan"));
    assert!(trait_of(RuleType::Group, "seats"));
}

#[test]
fn events_at_the_top_and_events_of_other_types_are_read() {
    let plan = Plan::from_json(json!({
        "events": [
            { "name": "Signed Up", "rules": schema(&json!({})) },
            { "name": "", "eventType": "identify", "rules": { "properties": { "traits": { "properties": { "plan": {} } } } } },
        ],
    }))
    .unwrap();
    assert!(plan.event("Signed Up").is_some());
    assert!(
        plan.rule(RuleType::Identify, "")
            .unwrap()
            .field("plan")
            .is_some()
    );
    let unknown = json!({ "events": [{ "name": "A", "eventType": "click" }] });
    assert!(error(unknown).contains("events[0].eventType: invalid type `click`"));
}

#[test]
fn the_schemas_of_typewriter_are_restored() {
    let plan = Plan::from_json(json!({
        "id": "tp_1", "name": "Shop", "createdAt": "2022-07-22T21:47:06.000Z",
        "rules": [{
            "key": "Card Selected", "type": "TRACK", "version": 1,
            "jsonSchema": {
                "$id": "Card_Selected",
                "$schema": "http://json-schema.org/draft-07/schema#",
                "eventMetadata": { "name": "Card #Selected", "type": "TRACK" },
                "description": "A card is selected.",
                "type": "object",
                "properties": { "card name": { "type": "string" } },
                "required": ["card name"],
            },
        }],
    }))
    .unwrap();
    let rule = plan.event("Card #Selected").unwrap();
    assert!(rule.field("card name").unwrap().is_required);
    assert_eq!(rule.description(), Some("A card is selected."));
    assert_eq!(rule.schema().get("required"), Some(&json!(["properties"])));
}

#[test]
fn errors_have_a_path() {
    let with =
        |schema: Value| json!({ "rules": [{ "key": "A", "type": "TRACK", "jsonSchema": schema }] });
    for (plan, expected) in [
        (json!(3), "expected a plan, found an integer"),
        (json!({}), "expected `rules`"),
        (
            json!({ "rules": 1 }),
            "rules: expected a list of rules, found an integer",
        ),
        (json!([1]), "[0]: expected a rule, found an integer"),
        (json!([{ "key": "A" }]), "[0]: expected `type`: TRACK"),
        (
            json!([{ "key": "A", "type": "CLICK" }]),
            "[0].type: invalid type `CLICK`",
        ),
        (
            json!([{ "key": "A", "type": "TRACK" }]),
            "[0]: expected `jsonSchema`",
        ),
        (
            json!([{ "type": "TRACK", "jsonSchema": {} }]),
            "[0]: expected `key`",
        ),
        (
            json!({ "tracking_plans": [{}, {}] }),
            "tracking_plans: found 2 plans",
        ),
        (
            json!({ "data": { "trackingPlan": {} } }),
            "data: expected `rules`",
        ),
        (
            json!({ "data": { "rules": [], "pagination": { "next": "x" } } }),
            "data.pagination.next: this is only one page",
        ),
        (
            with(json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" })),
            "rules[0].jsonSchema.$schema: the draft",
        ),
        (
            with(json!({ "properties": [] })),
            "rules[0].jsonSchema.properties: expected an object, found a list",
        ),
        (
            with(json!({ "properties": { "a b": { "type": "text" } } })),
            "rules[0].jsonSchema.properties[\"a b\"].type: invalid type `text`",
        ),
        (
            with(json!({ "required": true })),
            "rules[0].jsonSchema.required: expected a list of names",
        ),
        (
            with(json!({ "items": [{ "required": [1] }] })),
            "rules[0].jsonSchema.items[0].required[0]",
        ),
        (
            with(json!({ "properties": { "a": { "$ref": "#/definitions/b" } } })),
            "points to nothing",
        ),
        (
            with(json!({ "properties": { "a": { "$ref": "https://example.com/a.json" } } })),
            "another document",
        ),
    ] {
        let error = error(plan);
        assert!(error.contains(expected), "{error}\n{expected}");
    }
    assert!(
        error(json!([rule(&json!({})), rule(&json!({}))]))
            .contains("[1]: the plan already has version 1")
    );
    let syntax = Plan::parse("{").unwrap_err();
    assert!(std::error::Error::source(&syntax).is_some());
    assert!(Plan::parse(&"[".repeat(10_000)).is_err());
}

#[test]
fn references_that_form_a_cycle_are_errors() {
    for (definitions, place) in [
        (
            json!({ "a": { "$ref": "#/definitions/a" } }),
            "definitions.a.$ref",
        ),
        (
            json!({ "a": { "$ref": "#/definitions/b" }, "b": { "items": { "$ref": "#/definitions/a" } } }),
            "$ref",
        ),
        (json!({ "a": { "$ref": "#" } }), "$ref"),
    ] {
        let schema = json!({ "definitions": definitions });
        let error = error(json!([{ "key": "A", "type": "TRACK", "jsonSchema": schema }]));
        assert!(error.contains("leads back"), "{error}");
        assert!(error.contains(place), "{error}");
    }
    // A long chain of references is not followed on the stack.
    let mut definitions = Map::new();
    for index in 0..5000 {
        let next = format!("#/definitions/d{}", index + 1);
        definitions.insert(format!("d{index}"), json!({ "$ref": next }));
    }
    definitions.insert("d5000".to_owned(), json!({}));
    let schema = json!({ "definitions": definitions });
    let error = error(json!([{ "key": "A", "type": "TRACK", "jsonSchema": schema }]));
    assert!(error.contains("levels deep"), "{error}");
}

#[test]
fn limits_of_draft_04_are_converted() {
    let plan = Plan::from_json(json!([{
        "key": "A", "type": "TRACK",
        "jsonSchema": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "properties": { "properties": { "properties": {
                "n": { "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false },
            } } },
        },
    }]))
    .unwrap();
    let rule = plan.event("A").unwrap();
    assert_eq!(
        rule.field("n").unwrap().schema.json(),
        &json!({ "exclusiveMinimum": 0, "maximum": 9 })
    );
    assert_eq!(
        rule.schema().get("$schema"),
        Some(&json!("http://json-schema.org/draft-07/schema#"))
    );
}

#[test]
fn a_large_plan_is_read() {
    let rules: Vec<_> = (0..5000)
        .map(|index| json!({ "key": format!("Event {index}"), "type": "TRACK", "jsonSchema": schema(&json!({})) }))
        .collect();
    let plan = Plan::from_json(Value::Array(rules)).unwrap();
    assert_eq!(plan.rules().len(), 5000);
    assert_eq!(plan.to_updates().len(), 25);
}

#[test]
fn keys_that_occur_twice_are_errors() {
    for (json, place) in [
        (r#"{"rules":[],"rules":[]}"#, "rules: the key occurs twice"),
        (
            r#"[{"key":"A","type":"TRACK","jsonSchema":{"properties":{"properties":{"properties":{"a b":{},"a b":{}}}}}}]"#,
            "[0].jsonSchema.properties.properties.properties[\"a b\"]: the key occurs twice",
        ),
        (
            r#"[{"key":"A","type":"TRACK","jsonSchema":{"allOf":[{},{"enum":[{"x":1,"x":1}]}]}}]"#,
            "[0].jsonSchema.allOf[1].enum[0].x: the key occurs twice",
        ),
    ] {
        let error = Plan::parse(json).unwrap_err();
        assert!(error.to_string().starts_with(place), "{error}");
    }
}

#[test]
fn files_of_terraform_are_explained() {
    let resource = r#"
        resource "segment_tracking_plan" "shop" {
          name = "Shop"
        }
    "#;
    let state = r#"{ "terraform_version": "1.9.0", "values": {} }"#;
    let json = r#"{ "resource": { "segment_tracking_plan": {} } }"#;
    for text in [resource, state, json] {
        let error = Plan::parse(text).unwrap_err().to_string();
        assert!(error.contains("Terraform"), "{error}");
    }
    let error = Plan::parse("name: Shop\nrules: []")
        .unwrap_err()
        .to_string();
    assert!(error.contains("not valid JSON"), "{error}");
}

#[test]
fn unusual_encodings_and_sizes_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let read = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        Plan::read(&file)
    };
    assert!(read("\u{feff}{\"rules\":[]}".as_bytes()).is_ok());
    for bytes in [
        &b""[..],
        b"\xff\xfe[\0]\0",
        b"[\"\xff\"]",
        b"\0",
        b"[1] [2]",
        b"NaN",
    ] {
        let error = read(bytes).unwrap_err();
        let error = with_sources(&error);
        assert!(error.contains("plan.json: "), "{error}");
    }
    // A sparse file needs no space on the disk.
    fs::File::create(&file).unwrap().set_len(100 << 20).unwrap();
    let error = Plan::read(&file).unwrap_err().to_string();
    assert!(error.contains("larger than 64 MiB"), "{error}");
    assert!(Plan::read(folder.path()).is_err());
    for depth in [100, 127, 128, 100_000] {
        let schema = "{\"items\":".repeat(depth) + "{}" + &"}".repeat(depth);
        let plan = format!("[{{\"key\":\"A\",\"type\":\"TRACK\",\"jsonSchema\":{schema}}}]");
        assert_eq!(Plan::parse(&plan).is_ok(), depth == 100);
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}

#[test]
fn rules_of_each_type_are_read_in_both_shapes() {
    let traits = json!({ "properties": { "traits": { "properties": { "x": {} } } } });
    let properties = schema(&json!({ "x": {} }));
    let common = json!({ "properties": { "context": { "properties": { "ip": {} } } } });
    let rule = |rule_type: &str, schema: &Value| json!({ "type": rule_type, "key": "", "jsonSchema": schema });
    let current = Plan::from_json(json!([
        { "type": "TRACK", "key": "A", "jsonSchema": properties },
        rule("IDENTIFY", &traits),
        rule("GROUP", &traits),
        rule("PAGE", &properties),
        rule("SCREEN", &properties),
        rule("COMMON", &common),
    ]))
    .unwrap();
    let older = Plan::from_json(json!({ "rules": {
        "events": [{ "name": "A", "rules": properties }],
        "identify": traits,
        "group": traits,
        "page": properties,
        "screen": properties,
        "global": common,
    } }))
    .unwrap();
    for plan in [&current, &older] {
        for rule_type in RuleType::ALL {
            let key = if rule_type == RuleType::Track {
                "A"
            } else {
                ""
            };
            let rule = plan.rule(rule_type, key).unwrap();
            let has_field = rule.field("x").is_some();
            assert_eq!(has_field, rule_type != RuleType::Common, "{rule_type}");
        }
        // What is exported has the same meaning.
        let again = Plan::parse(&plan.to_json_text()).unwrap();
        assert_eq!(crate::diff::diff(plan, &again), []);
    }
    assert_eq!(crate::diff::diff(&older, &current), []);
}
