//! `#[derive(TrackEvent)]`: the names and values of properties.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use copilot_track::TrackEvent;
use copilot_track::args::PlannedEvent;
use copilot_track::testing::{CapturedEvent, TestTracker};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) fn sent(event: impl TrackEvent + Send + 'static) -> CapturedEvent {
    let test = TestTracker::new();
    test.conversation().track(event);
    let events = test.events();
    assert_eq!(events.len(), 1);
    events[0].clone()
}

/// Returns the rule of an event in a tracking plan.
pub(crate) fn rule<E: PlannedEvent>() -> Value {
    let description = E::description(PhantomData);
    serde_json::from_str(&copilot_track::__private::rule(description)).unwrap()
}

#[derive(TrackEvent)]
struct ItemPurchased {
    item_id: String,
    item_price: f64,
    currency: Option<String>,
    r#type: &'static str,
    address_line_2: u8,
}

#[test]
fn names_are_camel_case_and_none_values_are_omitted() {
    let event = sent(ItemPurchased {
        item_id: "item101112".into(),
        item_price: 19.99,
        currency: None,
        r#type: "widget",
        address_line_2: 1,
    });
    assert_eq!(event.name(), "Item Purchased");
    event
        .assert_property("itemId", "item101112")
        .assert_property("itemPrice", 19.99)
        .assert_property("type", "widget")
        .assert_property("addressLine2", 1)
        .assert_no_property("currency");
    assert!(event.conversation_id().is_some());
}

#[derive(Serialize)]
struct Address {
    street_name: &'static str,
}

#[derive(Serialize)]
struct Rest {
    coupon: Option<&'static str>,
    source: &'static str,
}

/// An order was placed.
///
/// By a customer.
#[derive(TrackEvent)]
#[track(name = "Order Placed", rename_all = "snake_case")]
struct Placed<'a, T: Clone, const N: usize>
where
    T: 'a,
{
    /// The order's number.
    order_id: u64,
    #[track(rename = "where")]
    address: Address,
    lines: Vec<T>,
    #[track(skip)]
    #[allow(dead_code)]
    fixed: [u8; N],
    text: Cow<'a, str>,
    #[track(flatten)]
    rest: Rest,
    #[track(flatten)]
    more: BTreeMap<String, u8>,
    #[track(flatten)]
    none: Option<Rest>,
    #[track(skip)]
    secret: PhantomData<fn(T)>,
}

#[test]
fn every_field_attribute_has_its_effect() {
    let event = sent(Placed::<'static, &'static str, 2> {
        order_id: 7,
        address: Address {
            street_name: "Main",
        },
        lines: vec!["a", "b"],
        fixed: [1, 2],
        text: "hello".into(),
        rest: Rest {
            coupon: None,
            source: "chat",
        },
        more: BTreeMap::from([("x".to_owned(), 1)]),
        none: None,
        secret: PhantomData,
    });
    assert_eq!(event.name(), "Order Placed");
    event
        .assert_property("order_id", 7)
        .assert_property("where", json!({ "street_name": "Main" }))
        .assert_property("lines", json!(["a", "b"]))
        .assert_no_property("fixed")
        .assert_property("text", "hello")
        .assert_property("source", "chat")
        .assert_property("x", 1)
        .assert_no_property("coupon")
        .assert_no_property("secret")
        .assert_no_property("rest");
}

#[test]
fn names_and_doc_comments_are_available() {
    type Event = Placed<'static, u8, 1>;
    let rule = rule::<Event>();
    assert_eq!(rule["key"], "Order Placed");
    let schema = &rule["jsonSchema"];
    assert_eq!(
        schema["description"],
        "An order was placed.\n\nBy a customer."
    );
    let properties = &schema["properties"]["properties"]["properties"];
    assert_eq!(properties["order_id"]["description"], "The order's number.");
    assert_eq!(properties["where"]["description"], Value::Null);
}

#[derive(TrackEvent)]
#[track(empty)]
struct CheckoutOpened;

#[derive(TrackEvent)]
struct Pair(
    #[track(rename = "left")] u8,
    #[track(skip)]
    #[allow(dead_code)]
    u8,
    #[track(flatten)] Rest,
);

#[test]
fn unit_and_tuple_structs_are_events() {
    assert_eq!(sent(CheckoutOpened).name(), "Checkout Opened");
    sent(Pair(
        1,
        2,
        Rest {
            coupon: Some("c"),
            source: "chat",
        },
    ))
    .assert_property("left", 1)
    .assert_property("coupon", "c")
    .assert_property_names(&["conversationId", "coupon", "left", "source"]);
}

#[test]
fn the_size_hint_includes_text() {
    let event = |text: &str| ItemPurchased {
        item_id: text.to_owned(),
        item_price: 1.0,
        currency: Some(text.to_owned()),
        r#type: "",
        address_line_2: 0,
    };
    assert_eq!(event("12345").size_hint(), event("").size_hint() + 10);
}

pub(crate) mod elsewhere {
    pub(crate) use ::copilot_track as tracking;

    mod copilot_track {}

    #[derive(tracking::TrackEvent)]
    #[track(crate = crate::derive::elsewhere::tracking)]
    pub(crate) struct Renamed {
        pub(crate) a: u8,
    }

    #[tracking::tracked_tool(type = "t", crate = crate::derive::elsewhere::tracking)]
    pub(crate) fn renamed() {}
}

#[test]
fn the_crate_can_be_renamed() {
    elsewhere::renamed();
    sent(elsewhere::Renamed { a: 1 }).assert_property("a", 1);
}
