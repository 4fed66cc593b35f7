//! What a flood does to the page: `cargo run --release --bin flood [EVENTS A SECOND] [SECONDS]`.
//!
//! Sends batches of 500 to an inspector while its page is open on one of the conversations that
//! they are of, and says how many came in and how the page's frames went meanwhile. A figure of one
//! machine at one moment, for a reader to judge: no test.

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

/// Notes how long each frame of the page took, and how often its main thread was held up for long.
const RECORD_FRAMES: &str = "
window.frames_ = [];
let last = performance.now();
const frame = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(frame); };
requestAnimationFrame(frame);";

const SUMMARIZE_FRAMES: &str = "
const all = frames_.slice().sort((a, b) => a - b);
const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1);
return `${all.length} frames: half under ${at(0.5)} ms, 95 % under ${at(0.95)} ms, 99 % under ${at(0.99)} ms, the longest ${at(1)} ms; ` +
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

    let began = Instant::now();
    let mut beat = interval(Duration::from_secs_f64(BATCH as f64 / rate as f64));
    let mut sent = 1;
    while sent < rate * seconds {
        beat.tick().await;
        let events: Vec<Value> = (sent..sent + BATCH)
            .map(|number| {
                let conversation = format!("c{}", number % CONVERSATIONS);
                message_sent(&conversation, &format!("m{number}"), "A message of a flood")
            })
            .collect();
        send(to, &events).await?;
        sent += BATCH;
    }
    let took = began.elapsed().as_secs_f64();
    send(to, &[message_sent("c0", "last", "the last")]).await?;
    browser
        .wait_until("[...document.querySelectorAll('.bubble')].some((one) => one.textContent === 'the last')")
        .await?;
    let behind = began.elapsed().as_secs_f64() - took;
    println!(
        "{sent} events in {took:.1} s: {:.0} a second",
        sent as f64 / took
    );
    println!("the page was {behind:.2} s behind");
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
