//! The assistant. A real one would call a model.

use copilot_track::{tracked_reply, tracked_tool};

/// Answers a question.
#[tracked_reply]
pub(crate) async fn answer(question: &str) -> String {
    let words: Vec<_> = question.split_whitespace().collect();
    match words[..] {
        [.., product] if question.contains("stock") => {
            let product = product.trim_end_matches('?');
            format!(
                "There are {} of {product} left.",
                stock_level(product).await
            )
        }
        _ => format!("You said: {question}"),
    }
}

/// Returns how many pieces of a product are left.
#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level(product: &str) -> usize {
    // A real service would query a database.
    tokio::task::yield_now().await;
    product.len()
}
