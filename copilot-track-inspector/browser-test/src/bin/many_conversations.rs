//! Measures the page with a large number of conversations:
//! `cargo run --release --bin many_conversations -- [--db FILE] [CONVERSATIONS]`.
//!
//! Fills an inspector, in memory or in a new file, with conversations of two messages each. Prints
//! how long the page takes to show the list, to search, to open a conversation, to scroll down to
//! the oldest conversation, and to open it. The results depend on the machine; this is not a test.

use std::{env, path::PathBuf, time::Duration};

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{
    Result,
    browser::Browser,
    events::{message_received, message_sent, send},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// The number of events per batch.
const BATCH_SIZE: usize = 400;

/// Returns a script that runs `action` and resolves to the number of milliseconds until `condition`
/// holds.
fn timed(action: &str, condition: &str) -> String {
    format!(
        "const shown = () => {{ try {{ return Boolean({condition}) }} catch {{ return false }} }};\
         const began = performance.now(); {action};\
         return new Promise((resolve) => {{ const look = () => shown() ? resolve(performance.now() - began) \
           : requestAnimationFrame(look); requestAnimationFrame(look); }});"
    )
}

fn search(text: &str) -> String {
    format!(
        "const field = document.querySelector('input[type=search]'); field.value = '{text}'; \
         field.dispatchEvent(new Event('input'))"
    )
}

/// Scrolls to the oldest conversation, and records the total time and the longest frame.
const SCROLL_DOWN: &str = "
const list = document.querySelector('#list .scroller');
const began = performance.now();
let last = began;
window.down_ = { took: undefined, longest: 0 };
const step = () => {
  const now = performance.now();
  down_.longest = Math.max(down_.longest, now - last);
  last = now;
  if (document.querySelector('[data-id=c0]')) { down_.took = now - began; return; }
  list.scrollTop = list.scrollHeight;
  requestAnimationFrame(step);
};
step();";

#[tokio::main]
async fn main() -> Result<()> {
    let (mut total, mut builder) = (100_000, Inspector::builder());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--db" {
            let file = PathBuf::from(arguments.next().ok_or("--db requires a file")?);
            if file.exists() {
                return Err("the file already exists; choose a new one".into());
            }
            builder = builder.database(file);
        } else {
            total = argument.parse::<usize>()?;
        }
    }
    let inspector = builder.start().await?;
    let to = inspector.address();
    let start = Instant::now();
    for first in (0..total).step_by(BATCH_SIZE / 2) {
        let events: Vec<Value> = (first..total.min(first + BATCH_SIZE / 2))
            .flat_map(|number| {
                let id = format!("c{number}");
                [
                    message_sent(
                        &id,
                        "m1",
                        &format!(
                            "Is the Super Widget {number} in stock, and when would it get here?"
                        ),
                    ),
                    message_received(
                        &id,
                        "m2",
                        "Yes, 37 are left. If you order today, it arrives on Tuesday.",
                    ),
                ]
            })
            .collect();
        if send(to, &events).await? != 200 {
            return Err("the inspector rejected the events".into());
        }
    }
    let stored = inspector.conversations().await?.len();
    println!(
        "{stored} of {total} conversations stored after {:.1} s",
        start.elapsed().as_secs_f64()
    );

    let browser = Browser::start(1440, 900).await?;
    let newest = format!("document.querySelector('[data-id=c{}]')", total - 1);
    browser.open("about:blank").await?;
    browser.open(&inspector.url()).await?;
    // `open` returns after the load event, so the times of the first paint and of the list are
    // read from the page's own clock.
    browser.wait_until(&newest).await?;
    let first = browser
        .execute("return `${performance.getEntriesByName('first-contentful-paint')[0]?.startTime.toFixed(0)} ms to the first paint, ${performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/api/conversations')).map((entry) => entry.responseEnd.toFixed(0))} ms to the list`")
        .await?;
    println!("{}", first.as_str().unwrap_or_default());
    let single = "document.querySelectorAll('.conversation').length === 1";
    let all = "document.querySelectorAll('.conversation').length > 10";
    let oldest = total - stored;
    let last = format!("document.querySelector('[data-id=c{oldest}]')");
    for (what, act, shown) in [
        (
            "search for the newest id",
            search(&format!("user-of-c{}", total - 1)),
            format!("{single} && {newest}"),
        ),
        ("clearing the search", search(""), all.to_owned()),
        (
            "search for the oldest id",
            search(&format!("user-of-c{oldest}")),
            format!("{single} && {last}"),
        ),
        ("clearing the search", search(""), all.to_owned()),
        (
            "search for the oldest text",
            search(&format!("Widget {oldest} in")),
            format!("{single} && {last}"),
        ),
        (
            "search for text in all conversations",
            search("tuesday"),
            all.to_owned(),
        ),
        (
            "search without results",
            search("nowhere"),
            "document.querySelector('#list .empty-state') && !document.querySelector('.conversation')"
                .to_owned(),
        ),
        ("clearing the search", search(""), all.to_owned()),
        (
            "opening a conversation",
            "document.querySelectorAll('.conversation')[3].click()".to_owned(),
            "document.querySelectorAll('.bubble').length === 2".to_owned(),
        ),
    ] {
        let took = browser.execute_async(&timed(&act, &shown)).await?;
        println!(
            "{what}: {} ms",
            took.as_f64()
                .map_or_else(|| took.to_string(), |ms| format!("{ms:.0}"))
        );
    }
    browser
        .execute(&SCROLL_DOWN.replace("c0", &format!("c{oldest}")))
        .await?;
    let start = Instant::now();
    let end = loop {
        sleep(Duration::from_millis(500)).await;
        let end = browser
            .execute("return down_.took === undefined ? null : `scrolling to the oldest: ${(down_.took / 1000).toFixed(1)} s, longest frame ${down_.longest.toFixed(0)} ms; ${(performance.memory.usedJSHeapSize / 1e6).toFixed(0)} MB of heap, ${document.querySelectorAll('*').length} elements`")
            .await?;
        if !end.is_null() || start.elapsed() > Duration::from_secs(180) {
            break end;
        }
    };
    println!(
        "{}",
        end.as_str()
            .unwrap_or("the oldest was not reached within 3 minutes")
    );
    let took = browser
        .execute_async(&timed(
            &format!("{last}.click()"),
            &format!("location.hash.includes('c{oldest}') && document.querySelectorAll('.bubble').length === 2"),
        ))
        .await?;
    println!(
        "opening the oldest: {} ms",
        took.as_f64()
            .map_or_else(|| took.to_string(), |ms| format!("{ms:.0}"))
    );
    // A new event arrives while all conversations are loaded.
    let took = browser
        .execute("window.frames_ = []; let last = performance.now(); const frame = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(frame); }; requestAnimationFrame(frame);");
    took.await?;
    send(to, &[message_sent("c-new", "m", "One more")]).await?;
    browser
        .wait_until(
            "document.querySelector('#totals').textContent.includes('1') && frames_.length > 90",
        )
        .await?;
    let longest = browser
        .execute("return `longest frame when an event arrives with all conversations loaded: ${Math.max(...frames_).toFixed(0)} ms`")
        .await?;
    println!("{}", longest.as_str().unwrap_or_default());
    browser.close().await
}
