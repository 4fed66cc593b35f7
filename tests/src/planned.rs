//! Events for tests of tracking plans. They are defined in this library, which is not compiled as a
//! test.
#![allow(dead_code, reason = "a plan needs the types of events, but no values")]

use copilot_track::TrackEvent;
use serde::{Deserialize, Serialize};

/// An order left the warehouse.
#[derive(TrackEvent)]
pub struct OrderShipped {
    carrier: Carrier,
    parcels: Vec<Parcel>,
    /// It only implements `Serialize`.
    label: Option<Vec<Label>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Carrier {
    Rail,
    CargoBike,
}

#[derive(Serialize, Deserialize)]
struct Parcel {
    weight: f64,
}

#[derive(Serialize)]
struct Label {
    #[serde(rename = "zipCode")]
    zip_code: String,
}
