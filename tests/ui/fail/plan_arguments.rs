use copilot_track::{TrackEvent, plan};

#[derive(TrackEvent)]
struct ItemPurchased {
    price: f64,
}

#[derive(TrackEvent)]
struct QuoteCreated {
    total: f64,
}

fn main() {
    plan![ItemPurchased, "tracking-plan.json"];
    plan![file = "tracking-plan.json", ItemPurchased];
    plan![ItemPurchased QuoteCreated];
    plan![ItemPurchased; QuoteCreated];
    plan![ItemPurchased, , QuoteCreated];
    plan![ItemPurchased, QuoteCreated, ItemPurchased];
    plan![struct ItemPurchased];
    plan![crate::*];
    plan![&ItemPurchased, (ItemPurchased, QuoteCreated)];
}
