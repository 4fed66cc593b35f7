//! Plans with unusual schemas: each command accepts them.

use copilot_track_plan::{Checker, GenerateOptions, GeneratedRust, Plan, diff, generate};
use serde_json::{Map, Value, json};

fn plan(properties: &Value, object: &Value) -> Plan {
    let mut fields = json!({ "type": "object", "properties": properties });
    let others = object.as_object().cloned().unwrap_or_default();
    fields.as_object_mut().unwrap().extend(others);
    Plan::from_json(json!([{
        "key": "Item Purchased", "type": "TRACK", "version": 1,
        "jsonSchema": { "properties": { "properties": fields } },
    }]))
    .unwrap()
}

/// Returns the keys of the findings about an event, without the name of the event.
fn findings(plan: &Plan, properties: &Value) -> Vec<String> {
    let call = json!({ "type": "track", "event": "Item Purchased", "properties": properties });
    let findings = Checker::new(plan).check(&call);
    let keys = findings.iter().map(copilot_track_plan::Finding::key);
    let mut keys: Vec<_> = keys
        .map(|key| key.replace(" Item Purchased: properties.", " "))
        .collect();
    keys.sort();
    keys
}

fn rust(plan: &Plan) -> GeneratedRust {
    generate(plan, &GenerateOptions::default())
}

fn notes(plan: &Plan) -> String {
    let notes = rust(plan).notes;
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    notes.join("\n")
}

#[test]
fn values_can_be_null() {
    let plan = plan(
        &json!({
            "text": { "type": ["string", "null"] },
            "either": { "type": ["null", "integer", "boolean"] },
            "only": { "type": "null" },
            "listed": { "enum": ["a", null] },
        }),
        &json!({ "required": ["text"] }),
    );
    let nulls = json!({ "text": null, "either": null, "only": null, "listed": null });
    assert_eq!(findings(&plan, &nulls), [""; 0]);
    let values = json!({ "text": 1, "either": "x", "only": 0, "listed": "b" });
    assert_eq!(
        findings(&plan, &values),
        [
            "wrong-type either",
            "wrong-type only",
            "wrong-type text",
            "wrong-value listed"
        ]
    );
    assert_eq!(findings(&plan, &json!({})), ["missing-property text"]);
    assert!(notes(&plan).contains("`null` is not sent"));
    assert!(rust(&plan).code.contains("pub text: String"));
}

#[test]
fn listed_values_need_not_be_strings() {
    let plan = plan(
        &json!({
            "size": { "type": "integer", "enum": [1, 2, 3] },
            "flag": { "enum": [true] },
            "mixed": { "enum": ["a", 1, 1.5, null, { "x": [1] }, []] },
            "none": { "enum": [] },
        }),
        &json!({}),
    );
    let valid = json!({ "size": 2.0, "flag": true, "mixed": { "x": [1.0] } });
    assert_eq!(findings(&plan, &valid), [""; 0]);
    let invalid = json!({ "size": 4, "flag": false, "mixed": { "x": [2] }, "none": 1 });
    assert_eq!(
        findings(&plan, &invalid),
        [
            "wrong-value flag",
            "wrong-value mixed",
            "wrong-value none",
            "wrong-value size"
        ]
    );
    let notes = notes(&plan);
    assert_eq!(
        notes.matches("the list of values is not expressed").count(),
        4,
        "{notes}"
    );
    let code = rust(&plan).code;
    assert!(
        code.contains("pub mixed: Option<serde_json::Value>"),
        "{code}"
    );
}

#[test]
fn required_names_need_no_schema() {
    let plan = plan(
        &json!({ "price": {}, "shop": { "type": "object", "required": ["zip"] } }),
        &json!({ "required": ["price", "id", "id"] }),
    );
    let shop = json!({ "shop": { "zip": 1 }, "id": 1, "price": 2 });
    assert_eq!(findings(&plan, &shop), [""; 0]);
    assert_eq!(
        findings(&plan, &json!({ "shop": {} })),
        [
            "missing-property id",
            "missing-property price",
            "missing-property shop.zip"
        ]
    );
    let notes = notes(&plan);
    assert!(notes.contains("`id`: no field is generated"), "{notes}");
    assert!(
        notes.contains("the required property `zip` has no schema"),
        "{notes}"
    );
}

#[test]
fn additional_properties_are_denied_or_described() {
    let properties = json!({ "price": { "type": "number" } });
    let denied = plan(&properties, &json!({ "additionalProperties": false }));
    let event = json!({ "price": 1, "extra": 2 });
    assert_eq!(findings(&denied, &event), ["unplanned-property extra"]);
    let described = plan(
        &properties,
        &json!({ "additionalProperties": { "type": "string" } }),
    );
    assert_eq!(findings(&described, &event), ["wrong-type extra"]);
    let allowed = plan(&properties, &json!({ "additionalProperties": true }));
    assert_eq!(findings(&allowed, &event), [""; 0]);
    let unspecified = plan(&properties, &json!({}));
    assert_eq!(findings(&unspecified, &event), ["unplanned-property extra"]);
}

#[test]
fn patterns_with_look_around_are_reported_and_not_checked() {
    let patterns = ["^(?!bot).*$", "(?<=a)b", "^[a-z]+$", "[", "\\p{L}+"];
    let properties: Map<String, Value> = patterns
        .iter()
        .enumerate()
        .map(|(index, pattern)| {
            (
                format!("p{index}"),
                json!({ "type": "string", "pattern": pattern }),
            )
        })
        .collect();
    let plan = plan(&Value::Object(properties), &json!({}));
    let issues: Vec<_> = plan
        .segment_issues()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(issues.len(), 2, "{issues:?}");
    assert!(issues[0].contains("use `not` instead"), "{issues:?}");
    let values = json!({ "p0": "bot", "p1": "x", "p2": "X", "p3": "x", "p4": "1" });
    let found = findings(&plan, &values);
    assert!(found.contains(&"wrong-value p2".to_owned()), "{found:?}");
    for name in ["p0", "p1", "p3"] {
        assert!(!found.iter().any(|key| key.ends_with(name)), "{found:?}");
    }
}

#[test]
fn versions_of_an_event_have_one_struct_and_are_compared() {
    let version = |version: u64, json_type: &str| {
        json!({
            "key": "Item Purchased", "type": "TRACK", "version": version,
            "jsonSchema": { "properties": { "properties": { "properties": { "x": { "type": json_type } } } } },
        })
    };
    // The order in the file does not matter.
    let plan = Plan::from_json(json!([
        version(10, "boolean"),
        version(2, "integer"),
        version(1, "string")
    ]))
    .unwrap();
    for (value, is_valid) in [
        (json!(true), true),
        (json!(1), true),
        (json!("a"), true),
        (json!([]), false),
    ] {
        assert_eq!(
            findings(&plan, &json!({ "x": value })).is_empty(),
            is_valid,
            "{value}"
        );
    }
    assert_eq!(findings(&plan, &json!({ "x": [] })), ["wrong-type x"]);
    let code = rust(&plan).code;
    assert_eq!(code.matches("pub struct").count(), 1, "{code}");
    assert!(code.contains("pub x: Option<bool>"), "{code}");
    let markdown = plan.to_markdown();
    assert!(markdown.contains("version 10"), "{markdown}");
}

#[test]
fn five_thousand_events_are_checked_compared_and_generated() {
    let rules: Vec<_> = (0..5000)
        .map(|index| {
            json!({
                "key": format!("Event {index}"), "type": "TRACK", "version": 1,
                "jsonSchema": { "properties": { "properties": { "properties": {
                    "id": { "type": "string" }, "kind": { "type": "string", "enum": ["a", "b"] },
                    "shop": { "type": "object", "properties": { "zip": { "type": "string" } } },
                }, "required": ["id"] } } },
            })
        })
        .collect();
    let plan = Plan::from_json(Value::Array(rules)).unwrap();
    let checker = Checker::new(&plan);
    let call = json!({ "type": "track", "event": "Event 4999", "properties": { "id": 1 } });
    assert_eq!(checker.check(&call).len(), 1);
    assert_eq!(diff(&plan, &plan), []);
    let rust = rust(&plan);
    assert_eq!(rust.notes, []);
    assert_eq!(rust.code.matches("copilot_track::TrackEvent").count(), 5000);
    for text in [plan.to_json_text(), plan.to_typewriter()] {
        assert_eq!(Plan::parse(&text).unwrap().rules().len(), 5000);
    }
    assert!(plan.to_markdown().contains("Event 4999"));
}

#[test]
fn deeply_nested_schemas_are_read_checked_and_generated() {
    let mut schema = json!({ "type": "string" });
    let mut value = json!(1);
    for _ in 0..40 {
        schema = json!({ "type": "object", "properties": { "a": schema } });
        value = json!({ "a": value });
    }
    let plan = plan(&json!({ "a": schema }), &json!({}));
    assert_eq!(findings(&plan, &json!({ "a": value })).len(), 1);
    assert!(
        notes(&plan).contains("nested too deeply"),
        "{}",
        notes(&plan)
    );
    assert_eq!(diff(&plan, &plan), []);
    assert!(!plan.to_markdown().is_empty());
}
