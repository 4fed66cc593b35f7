//! Tracks work on other tasks and threads.
//!
//! ```text
//! cargo run -p copilot-track-examples --example spawned_work
//! ```
//!
//! The current turn is available across `.await`, but not in a spawned task or thread. This example
//! shows how to pass it on. It prints the events as JSON lines.

use std::{error::Error, io, thread, time::Duration};

use copilot_track::{
    InCurrentTurn as _, Tracker, Turn, User, tracked_media, tracked_reply, tracked_tool,
};
use futures_util::future::join_all;

#[tracked_tool(
    type = "Inventory Request",
    action = "check stock level",
    properties(warehouse)
)]
async fn stock_level(warehouse: &'static str) -> u32 {
    tokio::time::sleep(Duration::from_millis(10)).await;
    u32::try_from(warehouse.len()).unwrap_or_default()
}

#[tracked_media(type = "image", sub_type = "png")]
fn draw(levels: &[u32]) -> Vec<u8> {
    levels
        .iter()
        .flat_map(|level| level.to_be_bytes())
        .collect()
}

#[tracked_reply]
async fn answer() -> String {
    // Tasks: `in_current_turn` makes the future run in the turn of this function.
    let tasks = ["Lisbon", "Tampere", "Gdynia"]
        .map(|warehouse| tokio::spawn(stock_level(warehouse).in_current_turn()));
    let levels: Vec<u32> = join_all(tasks).await.into_iter().flatten().collect();
    let total: u32 = levels.iter().sum();

    // Threads: move the turn to the thread, and enter it there.
    let turn = Turn::current();
    let drawn = thread::spawn(move || {
        let _turn = turn.as_ref().map(Turn::enter);
        draw(&levels)
    });
    let bytes = drawn.join().map_or(0, |png| png.len());
    format!("We have {total} in three warehouses. The chart has {bytes} bytes.")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tracker = Tracker::builder().json_lines(io::stdout()).build()?;
    let conversation = tracker.conversation(User::known("123")?);

    let turn = conversation.turn("How many Super Widgets do you have?");
    eprintln!("{}", turn.run(answer()).await);

    conversation.end();
    eprintln!("{}", tracker.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
