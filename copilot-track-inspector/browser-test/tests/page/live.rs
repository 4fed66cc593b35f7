//! Live updates, pauses, and reconnects.

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::proxy::Proxy;
use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, send, track},
};
use fantoccini::actions::{MOUSE_BUTTON_LEFT, PointerAction};
use serde_json::json;

use super::setup::{IS_LIVE, Setup};

#[tokio::test]
async fn a_conversation_appears_as_it_happens() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    browser.freeze_clock().await?;
    browser
        .wait_until("document.querySelector('#chat .empty-state h2').textContent === 'Listening for events'")
        .await?;

    send(
        to,
        &[
            track("c1", "Conversation Started", json!({})),
            message_sent("c1", "m1", "Is it in stock?"),
        ],
    )
    .await?;
    browser
        .wait_until(
            "document.querySelector('.conversation .preview').textContent === 'Is it in stock?'",
        )
        .await?;
    browser
        .wait_until("document.querySelector('.conversation').classList.contains('is-live')")
        .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until(
            "document.querySelector('.kind-sent .bubble').textContent === 'Is it in stock?'",
        )
        .await?;

    let tool = json!({
        "messageId": "m2", "type": "Inventory Request", "action": "check stock level",
        "role": "customer", "duration_ms": 12.4, "outcome": "ok", "sku": "WGT-1550",
    });
    let cut = json!({
        "messageId": "m3", "message_body": "It costs", "role": "ai_agent",
        "completion": "cancelled", "first_chunk_ms": 211,
    });
    send(
        to,
        &[
            track("c1", "Action Invoked", tool),
            message_received("c1", "m2", "Yes: 37 left."),
            track(
                "c1",
                "Media Generated",
                json!({ "messageId": "m2", "type": "image", "sub_type": "png", "role": "agent" }),
            ),
            track(
                "c1",
                "Component Loaded",
                json!({ "messageId": "m2", "type": "Order Card" }),
            ),
            track("c1", "Message Received", cut),
            track(
                "c1",
                "Item Purchased",
                json!({ "messageId": "m2", "itemPrice": 19.99 }),
            ),
            track(
                "c1",
                "Feedback Submitted",
                json!({ "messageId": "m2", "rating": 4 }),
            ),
            track("c1", "Conversation Ended", json!({ "message_count": 3 })),
        ],
    )
    .await?;
    for shown in [
        "document.querySelector('.kind-tool .tool-call').innerText.replace(/\\s+/g, ' ').includes('Inventory Request check stock level ok 12 ms sku WGT-1550')",
        "document.querySelectorAll('.kind-received .bubble')[0].textContent === 'Yes: 37 left.'",
        "document.querySelector('.kind-media .card').innerText.includes('png')",
        "document.querySelector('.kind-component .card').innerText.includes('Order Card')",
        "document.querySelectorAll('.kind-received')[1].innerText.includes('canceled')",
        "document.querySelectorAll('.kind-received')[1].innerText.includes('ai agent')",
        "document.querySelectorAll('.kind-received')[1].innerText.includes('211 ms')",
        "document.querySelector('.kind-custom .compact-event').innerText.includes('Item Purchased')",
        // The rating is shown only on the message it rates.
        "document.querySelectorAll('.kind-received')[0].querySelectorAll('.stars .is-filled').length === 4",
        "document.querySelectorAll('.feedback').length === 1",
        "document.querySelector('.kind-ended').innerText.includes('Conversation ended')",
        "document.querySelector('.conversation .badge.ended')",
        "document.title.startsWith('10 events')",
    ] {
        browser.wait_until(shown).await?;
    }
    setup.finish().await
}

#[tokio::test]
async fn the_page_recovers_after_a_restart() -> Result<()> {
    let setup = Setup::new().await?;
    let to = setup.address();
    send(to, &[message_sent("c1", "m1", "before")]).await?;
    setup.browser.click(".conversation").await?;
    setup
        .browser
        .wait_until("document.querySelector('.bubble').textContent === 'before'")
        .await?;

    let Setup { inspector, browser } = setup;
    drop(inspector);
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'reconnecting'")
        .await?;
    // Restart on the same port, without data, so that `seq` starts at 1 again.
    let inspector = Inspector::builder().listen(to).start().await?;
    send(
        to,
        &[
            message_sent("c1", "m2", "after"),
            message_sent("c2", "m3", "another"),
        ],
    )
    .await?;
    browser.wait_until(IS_LIVE).await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 2")
        .await?;
    browser.wait_until("[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent).join() === 'after'").await?;
    // New events arrive live.
    send(to, &[message_received("c1", "m4", "live again")]).await?;
    browser
        .wait_until("document.querySelectorAll('.bubble').length === 2")
        .await?;
    Setup { inspector, browser }.finish_ignoring_console().await
}

/// The text of each message, in order.
const BUBBLE_TEXTS: &str =
    "[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent).join()";

#[tokio::test]
async fn a_lost_connection_causes_no_gaps_or_duplicates() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let proxy = Proxy::start(to).await?;
    browser.open(&proxy.url()).await?;
    browser.wait_until(IS_LIVE).await?;
    send(to, &[message_sent("c1", "m0", "0")]).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelectorAll('.bubble').length === 1")
        .await?;
    let mut all = "0".to_owned();
    for round in 1..=3 {
        proxy.disconnect();
        browser
            .wait_until("document.querySelector('#connection').dataset.status === 'reconnecting'")
            .await?;
        send(
            to,
            &[message_sent(
                "c1",
                &format!("a{round}"),
                &format!("a{round}"),
            )],
        )
        .await?;
        proxy.reconnect();
        browser.wait_until(IS_LIVE).await?;
        send(
            to,
            &[message_sent(
                "c1",
                &format!("b{round}"),
                &format!("b{round}"),
            )],
        )
        .await?;
        all.push_str(&format!(",a{round},b{round}"));
        browser
            .wait_until(&format!("{BUBBLE_TEXTS} === '{all}'"))
            .await?;
    }
    browser
        .wait_until("document.querySelector('.conversation .counts').innerText.includes('7')")
        .await?;
    setup.browser.close().await
}

#[tokio::test]
async fn a_pause_causes_no_gaps() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[message_sent("c1", "m0", "0")]).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === '0'"))
        .await?;
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'paused'")
        .await?;
    send(to, &[message_sent("c1", "m1", "1")]).await?;
    // The inspector has the event, but the page does not show it yet.
    assert!(
        setup
            .inspector
            .wait_for(2, std::time::Duration::from_secs(30))
            .await?
    );
    assert_eq!(
        browser.execute(&format!("return {BUBBLE_TEXTS}")).await?,
        "0"
    );
    browser.press_keys("p").await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === '0,1'"))
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn deleting_everything_empties_the_page() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[message_sent("c1", "m1", "secret")]).await?;
    browser.click(".conversation").await?;
    browser.click(".bubble").await?;
    browser
        .wait_until("document.querySelector('.json-tree')")
        .await?;
    browser.click("#menu-button").await?;
    browser.click(".menu-item.danger").await?;
    // The dialog asks for confirmation, with the focus on Cancel.
    browser.wait_until("document.querySelector('#delete-dialog').open && document.activeElement.textContent === 'Cancel'").await?;
    browser.click("#delete-confirm").await?;
    browser
        .wait_until("document.querySelectorAll('.conversation, .bubble, .json-tree').length === 0")
        .await?;
    browser
        .wait_until("!document.body.innerText.includes('secret')")
        .await?;
    send(to, &[message_sent("c9", "m9", "new")]).await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 1")
        .await?;
    setup.finish_ignoring_console().await
}

#[tokio::test]
async fn evicted_events_leave_no_gap_on_the_page() -> Result<()> {
    let inspector = Inspector::builder().max_events(60).start().await?;
    let to = inspector.address();
    let setup = Setup::with_inspector(inspector, 1440, 900).await?;
    let browser = &setup.browser;
    send(to, &[message_sent("c1", "first", "the first")]).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('.bubble').textContent === 'the first'")
        .await?;
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'paused'")
        .await?;
    let many: Vec<_> = (0..200)
        .map(|number| message_sent("c1", &format!("m{number}"), &number.to_string()))
        .collect();
    send(to, &many).await?;
    browser.press_keys("p").await?;
    browser
        .wait_until("[...document.querySelectorAll('.bubble')].at(-1).textContent === '199'")
        .await?;
    // The page shows everything from the oldest stored event on.
    browser
        .wait_until(
            "(() => { const log = document.querySelector('#chat-log'); log.scrollTop = 0; \
          return document.querySelector('.bubble').textContent === '140'; })()",
        )
        .await?;
    browser
        .wait_until("!document.querySelector('#chat').innerText.includes('the first')")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn a_gap_does_not_move_the_scroll_position() -> Result<()> {
    let inspector = Inspector::builder().max_events(60).start().await?;
    let to = inspector.address();
    let setup = Setup::with_inspector(inspector, 1440, 900).await?;
    let browser = &setup.browser;
    let messages = |from: usize, to: usize| -> Vec<_> {
        (from..to)
            .map(|number| message_sent("c1", &format!("m{number}"), &number.to_string()))
            .collect()
    };
    send(to, &messages(0, 60)).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("[...document.querySelectorAll('.bubble')].at(-1)?.textContent === '59'")
        .await?;
    browser
        .wait_until("(document.querySelector('#chat-log').scrollTop = 700, !document.querySelector('.jump-to-latest').hidden)")
        .await?;
    // The visible messages and their positions.
    const VIEW: &str = "JSON.stringify([...document.querySelectorAll('.bubble')].map((bubble) => [bubble.textContent, bubble.getBoundingClientRect().top]) \
        .filter(([, top]) => top > 150 && top < 800))";
    let before = browser.wait_until_stable(VIEW).await?;
    assert!(
        before.as_str().is_some_and(|view| view.len() > 30),
        "{before}"
    );
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'paused'")
        .await?;
    send(to, &messages(60, 260)).await?;
    browser.press_keys("p").await?;
    // The inspector has evicted all events that the page had loaded. The page keeps showing them
    // and does not know how many are new.
    browser
        .wait_until("document.querySelector('#totals').textContent.includes('200 evicted')")
        .await?;
    browser.wait_until(IS_LIVE).await?;
    send(to, &messages(260, 261)).await?;
    browser
        .wait_until("document.querySelector('.jump-to-latest').checkVisibility() && document.querySelector('#totals').textContent.includes('201 evicted') && document.querySelector('.jump-to-latest').textContent === 'Latest'")
        .await?;
    assert_eq!(browser.wait_until_stable(VIEW).await?, before);

    // Scrolling down shows the gap, then the remaining events.
    browser
        .wait_until(
            "(() => { const log = document.querySelector('#chat-log'); log.scrollTop = log.scrollHeight; \
              return [...document.querySelectorAll('.bubble')].at(-1)?.textContent === '260'; })()",
        )
        .await?;
    // Scroll up in steps smaller than the rendered margin, so that the gap is not skipped.
    let around = browser
        .execute_async(
            "const log = document.querySelector('#chat-log'); \
             const frame = () => new Promise(requestAnimationFrame); \
             const textOf = (row) => row.querySelector('.bubble')?.textContent; \
             for (;;) { \
                 const gap = document.querySelector('.kind-gap'); \
                 const [above, below] = [gap?.previousElementSibling, gap?.nextElementSibling]; \
                 if (above && below) return [textOf(above), textOf(below)].join(); \
                 if (log.scrollTop === 0) return 'there is no gap'; \
                 log.scrollTop -= 300; \
                 await frame(); await frame(); \
             }",
        )
        .await?;
    assert_eq!(around, "59,201");
    setup.finish().await
}

#[tokio::test]
async fn events_that_arrive_during_a_click_do_not_cancel_it() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c2", "m1", "hello"),
            message_sent("c1", "m2", "0"),
        ],
    )
    .await?;
    browser.click("[data-id=c1]").await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === '0'"))
        .await?;
    let button = MOUSE_BUTTON_LEFT;
    browser
        .perform_mouse_action("[data-id=c2]", PointerAction::Down { button })
        .await?;
    // A new event would move the pressed row to the top and render it again. The new message in the
    // chat shows that the page has rendered.
    send(
        to,
        &[
            message_sent("c2", "m3", "more"),
            message_sent("c1", "m4", "1"),
        ],
    )
    .await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === '0,1'"))
        .await?;
    browser
        .perform_mouse_action("[data-id=c2]", PointerAction::Up { button })
        .await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === 'hello,more'"))
        .await?;
    // The deferred update is applied.
    browser
        .wait_until("[...document.querySelectorAll('.conversation')].map((row) => `${row.dataset.id} ${row.querySelector('.counts').innerText.match(/[0-9]+/)}`).join() === 'c1 2,c2 2'")
        .await?;
    setup.finish().await
}
