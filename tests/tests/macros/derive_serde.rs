//! `#[derive(TrackEvent)]` on structs that serde also serializes.

use copilot_track::TrackEvent;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::derive::{rule, sent};

/// Modules for `with`.
mod as_text {
    use super::Serializer;

    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }
}

mod in_cents {
    use super::Serializer;

    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(euros: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(euros * 100.0)
    }
}

mod nothing {
    use super::Serializer;

    pub(super) fn serialize<T, S: Serializer>(_: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

mod fails {
    use super::Serializer;

    pub(super) fn serialize<T, S: Serializer>(_: &T, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

mod entries {
    use super::{Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
        std::collections::BTreeMap::from([("entry", name)]).serialize(serializer)
    }
}

#[derive(Serialize, Clone, Copy)]
struct Place {
    city: &'static str,
}

#[derive(TrackEvent, Serialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
struct Login<T> {
    user_name: String,
    #[serde(skip)]
    #[allow(dead_code)]
    password: String,
    #[serde(skip_serializing)]
    #[allow(dead_code)]
    token: T,
    #[serde(rename = "x")]
    renamed: u8,
    #[serde(rename(serialize = "y", deserialize = "z"))]
    renamed_for_one_direction: u8,
    #[serde(skip_serializing_if = "is_zero")]
    attempts: u8,
    #[serde(skip_serializing_if = "is_zero", with = "as_text")]
    level: u8,
    #[serde(with = "as_text")]
    age: u8,
    #[serde(serialize_with = "nothing::serialize")]
    not_serializable: NotSerializable,
    #[serde(flatten)]
    place: Place,
    #[serde(default)]
    other: u8,
}

struct NotSerializable;

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(value: &u8) -> bool {
    *value == 0
}

fn login() -> Login<fn()> {
    Login {
        user_name: "u".into(),
        password: "hunter2".into(),
        token: || {},
        renamed: 1,
        renamed_for_one_direction: 2,
        attempts: 0,
        level: 0,
        age: 7,
        not_serializable: NotSerializable,
        place: Place { city: "Berlin" },
        other: 3,
    }
}

#[test]
fn serde_attributes_apply_to_the_event() {
    sent(login())
        .assert_property_names(&[
            "AGE",
            "OTHER",
            "USER-NAME",
            "city",
            "conversationId",
            "x",
            "y",
        ])
        .assert_property("AGE", "7")
        .assert_property("x", 1)
        .assert_property("y", 2);
    let mut login = login();
    (login.attempts, login.level) = (4, 5);
    sent(login)
        .assert_property("ATTEMPTS", 4)
        .assert_property("LEVEL", "5");
}

#[derive(TrackEvent, Serialize)]
#[track(rename_all = "snake_case")]
#[serde(rename_all = "PascalCase")]
struct Overridden {
    #[serde(skip)]
    #[track(skip = false)]
    sent_anyway: u8,
    #[serde(skip_serializing_if = "is_zero")]
    #[track(skip = false)]
    even_if_zero: u8,
    #[serde(rename = "a")]
    #[track(rename = " b\t")]
    name: u8,
    #[serde(with = "as_text")]
    #[track(with = "nothing")]
    level: u8,
    #[serde(flatten)]
    #[track(flatten = false)]
    place: Place,
    #[serde(flatten)]
    #[track(rename = "from")]
    origin: Place,
    snake_name: u8,
}

#[test]
fn track_attributes_take_precedence() {
    let place = Place { city: "Berlin" };
    sent(Overridden {
        sent_anyway: 1,
        even_if_zero: 0,
        name: 2,
        level: 3,
        place,
        origin: place,
        snake_name: 4,
    })
    .assert_property_names(&[
        "b",
        "conversationId",
        "even_if_zero",
        "from",
        "place",
        "sent_anyway",
        "snake_name",
    ])
    .assert_property("place", json!({ "city": "Berlin" }));
}

#[derive(TrackEvent)]
struct Quote<'a, T> {
    #[track(with = "in_cents")]
    price: f64,
    #[track(with = "nothing", rename = "left out")]
    absent: T,
    #[track(flatten, with = "entries")]
    flattened: &'a str,
    #[track(content, with = "as_text")]
    note: u8,
}

#[test]
fn a_field_can_have_its_own_form() {
    sent(Quote {
        price: 1.5,
        absent: NotSerializable,
        flattened: "f",
        note: 8,
    })
    .assert_property_names(&["conversationId", "entry", "note", "price"])
    .assert_property("price", 150.0)
    .assert_property("entry", "f")
    .assert_property("note", "8");
}

#[derive(TrackEvent)]
struct Broken {
    #[track(with = "fails")]
    value: u8,
}

#[test]
fn an_error_in_with_makes_the_event_invalid() {
    let test = copilot_track::testing::TestTracker::new();
    test.conversation().track(Broken { value: 1 });
    assert!(test.events().is_empty());
    let ledger = test.ledger();
    assert_eq!(
        ledger.dropped.get(copilot_track::DropReason::Invalid),
        1,
        "{ledger:?}"
    );
}

#[derive(TrackEvent)]
#[repr(C, packed)]
struct Packed {
    kind: u8,
    amount: u32,
    #[track(with = "as_text")]
    level: u8,
}

#[test]
fn packed_structs_are_events() {
    sent(Packed {
        kind: 1,
        amount: 2,
        level: 3,
    })
    .assert_property("kind", 1)
    .assert_property("amount", 2)
    .assert_property("level", "3");
}

const EVENT_NAME: &str = " Item Sold ";

#[derive(TrackEvent)]
#[track(name = EVENT_NAME)]
struct Sold {
    id: u8,
}

#[derive(TrackEvent)]
#[track(name = Self::NAME, empty)]
struct Opened<T: Send + 'static>(#[track(skip)] std::marker::PhantomData<T>);

impl<T: Send + 'static> Opened<T> {
    const NAME: &'static str = "Shop Opened";
}

trait Named {
    const NAME: &'static str;
}

/// The constant belongs to a trait.
#[derive(TrackEvent)]
#[track(name = Self::NAME)]
struct Closed {
    id: u8,
}

impl Named for Closed {
    const NAME: &'static str = "Shop Closed";
}

#[derive(TrackEvent)]
#[track(name = "  Trimmed Name\n")]
struct Trimmed {
    id: u8,
}

#[test]
fn a_name_can_be_a_constant_and_is_trimmed() {
    assert_eq!(sent(Sold { id: 1 }).name(), "Item Sold");
    assert_eq!(sent(Trimmed { id: 1 }).name(), "Trimmed Name");
    let opened = Opened::<u8>(std::marker::PhantomData);
    assert_eq!(sent(opened).name(), "Shop Opened");
    assert_eq!(sent(Closed { id: 1 }).name(), "Shop Closed");
    for (rule, name) in [
        (rule::<Sold>(), "Item Sold"),
        (rule::<Trimmed>(), "Trimmed Name"),
        (rule::<Opened<u8>>(), "Shop Opened"),
        (rule::<Closed>(), "Shop Closed"),
    ] {
        assert_eq!(rule["key"], name);
    }
}

mod length {
    use super::Serializer;

    pub(super) fn serialize<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.len() as u64)
    }
}

#[derive(TrackEvent)]
struct Measured {
    #[track(with = "length")]
    document: String,
    sku: String,
}

#[test]
fn a_function_receives_the_whole_text() {
    sent(Measured {
        document: "a".repeat(200_000),
        sku: "abc".to_owned(),
    })
    .assert_property("document", 200_000)
    .assert_property("sku", "abc");
}
