//! The answers of a shop's copilot, which the axum examples stream.

use std::time::Duration;

use copilot_track::{tracked_reply, tracked_tool};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

/// Answers a question word by word. Sends one Message Received when the stream ends or is dropped.
#[tracked_reply]
pub(super) fn answer(question: String) -> impl Stream<Item = String> + Send {
    let text = async move {
        let left = stock_level().await;
        format!("You asked: {question} Yes, {left} of them are in stock.")
    };
    text.into_stream()
        .flat_map(|text| {
            let words: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
            stream::iter(words)
        })
        .then(|word| async {
            // A model takes time for each word. The pause also leaves time to stop curl.
            tokio::time::sleep(Duration::from_millis(50)).await;
            word
        })
}

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level() -> u32 {
    // A real service would query a database.
    tokio::time::sleep(Duration::from_millis(10)).await;
    37
}
