//! Calls that are not events are checked against the rules of their type.

use copilot_track_plan::{Checker, Finding, Plan};
use serde_json::{Value, json};

/// Returns a rule whose fields are `x`, a required integer, and `y`.
fn rule(rule_type: &str, key: &Value, member: &str) -> Value {
    json!({
        "key": key, "type": rule_type, "version": 1,
        "jsonSchema": {
            "type": "object",
            "properties": { member: {
                "type": "object",
                "properties": { "x": { "type": "integer" }, "y": { "enum": ["a", "b"] } },
                "required": ["x"],
            } },
            "required": [member],
        },
    })
}

fn checker(rules: Value) -> Checker {
    Checker::new(&Plan::from_json(rules).unwrap())
}

fn keys(checker: &Checker, call: &Value) -> Vec<String> {
    let mut keys: Vec<_> = checker.check(call).iter().map(Finding::key).collect();
    keys.sort();
    keys
}

const NO_FINDINGS: [&str; 0] = [];

#[test]
fn the_traits_of_groups_and_users_are_checked() {
    for kind in ["group", "identify"] {
        let rule_type = kind.to_uppercase();
        // The key has no meaning: these calls have no name.
        for key in [Value::Null, json!(""), json!("Traits")] {
            let checker = checker(json!([rule(&rule_type, &key, "traits")]));
            let keys = |traits: Value| {
                keys(
                    &checker,
                    &json!({ "type": kind, "groupId": "g", "userId": "u", "traits": traits }),
                )
            };
            assert_eq!(keys(json!({ "x": 1, "y": "a" })), NO_FINDINGS);
            assert_eq!(
                keys(json!({ "x": "1", "y": "c", "z": true })),
                [
                    format!("unplanned-property {kind}: traits.z"),
                    format!("wrong-type {kind}: traits.x"),
                    format!("wrong-value {kind}: traits.y"),
                ]
            );
            let missing = [format!("missing-property {kind}: traits.x")];
            assert_eq!(keys(json!({})), missing);
            let call = json!({ "type": kind, "groupId": "g", "userId": "u" });
            assert_eq!(self::keys(&checker, &call), missing);
            // The plan has no rules for other calls.
            let other = if kind == "group" { "identify" } else { "group" };
            for other in [other, "page", "screen", "alias"] {
                let call = json!({ "type": other, "traits": { "z": 1 }, "properties": { "z": 1 } });
                assert_eq!(self::keys(&checker, &call), NO_FINDINGS, "{other}");
            }
        }
    }
}

#[test]
fn rules_with_different_keys_for_the_same_traits_are_alternatives() {
    let mut strict = rule("GROUP", &json!("Companies"), "traits");
    strict["jsonSchema"]["properties"]["traits"]["required"] = json!(["x", "y"]);
    let checker = checker(json!([
        strict,
        rule("GROUP", &json!("Teams"), "traits"),
        rule("IDENTIFY", &json!("Users"), "traits"),
    ]));
    let group = |traits: Value| keys(&checker, &json!({ "type": "group", "traits": traits }));
    assert_eq!(group(json!({ "x": 1 })), NO_FINDINGS);
    assert_eq!(group(json!({ "x": 1, "y": "b" })), NO_FINDINGS);
    assert_eq!(
        group(json!({ "y": "a" })),
        ["missing-property group: traits.x"]
    );
}

#[test]
fn pages_and_screens_are_checked_by_name() {
    for kind in ["page", "screen"] {
        let rule_type = kind.to_uppercase();
        let mut home = rule(&rule_type, &json!("Home"), "properties");
        home["jsonSchema"]["properties"]["category"] = json!({ "const": "Shop" });
        let named = checker(json!([home]));
        let call = |name: Value, properties: Value| json!({ "type": kind, "name": name, "properties": properties });
        let mut valid = call(json!("Home"), json!({ "x": 1 }));
        assert_eq!(keys(&named, &valid), NO_FINDINGS);
        valid["category"] = json!("Blog");
        assert_eq!(keys(&named, &valid), ["wrong-value Home: category"]);
        assert_eq!(
            keys(&named, &call(json!("Home"), json!({ "x": 1.5, "z": 1 }))),
            [
                "unplanned-property Home: properties.z",
                "wrong-type Home: properties.x"
            ]
        );
        assert_eq!(
            keys(&named, &json!({ "type": kind, "name": "Home" })),
            ["missing-property Home: properties.x"]
        );
        // Calls without a rule are not checked.
        for name in [json!("Cart"), json!("home"), Value::Null] {
            assert_eq!(keys(&named, &call(name, json!({ "z": 1 }))), NO_FINDINGS);
        }

        // A rule without a key applies to the pages that have no rule.
        let mut any = rule(&rule_type, &json!(""), "properties");
        any["jsonSchema"]["properties"]["properties"]["required"] = json!(["y"]);
        let both = checker(json!([any, rule(&rule_type, &json!("Home"), "properties")]));
        assert_eq!(
            keys(&both, &call(json!("Home"), json!({ "x": 1 }))),
            NO_FINDINGS
        );
        assert_eq!(
            keys(&both, &call(json!("Cart"), json!({ "x": 1 }))),
            ["missing-property Cart: properties.y"]
        );
        assert_eq!(
            keys(&both, &json!({ "type": kind, "properties": { "z": 1 } })),
            [
                format!("missing-property {kind}: properties.y"),
                format!("unplanned-property {kind}: properties.z")
            ]
        );
    }
}

#[test]
fn rules_apply_only_to_calls_of_their_type() {
    let checker = checker(json!([
        rule("PAGE", &json!("Home"), "properties"),
        rule("SCREEN", &json!("Start"), "properties"),
    ]));
    let keys = |call: Value| keys(&checker, &call);
    for call in [
        json!({ "type": "screen", "name": "Home", "properties": {} }),
        json!({ "type": "page", "name": "Start", "properties": {} }),
    ] {
        assert_eq!(keys(call), NO_FINDINGS);
    }
    assert_eq!(
        keys(json!({ "type": "track", "event": "Home", "properties": { "x": 1 } })),
        ["unplanned-event Home"]
    );
}

#[test]
fn common_rules_and_versions_apply_to_every_type() {
    let mut second = rule("SCREEN", &json!("Home"), "properties");
    second["version"] = json!(2);
    second["jsonSchema"]["properties"]["properties"]["required"] = json!(["x", "y"]);
    let checker = checker(json!([
        rule("SCREEN", &json!("Home"), "properties"),
        second,
        { "type": "COMMON", "jsonSchema": { "properties": { "context": { "required": ["locale"] } }, "required": ["context"] } },
    ]));
    let screen = |version: Value| {
        let context = json!({ "locale": "de", "protocols": { "event_version": version } });
        let call = json!({ "type": "screen", "name": "Home", "properties": { "x": 1 }, "context": context });
        keys(&checker, &call)
    };
    assert_eq!(screen(Value::Null), NO_FINDINGS);
    assert_eq!(screen(json!(1)), NO_FINDINGS);
    assert_eq!(screen(json!(2)), ["missing-property Home: properties.y"]);
    assert_eq!(
        screen(json!(3)),
        ["unplanned-event Home: context.protocols.event_version"]
    );
    for (call, key) in [
        (
            json!({ "type": "group", "context": {} }),
            "missing-property group: context.locale",
        ),
        (
            json!({ "type": "page", "name": "Cart" }),
            "missing-property Cart: context",
        ),
    ] {
        assert_eq!(keys(&checker, &call), [key]);
    }
}

#[test]
fn the_older_shape_has_rules_for_these_calls() {
    let schema = |member: &str| rule("TRACK", &json!("A"), member)["jsonSchema"].clone();
    let plan = json!({ "rules": {
        "events": [],
        "group": schema("traits"),
        "page": schema("properties"),
        "screen": schema("properties"),
    } });
    let checker = checker(plan);
    for (kind, member) in [
        ("group", "traits"),
        ("page", "properties"),
        ("screen", "properties"),
    ] {
        let call = json!({ "type": kind, member: { "x": true } });
        assert_eq!(
            keys(&checker, &call),
            [format!("wrong-type {kind}: {member}.x")]
        );
    }
}
