//! Types of properties.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub(super) enum Currency {
    Euro,
    #[serde(alias = "DOLLAR")]
    UsDollar,
    #[serde(rename(serialize = "yen", deserialize = "¥"))]
    Yen,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Payment {
    Cash,
    #[allow(dead_code)]
    Card(String),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Sku(Box<str>);

#[derive(Serialize, Deserialize)]
pub(super) struct Tree(Vec<Tree>);

#[derive(Serialize, Deserialize)]
pub(super) struct Address {
    street: String,
    numbers: Vec<Option<u8>>,
    country: Currency,
    parent: Option<Box<Address>>,
    #[serde(rename = "geo-position")]
    position: (f64, f64),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Borrowed<'a> {
    #[serde(borrow)]
    text: &'a str,
}

#[derive(Serialize)]
#[allow(dead_code)]
pub(super) struct Opaque(u8);

/// An item of a list, with every kind of value.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    sku: Sku,
    count: u32,
    note: Option<String>,
    payment: Option<Payment>,
    parts: Vec<Part>,
    by_color: HashMap<String, Option<Part>>,
    by_number: BTreeMap<u8, Part>,
    took: Duration,
    at: Option<SystemTime>,
    any: Value,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    weights: [f64; 2],
    lines: Vec<Line>,
}
