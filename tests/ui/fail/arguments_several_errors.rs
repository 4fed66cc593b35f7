//! All errors are reported together, and the function remains usable.

use copilot_track::tracked_tool;

#[tracked_tool(tpye = "Inventory Request", action = "", sub_type = "png", role = "agent", role = "agent", rating: 5)]
async fn stock_level(sku: &str) -> u32 {
    sku.len() as u32
}

fn main() {
    let _ = stock_level("widget");
}
