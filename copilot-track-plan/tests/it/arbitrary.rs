//! Nothing panics, whatever the input is.

use copilot_track_plan::{Checker, GenerateOptions, Plan, diff, generate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Returns JSON whose members often have the names of keywords, so that it often is a plan.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // `serde_json` parses other fractions with an error in the last digit.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        prop_oneof![
            Just("string"),
            Just("integer"),
            Just("object"),
            Just("array"),
            Just("TRACK"),
            Just("date-time"),
            Just("#/definitions/a"),
            Just("#"),
            Just("(")
        ]
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let name = prop_oneof![
            4 => proptest::sample::select(vec![
                "type", "properties", "required", "items", "enum", "const", "$ref", "definitions", "a", "anyOf",
                "allOf", "oneOf", "not", "if", "then", "additionalProperties", "patternProperties", "minimum",
                "maxLength", "multipleOf", "pattern", "format", "description", "examples", "dependencies", "contains",
                "traits", "context", "eventMetadata", "rules", "key", "jsonSchema", "version", "events", "data",
            ])
            .prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn exercise(plan: &Plan, call: &Value) {
    let _ = Checker::new(plan).check(call);
    let rust = generate(plan, &GenerateOptions::default());
    assert!(rust.code.contains("//!"));
    let _ = plan.to_markdown();
    let _ = plan.segment_issues();
    assert_eq!(diff(plan, plan), []);
    let text = plan.to_json_text();
    assert_eq!(&Plan::parse(&text).unwrap(), plan);
    // Typewriter's file has the same fields.
    let again = Plan::parse(&plan.to_typewriter());
    assert!(again.is_ok(), "{again:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_a_plan_or_an_error(value in json_value(), call in json_value()) {
        if let Ok(plan) = Plan::from_json(value) {
            exercise(&plan, &call);
        }
    }

    #[test]
    fn any_json_can_be_a_schema(schema in json_value(), properties in json_value()) {
        let members = match schema {
            Value::Object(members) => members,
            other => Map::from_iter([("properties".to_owned(), json!({ "properties": other }))]),
        };
        let plan = json!([{ "key": "A", "type": "TRACK", "jsonSchema": members }]);
        let wrapped = json!([{ "key": "A", "type": "TRACK", "jsonSchema": { "properties": { "properties": members } } }]);
        let call = json!({ "type": "track", "event": "A", "properties": properties });
        for plan in [plan, wrapped] {
            if let Ok(plan) = Plan::from_json(plan) {
                exercise(&plan, &call);
            }
        }
    }

    #[test]
    fn any_text_is_a_plan_or_an_error(text in ".{0,200}") {
        let _ = Plan::parse(&text);
    }
}
