//! Measures the page under a flood of events:
//! `cargo run --release --bin flood [EVENTS_PER_SECOND] [SECONDS]`.
//!
//! Sends batches of 500 events while the page shows one of the conversations, and prints the rate
//! and the page's frame times. The results depend on the machine; this is not a test.

use std::{env, time::Duration};

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{
    Result,
    browser::Browser,
    events::{message_sent, send},
};
use serde_json::Value;
use tokio::time::{Instant, interval};

const BATCH: u64 = 500;
const CONVERSATIONS: u64 = 200;

/// Records the duration of each frame.
const RECORD_FRAMES: &str = "
window.frames_ = [];
let last = performance.now();
const frame = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(frame); };
requestAnimationFrame(frame);";

const SUMMARIZE_FRAMES: &str = "
const all = frames_.slice().sort((a, b) => a - b);
const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1);
return `${all.length} frames: median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, maximum ${at(1)} ms; ` +
  `${document.querySelectorAll('*').length} elements, ${(performance.memory.usedJSHeapSize / 1e6).toFixed(1)} MB of heap`;";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = env::args().skip(1).map(|text| text.parse::<u64>());
    let rate = arguments.next().transpose()?.unwrap_or(10_000);
    let seconds = arguments.next().transpose()?.unwrap_or(15);

    let inspector = Inspector::builder().start().await?;
    let to = inspector.address();
    let browser = Browser::start(1440, 900).await?;
    browser.open(&inspector.url()).await?;
    send(to, &[message_sent("c0", "m", "the first")]).await?;
    browser.click("[data-id=c0]").await?;
    browser
        .wait_until("document.querySelector('.bubble')")
        .await?;
    browser.execute(RECORD_FRAMES).await?;

    let started = Instant::now();
    let mut ticker = interval(Duration::from_secs_f64(BATCH as f64 / rate as f64));
    let mut sent = 1;
    while sent < rate * seconds {
        ticker.tick().await;
        let events: Vec<Value> = (sent..sent + BATCH)
            .map(|number| {
                let conversation = format!("c{}", number % CONVERSATIONS);
                message_sent(&conversation, &format!("m{number}"), "A message in a flood")
            })
            .collect();
        send(to, &events).await?;
        sent += BATCH;
    }
    let took = started.elapsed().as_secs_f64();
    send(to, &[message_sent("c0", "last", "the last")]).await?;
    browser
        .wait_until("[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent === 'the last')")
        .await?;
    let lag = started.elapsed().as_secs_f64() - took;
    println!(
        "{sent} events in {took:.1} s: {:.0} per second",
        sent as f64 / took
    );
    println!("the page caught up after {lag:.2} s");
    println!(
        "{}",
        browser
            .execute(SUMMARIZE_FRAMES)
            .await?
            .as_str()
            .unwrap_or_default()
    );
    browser.close().await
}
