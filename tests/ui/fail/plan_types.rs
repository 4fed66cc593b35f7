use copilot_track::{TrackEvent, plan};

struct NotAnEvent {
    price: f64,
}

#[derive(TrackEvent)]
#[track(nmae = "Item Purchased")]
struct Mistaken {
    price: f64,
}

#[derive(TrackEvent)]
struct QuoteCreated {
    total: f64,
}

fn main() {
    plan![NotAnEvent];
    plan![Mistaken];
    // Types are checked after another mistake, too.
    plan![QuoteCreated, Vec<QuoteCreated>, "tracking-plan.json"];
}
