//! Tests of types that implement `schemars::JsonSchema`.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::TrackEvent;
use crate::event::described::tests::example_types::Currency;
use crate::event::described::tests::rules::rule;

/// The state of an order.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum State {
    InCart,
    Paid,
}

#[derive(Serialize, JsonSchema)]
struct Line {
    sku: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    took: Duration,
    at: Option<SystemTime>,
    state: State,
}

#[derive(Serialize, JsonSchema)]
struct Category {
    name: String,
    parents: Vec<Category>,
}

#[derive(TrackEvent)]
#[track(crate = crate, name = "Order Placed")]
struct Placed {
    /// The lines of the order.
    lines: Vec<Line>,
    state: Option<State>,
    states: BTreeMap<String, State>,
    category: Option<Category>,
    currency: Currency,
    #[track(flatten)]
    first: Line,
}

#[test]
fn nested_types_have_the_schemas_of_schemars() {
    let rule: Value = serde_json::from_str(&rule::<Placed>()).unwrap();
    let object = &rule["jsonSchema"]["properties"]["properties"];
    let properties = &object["properties"];
    let state = json!({
        "type": "string", "enum": ["in_cart", "paid"], "description": "The state of an order.",
    });
    assert_eq!(properties["state"], state);
    assert_eq!(properties["states"]["additionalProperties"], state);
    let lines = &properties["lines"];
    assert_eq!(lines["description"], "The lines of the order.");
    assert_eq!(
        lines["items"]["properties"]["took"],
        json!({ "type": "number" })
    );
    assert_eq!(
        lines["items"]["required"],
        json!(["sku", "took", "at", "state"])
    );
    assert_eq!(properties["took"], json!({ "type": "number" }));
    let date = json!({ "type": "string", "format": "date-time" });
    assert_eq!(properties["at"], date);
    assert_eq!(properties["count"]["type"], "integer");
    // Types without a schema keep what their implementation of `Deserialize` tells.
    assert_eq!(properties["currency"]["enum"][0], "EURO");
    let text = rule["jsonSchema"].to_string();
    assert!(text.contains("#/definitions/Category"), "{text}");
    assert!(
        rule["jsonSchema"]["definitions"]["Category"].is_object(),
        "{text}"
    );
    assert_eq!(
        object["required"],
        json!(["currency", "lines", "sku", "states", "took"])
    );
}
