//! The events of a tracking plan. `copilot-track-plan rust` generated this file.

#![allow(dead_code, missing_docs, unreachable_pub)]

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub enum OrderPlacedLinesType {
    #[serde(rename = "book")]
    Book,
    #[serde(rename = "e-book")]
    EBook,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct OrderPlacedLines {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub quantity: i64,
    pub r#type: OrderPlacedLinesType,
}

/// The customer places an order.
#[derive(Debug, Clone, copilot_track::TrackEvent)]
pub struct OrderPlaced {
    pub deliver_at: Option<std::time::SystemTime>,
    /// Whether the order is a gift
    #[track(rename = "gift wrap")]
    pub gift_wrap: Option<bool>,
    pub item_id: String,
    pub lines: Vec<OrderPlacedLines>,
    pub stock: Option<std::collections::BTreeMap<String, i64>>,
    pub total: f64,
}

#[derive(Debug, Clone, copilot_track::TrackEvent)]
#[track(name = "cart cleared", empty)]
pub struct CartCleared {}
