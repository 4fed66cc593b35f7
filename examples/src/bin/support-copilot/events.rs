//! A custom event, in addition to the spec's events.

use copilot_track::TrackEvent;

use crate::shop::OrderLine;

/// Sent as "Item Purchased" with `itemId`, `itemName`, `itemPrice`, `quantity`, `currency`, and
/// the ids of the conversation and the message.
#[derive(Debug, TrackEvent)]
pub(crate) struct ItemPurchased {
    item_id: String,
    item_name: String,
    item_price: f64,
    quantity: u32,
    currency: String,
}

impl From<&OrderLine> for ItemPurchased {
    fn from(line: &OrderLine) -> Self {
        Self {
            item_id: line.sku.to_string(),
            item_name: line.name.clone(),
            item_price: line.unit_price.as_f64(),
            quantity: line.quantity,
            currency: line.currency.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To write the file, run the test with `UPDATE_PLAN=1`.
    #[test]
    fn the_tracking_plan_is_current() {
        let sources = copilot_track_plan::scan("src/bin/support-copilot").unwrap();
        assert_eq!(sources.problems(), []);
        copilot_track::plan![ItemPurchased]
            .with_sources(sources)
            .assert_matches("src/bin/support-copilot/tracking-plan.json");
    }
}
