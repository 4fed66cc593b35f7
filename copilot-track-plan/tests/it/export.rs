//! Tests of writing plans.

use serde_json::json;

use copilot_track_plan::Plan;

fn plan() -> Plan {
    Plan::from_json(json!({
        "name": "Shop",
        "rules": [
            {
                "key": "Item Purchased", "type": "TRACK", "version": 1,
                "jsonSchema": {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "description": "The customer | buys an item.",
                    "type": "object",
                    "properties": { "properties": {
                        "type": "object",
                        "properties": {
                            "price": { "type": "number", "description": "In US dollars", "minimum": 0 },
                            "size": { "type": ["string", "null"], "enum": ["S", "M|L", null] },
                            "shop": { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] },
                            "tags": { "type": "array", "items": { "type": "string" } },
                        },
                        "required": ["price"],
                    } },
                    "required": ["properties"],
                },
            },
            { "type": "IDENTIFY", "jsonSchema": { "properties": { "traits": { "properties": { "plan": {} } } } } },
        ],
    }))
    .unwrap()
}

#[test]
fn the_text_of_a_plan_is_stable_and_can_be_read_again() {
    let text = plan().to_json_text();
    insta::assert_snapshot!(text);
    assert_eq!(Plan::parse(&text).unwrap(), plan());
}

#[test]
fn typewriter_reads_the_properties_at_the_top() {
    let text = plan().to_typewriter();
    insta::assert_snapshot!(text);
    let again = Plan::parse(&text).unwrap();
    assert_eq!(
        again.event("Item Purchased"),
        plan().event("Item Purchased")
    );
}

#[test]
fn markdown_has_a_table_for_each_rule() {
    insta::assert_snapshot!(plan().to_markdown());
}

#[test]
fn patterns_that_segment_does_not_support_are_reported() {
    let plan = Plan::from_json(json!([{
        "key": "A", "type": "TRACK",
        "jsonSchema": { "properties": { "properties": { "properties": { "id": { "pattern": "^(?!x)" } } } } },
    }]))
    .unwrap();
    let issues: Vec<_> = plan
        .segment_issues()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert!(
        issues[0].contains("`A`: jsonSchema.properties.properties.properties.id.pattern"),
        "{issues:?}"
    );
}
