//! Tests of the generated Rust. `tests/it/round_trip.rs` has more.

use serde_json::{Value, json};

use super::*;

fn generated(properties: &Value, required: &[&str]) -> GeneratedRust {
    let plan = Plan::from_json(json!([{
        "key": "Item Purchased", "type": "TRACK",
        "jsonSchema": { "properties": { "properties": { "properties": properties, "required": required } } },
    }]))
    .unwrap();
    generate(&plan, &GenerateOptions::default())
}

#[test]
fn names_that_are_not_identifiers_are_converted() {
    let rust = generated(
        &json!({
            "type": { "type": "string" },
            "self": { "type": "string" },
            "item id": { "type": "string" },
            "itemId": { "type": "string" },
            "1st": { "type": "string" },
            "größe": { "type": "string" },
            "": { "type": "string" },
            "!": { "type": "string" },
            "conversationId": { "type": "string" },
        }),
        &["type"],
    );
    for line in [
        "pub r#type: String,",
        "pub self_value: Option<String>,",
        "#[track(rename = \"item id\")]\n    pub item_id: Option<String>,",
        "#[track(rename = \"itemId\")]\n    pub item_id_2: Option<String>,",
        "#[track(rename = \"1st\")]\n    pub n_1st: Option<String>,",
        "#[track(rename = \"!\")]\n    pub unnamed: Option<String>,",
    ] {
        assert!(rust.code.contains(line), "{line}\n{}", rust.code);
    }
    assert!(!rust.code.contains("conversation"), "{}", rust.code);
    assert_eq!(rust.notes.len(), 1, "{:?}", rust.notes);
    assert!(rust.notes[0].message.contains("the name is empty"));
}

#[test]
fn what_is_not_expressed_is_reported() {
    let rust = generated(
        &json!({
            "a": { "type": "string", "pattern": "x", "format": "email" },
            "b": { "type": ["string", "integer"] },
            "c": { "type": ["string", "null"] },
            "d": { "enum": [1, 2] },
            "e": { "anyOf": [{}] },
        }),
        &["c"],
    );
    let notes: Vec<_> = rust.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "`Item Purchased`: `a`: the condition `pattern` is not checked",
            "`Item Purchased`: `a`: the format `email` is not checked",
            "`Item Purchased`: `b`: the type string or integer is not expressed; the value is any JSON",
            "`Item Purchased`: `c`: `null` is not sent; the property is left out instead",
            "`Item Purchased`: `d`: the list of values is not expressed",
            "`Item Purchased`: `e`: `anyOf` without a type is not expressed; the value is any JSON",
        ]
    );
    assert!(rust.code.contains("pub d: Option<i64>"), "{}", rust.code);
}

#[test]
fn rules_without_a_struct_are_reported() {
    let rule = |rule_type: &str, key: &str, version: u64| json!({ "type": rule_type, "key": key, "version": version, "jsonSchema": {} });
    let plan = Plan::from_json(json!([
        rule("TRACK", "A", 1),
        rule("TRACK", "A", 2),
        rule("TRACK", "Message Sent", 1),
        rule("TRACK", "a", 1),
        rule("TRACK", "line\nbreak", 1),
        rule("IDENTIFY", "", 1),
        rule("COMMON", "", 1),
    ]))
    .unwrap();
    let rust = generate(&plan, &GenerateOptions::default());
    let notes: Vec<_> = rust.notes.iter().map(ToString::to_string).collect();
    for part in [
        "version 1",
        "version 2",
        "copilot_track::spec",
        "called `A2`",
        "control characters",
        "`User`",
        "COMMON",
    ] {
        assert!(
            notes.iter().any(|note| note.contains(part)),
            "{part}\n{notes:#?}"
        );
    }
    assert!(
        rust.code
            .contains("#[track(name = \"a\", empty)]\npub struct A2 {}"),
        "{}",
        rust.code
    );
}
