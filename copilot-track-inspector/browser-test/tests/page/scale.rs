//! Large numbers of events and conversations.

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_sent, send},
};
use serde_json::Value;

use super::setup::Setup;

#[tokio::test]
async fn a_conversation_of_thousands_of_events_can_be_scrolled() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let events: Vec<Value> = (0..5_000)
        .map(|number| {
            message_sent(
                "long",
                &format!("m{number}"),
                &format!("message {number} {}", "text ".repeat(number % 40)),
            )
        })
        .collect();
    send(to, &events).await?;
    // Wait until the page has received all events, so that no event counts as new later.
    browser
        .wait_until("document.querySelector('.conversation .counts').innerText.includes('5,000')")
        .await?;
    browser.click(".conversation").await?;
    // The conversation opens at the end.
    browser.wait_until("[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent.startsWith('message 4999 '))").await?;
    browser
        .wait_until("document.querySelectorAll('#chat .chat-row').length < 150")
        .await?;
    // Scroll up to the beginning.
    let up = "(() => { const log = document.querySelector('#chat-log'); log.scrollTop = 0; \
        return [...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent.startsWith('message 0 ')); })()";
    browser.wait_until(up).await?;
    browser
        .wait_until("document.querySelectorAll('#chat .chat-row').length < 150")
        .await?;
    // Rows do not overlap.
    browser.wait_until(
        "(() => { const boxes = [...document.querySelectorAll('#chat .chat-row')].map((row) => row.getBoundingClientRect()); \
         return boxes.every((box, i) => i === 0 || Math.abs(box.top - boxes[i - 1].bottom) < 1); })()",
    ).await?;
    // New events do not move the visible rows. The button shows their number and jumps to them.
    send(to, &[message_sent("long", "new1", "brand new")]).await?;
    browser
        .wait_until("document.querySelector('.jump-to-latest').textContent === '1 new event'")
        .await?;
    browser.wait_until("[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent.startsWith('message 0 '))").await?;
    browser.click(".jump-to-latest").await?;
    browser.wait_until("[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent === 'brand new')").await?;
    setup.finish().await
}

#[tokio::test]
async fn thousands_of_conversations_load_in_pages() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let events: Vec<Value> = (0..3_000)
        .map(|number| message_sent(&format!("c{number}"), "m", "hello"))
        .collect();
    send(to, &events).await?;
    browser
        .wait_until("document.querySelector('[data-id=c2999]')")
        .await?;
    browser.open("about:blank").await?;
    browser.open(&setup.inspector.url()).await?;
    browser
        .wait_until("document.querySelector('[data-id=c2999]')")
        .await?;
    // Scroll down to the oldest conversation.
    let down = "(() => { const list = document.querySelector('#list .scroller'); list.scrollTop = list.scrollHeight; \
        return document.querySelector('[data-id=c0]'); })()";
    browser.wait_until(down).await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length < 60")
        .await?;
    // The list is loaded in five pages of at most 50, 200, 400, 800, and 1,600 conversations.
    let requests = "performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/api/conversations')).length";
    browser.wait_until(&format!("{requests} === 5")).await?;
    setup.finish().await
}

#[tokio::test]
async fn the_page_stays_responsive_during_a_flood_of_events() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[message_sent("c0", "m", "the first")]).await?;
    browser.click("[data-id=c0]").await?;
    // Send 60,000 events in 200 conversations as fast as the inspector accepts them.
    for batch in 0..24 {
        let events: Vec<Value> = (0..2_500)
            .map(|number| {
                message_sent(
                    &format!("c{}", number % 200),
                    &format!("m{batch}-{number}"),
                    "flood",
                )
            })
            .collect();
        send(to, &events).await?;
    }
    send(to, &[message_sent("c0", "last", "the last")]).await?;
    // The page has caught up and responds to input.
    browser.wait_until("[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent === 'the last')").await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'live'")
        .await?;
    browser
        .wait_until("document.querySelector('#totals').textContent.includes('60k')")
        .await?;
    browser
        .wait_until("document.querySelectorAll('*').length < 3000")
        .await?;
    browser.press_keys("/").await?;
    browser.press_keys("user-of-c177").await?;
    browser.wait_until("document.querySelectorAll('.conversation').length === 1 && document.querySelector('[data-id=c177]')").await?;
    setup.finish().await
}
