//! Tests of the plan that follows from sources.

use serde_json::json;

use super::*;

fn at(line: usize) -> Location {
    Location::new("src/main.rs", line)
}

#[test]
fn places_that_send_the_same_event_are_combined() {
    let mut first = EventUse::new(UseKind::Attribute, "stock_level", at(3));
    first.event = Some("Action Invoked".to_owned());
    first.add(
        "type",
        json!({ "type": "string", "examples": ["Stock"] }),
        at(3),
    );
    first.add("sku", json!({ "type": "string" }), at(3));
    first.add("outcome", json!({}), at(3));
    let mut second = first.clone();
    second.properties.clear();
    second.add(
        "type",
        json!({ "type": "string", "examples": ["Order"] }),
        at(9),
    );
    second.add("sku", json!({ "type": "integer" }), at(9));
    let sources = Sources {
        uses: vec![first, second],
        problems: Vec::new(),
    };
    let plan = sources.plan();
    let rule = plan.event("Action Invoked").unwrap();
    let field = |name| rule.field(name).unwrap();
    let types = field("type");
    assert!(types.is_required);
    assert_eq!(
        types.schema.keyword("examples"),
        Some(&json!(["Order", "Stock"]))
    );
    assert_eq!(
        field("sku").schema.json(),
        &json!({ "type": ["string", "integer"] })
    );
    assert!(field("outcome").schema.description().is_some());
    assert!(
        plan.event("Message Received")
            .unwrap()
            .field("completion")
            .is_some()
    );
    assert_eq!(sources.locate("Action Invoked", Some("sku")), Some(&at(3)));
}

#[test]
fn an_integer_and_a_number_are_a_number() {
    let merged = merge_schemas(&json!({ "type": "integer" }), &json!({ "type": "number" }));
    assert_eq!(merged, json!({ "type": "number" }));
    let merged = merge_schemas(&json!({ "type": "integer" }), &json!({}));
    assert_eq!(merged, json!({}));
}
