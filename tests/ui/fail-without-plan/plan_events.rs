// This program is not compiled as a test, and neither is the library.

use copilot_track::{CustomEvent, TrackEvent, plan};
use copilot_track_tests::planned::OrderShipped;

#[derive(TrackEvent)]
struct QuoteCreated<T> {
    total: T,
}

fn main() {
    plan![OrderShipped, QuoteCreated<f64>];
    plan![CustomEvent];
}
