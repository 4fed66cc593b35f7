//! Tests of the scan of single files.

use serde_json::{Value, json};

use super::*;
use crate::model::Plan;

fn plan(text: &str) -> Plan {
    let sources = scan_text("src/main.rs", text);
    assert_eq!(sources.problems(), []);
    sources.plan()
}

fn field(plan: &Plan, event: &str, name: &str) -> Value {
    let rule = plan.event(event).unwrap_or_else(|| panic!("no {event}"));
    let field = rule
        .field(name)
        .unwrap_or_else(|| panic!("no {name} in {event}"));
    let mut schema = field.schema.json().clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove("description");
        members.insert("required".to_owned(), field.is_required.into());
    }
    schema
}

#[test]
fn derived_events_have_their_names_types_and_documentation() {
    let plan = plan(
        r#"
        /// The customer bought an item.
        #[derive(Debug, TrackEvent)]
        struct ItemPurchased<'a> {
            /// The price in dollars
            item_price: f64,
            r#type: Option<Size>,
            #[track(rename = "SKU")]
            sku: &'a str,
            tags: Vec<String>,
            stock: std::collections::BTreeMap<String, u32>,
            shop: Option<Box<Shop>>,
            at: std::time::SystemTime,
            #[serde(skip)]
            secret: String,
            #[serde(skip_serializing_if = "is_zero")]
            count: Count,
            #[track(with = "in_seconds")]
            duration: Duration,
        }
        type Count = u32;
        #[derive(serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Size { Small, ExtraLarge, #[serde(rename = "XXL")] Huge }
        #[derive(serde::Serialize)]
        struct Shop { city: String, #[serde(rename = "zipCode")] zip: Option<String> }
        "#,
    );
    let rule = plan.event("Item Purchased").unwrap();
    assert_eq!(rule.description(), Some("The customer bought an item."));
    assert_eq!(rule.location().unwrap().to_string(), "src/main.rs:4");
    let price = rule.field("itemPrice").unwrap();
    assert_eq!(price.schema.description(), Some("The price in dollars"));
    let field = |name| field(&plan, "Item Purchased", name);
    assert_eq!(
        field("itemPrice"),
        json!({ "type": "number", "required": true })
    );
    assert_eq!(
        field("type"),
        json!({ "type": "string", "enum": ["small", "extra_large", "XXL"], "required": false })
    );
    assert_eq!(field("SKU"), json!({ "type": "string", "required": true }));
    assert_eq!(field("tags")["items"], json!({ "type": "string" }));
    assert_eq!(
        field("stock")["additionalProperties"],
        json!({ "type": "integer" })
    );
    let shop = rule.field("shop").unwrap().schema.json().clone();
    assert_eq!(
        shop,
        json!({
            "type": "object",
            "properties": {
                "city": { "type": "string" },
                "zipCode": { "type": ["string", "null"] },
            },
            "required": ["city"],
        })
    );
    assert_eq!(
        field("at"),
        json!({ "type": "string", "format": "date-time", "required": true })
    );
    assert_eq!(
        field("count"),
        json!({ "type": "integer", "required": false })
    );
    assert_eq!(field("duration"), json!({ "required": true }));
    assert!(rule.field("secret").is_none());
    assert!(rule.field("conversationId").is_some());
}

#[test]
fn names_of_events_come_from_attributes_and_constants() {
    let text = r#"
        const NAME: &str = "Coupon Applied";
        #[cfg_attr(feature = "track", derive(copilot_track::TrackEvent))]
        #[track(name = NAME, rename_all = "snake_case")]
        struct Coupon { percent_off: u8, #[track(flatten)] rest: Rest }
        #[derive(TrackEvent)]
        #[track(name = other::NAMES, empty)]
        struct Unknown {}
        #[derive(TrackEvent)]
        #[track(empty)]
        struct URLOpened;
    "#;
    let sources = scan_text("a.rs", text);
    assert_eq!(sources.problems().len(), 1, "{:?}", sources.problems());
    let plan = sources.plan();
    let coupon = plan.event("Coupon Applied").unwrap();
    assert!(coupon.field("percent_off").unwrap().is_required);
    let fields = coupon.fields_schema().unwrap();
    assert_eq!(fields.keyword("additionalProperties"), Some(&json!(true)));
    assert!(plan.event("Url Opened").is_some());
}

#[test]
fn attributes_add_properties_types_and_actions() {
    let plan = plan(
        r#"
        struct Order { quantity: u32 }
        #[tracked_tool(
            type = "Order Request",
            properties(sku, quantity = order.quantity, express = true, weight = w as f64, other = unknown()),
            result(in_stock = |level| *level > 0, left = |level: &Level| -> u64 { level.0 }),
            record(duration, outcome = |x| x.ok),
            media(type = "image", sub_type = "png", properties(width = 3)),
        )]
        async fn place_order(sku: &str, order: &Order, w: u8) -> Result<u32, Error> { todo!() }

        struct Tools;
        impl Tools {
            #[cfg_attr(feature = "track", copilot_track::tracked_tool(type = "Stock", action = "check stock level"))]
            fn stock(&self) {}
            #[copilot_track::tracked_reply(body = |r| &r.text, result(model = |r| r.model.to_string()))]
            async fn reply(&self) -> Completion { todo!() }
        }
        "#,
    );
    let action = |name| field(&plan, "Action Invoked", name);
    assert_eq!(
        action("type")["examples"],
        json!(["Order Request", "Stock"])
    );
    assert_eq!(
        action("action")["examples"],
        json!(["check stock level", "place order"])
    );
    assert_eq!(
        action("sku"),
        json!({ "type": "string", "required": false })
    );
    assert_eq!(
        action("quantity"),
        json!({ "type": "integer", "required": false })
    );
    assert_eq!(
        action("express"),
        json!({ "type": "boolean", "required": false })
    );
    assert_eq!(
        action("weight"),
        json!({ "type": "number", "required": false })
    );
    assert_eq!(action("other"), json!({ "required": false }));
    assert_eq!(
        action("in_stock"),
        json!({ "type": "boolean", "required": false })
    );
    assert_eq!(
        action("left"),
        json!({ "type": "integer", "required": false })
    );
    assert_eq!(
        action("duration_ms"),
        json!({ "type": "number", "required": false })
    );
    assert_eq!(
        action("outcome"),
        json!({ "type": "string", "required": false })
    );
    let media = |name| field(&plan, "Media Generated", name);
    assert_eq!(media("sub_type")["examples"], json!(["png"]));
    assert_eq!(
        media("width"),
        json!({ "type": "integer", "required": false })
    );
    assert_eq!(field(&plan, "Message Received", "model")["type"], "string");
}

#[test]
fn calls_and_custom_events_are_found() {
    let text = r#"
        fn run(turn: &Turn, days: u32) -> Result<(), Error> {
            turn.track(CustomEvent::new("Apology Sent")?.property("days", days).text("note", words));
            let mut event = CustomEvent::new("Internal Note")?;
            event = event.property("kind", "short");
            turn.track(event);
            turn.track(ActionInvoked::new("Order Request", action).property("orderId", "SO-1"));
            turn.track(CustomEvent::new(name)?);
            let name = "From A Variable";
            turn.track(CustomEvent::new(name)?.property("a", 1));
            turn.track(CustomEvent::new(crate::names::CONSTANT)?.property("b", 1));
            turn.rate(5);
            turn.custom_component_loaded("Order Card");
            Reply::current().set_property("temperature", 0.5);
            reply.add_usage(Usage::new());
            turn.track(ItemPurchased { price: 1 }.property("coupon", "X"));
            Ok(())
        }
        const CONSTANT: &str = "From A Constant";
        #[derive(TrackEvent)]
        struct ItemPurchased { price: i32 }
        #[cfg(test)]
        mod tests {
            #[derive(TrackEvent)]
            struct OnlyInTests { x: u8 }
        }
        #[test]
        fn test() { CustomEvent::new("Also Only In Tests"); }
    "#;
    let sources = scan_text("a.rs", text);
    let problems: Vec<_> = sources.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        ["a.rs:8: the name of this `CustomEvent` is not a literal"]
    );
    let plan = sources.plan();
    assert_eq!(field(&plan, "Apology Sent", "days")["type"], "integer");
    assert_eq!(field(&plan, "Apology Sent", "note")["type"], "string");
    assert_eq!(field(&plan, "Internal Note", "kind")["type"], "string");
    assert_eq!(field(&plan, "Action Invoked", "orderId")["type"], "string");
    assert_eq!(
        field(&plan, "Action Invoked", "type")["examples"],
        json!(["Order Request"])
    );
    assert_eq!(
        field(&plan, "Message Received", "temperature")["type"],
        "number"
    );
    assert_eq!(
        field(&plan, "Message Received", "input_tokens")["type"],
        "integer"
    );
    assert_eq!(field(&plan, "Item Purchased", "coupon")["required"], false);
    assert_eq!(field(&plan, "From A Variable", "a")["type"], "integer");
    assert_eq!(field(&plan, "From A Constant", "b")["type"], "integer");
    assert!(plan.event("Feedback Submitted").is_some());
    assert!(plan.event("Custom Component Loaded").is_some());
    assert!(plan.event("Only In Tests").is_none());
    assert!(plan.event("Also Only In Tests").is_none());
    assert!(plan.event("Media Generated").is_none());
}

#[test]
fn adapters_report_usage() {
    for text in [
        "use copilot_track_rig::TurnHook;",
        "fn f() { copilot_track_openai::track(client); }",
    ] {
        let usage = plan(text);
        assert!(
            usage
                .event("Message Received")
                .unwrap()
                .field("model")
                .is_some()
        );
    }
}

#[test]
fn macros_and_unusual_syntax_are_tolerated() {
    plan(
        r"#!/usr/bin/env run-cargo-script
        macro_rules! event { ($name:ident) => { #[derive(TrackEvent)] struct $name { x: u8 } }; }
        event!(Hidden);
        #[tracked_tool(type = , properties(]
        "
        .replace(
            "#[tracked_tool(type = , properties(]\n",
            "#[tracked_tool(type = , ++)] fn f() {}\n",
        )
        .as_str(),
    );
}

#[test]
fn files_that_cannot_be_parsed_are_problems() {
    for text in [
        "fn main() {",
        "struct",
        &"(".repeat(100_000),
        &format!("fn f() {{ {}x }}", "!".repeat(100_000)),
        &format!("fn f() {{ {}1{} }}", "[".repeat(2000), "]".repeat(2000)),
        &format!("fn f() {{ x{} }}", ".a()".repeat(50_000)),
        "\u{0}",
    ] {
        let sources = scan_text("a.rs", text);
        assert_eq!(sources.problems().len(), 1);
        assert_eq!(sources.problems()[0].location.file, "a.rs");
    }
}

#[test]
fn folders_are_searched_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let event = |name: &str| format!("#[derive(TrackEvent)] struct {name} {{ x: u8 }}");
    write("src/a.rs", &event("FirstEvent"));
    write("src/deep/b.rs", &event("SecondEvent"));
    write("src/broken.rs", "struct {");
    write("target/c.rs", &event("ThirdEvent"));
    write(".hidden/d.rs", &event("FourthEvent"));
    write("src/notes.txt", "text");
    #[cfg(unix)]
    {
        let link = |to: &str, from: &str| {
            std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(from)).unwrap();
        };
        link("src", "src/loop");
        link("src/a.rs", "src/again.rs");
        link("nowhere", "src/nothing");
    }
    let sources = scan(folder.path()).unwrap();
    let events: Vec<_> = sources
        .uses()
        .iter()
        .filter_map(|used| used.event())
        .collect();
    assert_eq!(events, ["First Event", "Second Event"]);
    assert_eq!(sources.problems().len(), 1);
    assert!(
        sources.problems()[0]
            .location
            .file
            .ends_with("src/broken.rs")
    );
    assert!(scan(folder.path().join("missing")).is_err());
}

#[test]
fn none_inside_another_value_is_null() {
    let plan = plan(
        r#"
        #[derive(TrackEvent)]
        struct Moved { stops: Vec<Option<Stop>>, by_day: HashMap<u8, Option<u8>>, last: Last, first: Stop }
        type Last = Option<Stop>;
        #[derive(serde::Serialize)]
        struct Stop {
            city: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            zip: Option<String>,
            size: Option<Size>,
        }
        #[derive(serde::Serialize)]
        enum Size { S, M }
        "#,
    );
    let field = |name| field(&plan, "Moved", name);
    let stop = json!({
        "city": { "type": ["string", "null"] },
        "zip": { "type": "string" },
        "size": { "type": ["string", "null"], "enum": ["S", "M", null] },
    });
    let stops = &field("stops")["items"];
    assert_eq!(stops["type"], json!(["object", "null"]));
    assert_eq!(stops["properties"], stop);
    assert_eq!(field("first")["type"], "object");
    assert_eq!(field("first")["required"], true);
    assert_eq!(
        field("byDay")["additionalProperties"],
        json!({ "type": ["integer", "null"] })
    );
    // An alias of an `Option` is optional, too.
    assert_eq!(field("last")["required"], false);
    assert_eq!(field("last")["type"], "object");
}
