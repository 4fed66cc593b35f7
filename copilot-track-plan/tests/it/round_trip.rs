//! A plan becomes Rust, the scan of this Rust is the same plan again.

use copilot_track_plan::{GenerateOptions, Plan, Rule, diff, generate, scan};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Adds the ids that the library adds to each event.
fn with_ids(plan: &Plan) -> Plan {
    let rules = plan.rules().iter().map(|rule| {
        let mut rule = rule.clone();
        for (name, text) in [
            ("conversationId", "The id of the conversation"),
            ("messageId", "The id of the message"),
        ] {
            rule.set_field(
                name,
                json!({ "type": "string", "description": text }),
                false,
            );
        }
        rule
    });
    Plan::with_rules(rules)
}

/// Returns the plan of the generated Rust.
fn again(plan: &Plan) -> Plan {
    let rust = generate(plan, &GenerateOptions::default());
    assert_eq!(rust.notes, [], "{}", rust.code);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.rs"), &rust.code).unwrap();
    let sources = scan(folder.path()).unwrap();
    assert_eq!(sources.problems(), [], "{}", rust.code);
    let plan = sources.plan();
    let rules = plan.rules().iter();
    // The scan adds the spec's events.
    Plan::with_rules(
        rules
            .filter(|rule| !copilot_track_plan::is_spec_event(rule.key()))
            .cloned(),
    )
}

fn assert_round_trip(plan: &Plan) {
    let again = again(plan);
    let changes = diff(&with_ids(plan), &again);
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [""; 0],
        "{}",
        generate(plan, &GenerateOptions::default()).code
    );
}

fn event(name: &str, properties: Value, required: &[&str]) -> Rule {
    let mut rule = Rule::track(name);
    rule.set_description(format!("About {}.", name.len()));
    let Value::Object(properties) = properties else {
        panic!("expected an object")
    };
    for (name, schema) in properties {
        rule.set_field(&name, schema, required.contains(&name.as_str()));
    }
    rule
}

#[test]
fn what_rust_expresses_survives() {
    let plan = Plan::with_rules([
        event(
            "Item Purchased",
            json!({
                "itemId": { "type": "string", "description": "The id\n\nof the item" },
                "price": { "type": "number" },
                "quantity": { "type": "integer" },
                "isGift": { "type": "boolean" },
                "boughtAt": { "type": "string", "format": "date-time" },
                "size": { "type": "string", "enum": ["S", "extra large", "", "self", "2XL", "größe"] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "anything": {},
                "list": { "type": "array" },
                "counts": { "type": "object", "additionalProperties": { "type": "integer" } },
                "shop": {
                    "type": "object",
                    "properties": {
                        "city": { "type": "string", "description": "The city" },
                        "type": { "type": "string" },
                        "open hours": { "type": "array", "items": {
                            "type": "object", "properties": { "day": { "type": "integer" } }, "required": ["day"],
                        } },
                    },
                    "required": ["city"],
                },
            }),
            &["itemId", "price", "size"],
        ),
        event(
            "item_purchased",
            json!({ "item_id": { "type": "string" }, "Item Name": { "type": "string" } }),
            &[],
        ),
        event("Empty", json!({}), &[]),
        event(
            "1 \"quoted\" {name}!",
            json!({ "type": { "type": "string" }, "crate": { "type": "string" } }),
            &["type"],
        ),
    ]);
    let rust = generate(&plan, &GenerateOptions::default());
    // Two of the names become the same identifier, which is a note and not a loss.
    assert_eq!(rust.notes.len(), 1, "{:?}", rust.notes);
    insta::assert_snapshot!(rust.code);
    let rules = plan
        .rules()
        .iter()
        .filter(|rule| rule.key() != "item_purchased");
    assert_round_trip(&Plan::with_rules(rules.cloned()));
}

fn name() -> impl Strategy<Value = String> {
    let any = "[A-Za-z][A-Za-z0-9 _$.!-]{0,12}[A-Za-z0-9]";
    prop_oneof![
        any,
        proptest::sample::select(vec![
            "type", "self", "Self", "fn", "async", "union", "itemId", "item_id", "ITEM"
        ])
        .prop_map(str::to_owned),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = proptest::sample::select(vec![
        json!({}),
        json!({ "type": "string" }),
        json!({ "type": "integer" }),
        json!({ "type": "number" }),
        json!({ "type": "boolean" }),
        json!({ "type": "string", "format": "date-time" }),
        json!({ "type": "string", "enum": ["a", "b c", "B C"] }),
    ]);
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| match items {
                Value::Object(members) if members.is_empty() => json!({ "type": "array" }),
                items => json!({ "type": "array", "items": items }),
            }),
            proptest::collection::btree_map(name(), (inner, any::<bool>()), 1..4).prop_map(
                |fields| {
                    let required: Vec<_> = fields
                        .iter()
                        .filter(|(_, (_, required))| *required)
                        .collect();
                    let mut schema = json!({ "type": "object" });
                    if !required.is_empty() {
                        schema["required"] = required
                            .into_iter()
                            .map(|(name, _)| name.as_str())
                            .collect();
                    }
                    let fields = fields.into_iter().map(|(name, (schema, _))| (name, schema));
                    schema["properties"] = Value::Object(fields.collect::<Map<_, _>>());
                    schema
                }
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_survive(
        key in name(),
        fields in proptest::collection::btree_map(name(), (schema(), any::<bool>()), 0..6),
    ) {
        prop_assume!(!copilot_track_plan::is_spec_event(&key));
        let mut rule = Rule::track(key);
        for (name, (schema, is_required)) in fields {
            rule.set_field(&name, schema, is_required);
        }
        assert_round_trip(&Plan::with_rules([rule]));
    }
}
