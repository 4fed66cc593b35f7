//! Search, filters, links, and navigation.

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, misspelled_message, send, track},
};
use serde_json::json;

use super::setup::Setup;

#[tokio::test]
async fn filters_and_search_apply_to_loaded_and_new_conversations() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("fine", "m1", "Is the kettle in stock?"),
            message_sent("wrong", "m2", "Where is my order?"),
            track(
                "wrong",
                "Action Invoked",
                json!({ "messageId": "m2", "action": "look up" }),
            ),
            message_sent("over", "m3", "Goodbye"),
            track("over", "Conversation Ended", json!({ "message_count": 1 })),
        ],
    )
    .await?;
    let ids = |ids: &str| {
        format!(
            "[...document.querySelectorAll('.conversation')].map((row) => row.dataset.id).join() === '{ids}'"
        )
    };
    browser.wait_until(&ids("over,wrong,fine")).await?;
    let filter = |number: u8| format!(".filter:nth-child({number})");
    browser.click(&filter(1)).await?; // Problems
    browser.wait_until(&ids("wrong")).await?;
    browser.click(&filter(1)).await?;
    browser.click(&filter(2)).await?; // Open
    browser.wait_until(&ids("wrong,fine")).await?;
    browser.click(&filter(3)).await?; // Ended
    browser.wait_until(&ids("over")).await?;
    browser.click(&filter(3)).await?;
    browser.wait_until(&ids("over,wrong,fine")).await?;

    browser
        .wait_for(".search-box input")
        .await?
        .send_keys("kettle")
        .await?;
    browser.wait_until(&ids("fine")).await?;
    // The search also applies to new conversations.
    send(
        to,
        &[
            message_sent("later", "m4", "A kettle, please"),
            message_sent("else", "m5", "A lamp"),
        ],
    )
    .await?;
    browser.wait_until(&ids("later,fine")).await?;
    // Set the whole text at once, so that there is no partial search to wait for.
    browser.fill(".search-box input", "kettlezzz").await?;
    browser
        .wait_until("document.querySelector('#list .empty-state h2').textContent === 'No matches'")
        .await?;
    browser.click("#list .empty-state button").await?;
    browser
        .wait_until(&ids("else,later,over,wrong,fine"))
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn an_event_opens_with_its_verdict_and_has_a_url() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            misspelled_message("c1", "m2"),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser.click(".kind-received .bubble").await?;
    browser
        .wait_until("document.querySelector('.verdict').matches('.warning, .error')")
        .await?;
    browser.wait_until("[...document.querySelectorAll('.finding')].some((finding) => finding.innerText.includes('message_body'))").await?;
    browser
        .wait_until("document.querySelector('.json-tree').innerText.includes('messageBody')")
        .await?;
    for fact in ["Request", "Batch", "Retries", "Request body", "Write key"] {
        browser
            .wait_until(&format!(
                "document.querySelector('#detail').innerText.includes(\"{fact}\")"
            ))
            .await?;
    }
    browser
        .wait_until("document.querySelector('#detail').innerText.includes('2 of 2 events')")
        .await?;
    browser
        .wait_until("document.querySelector('.meter svg rect')")
        .await?;
    browser.wait_until("location.hash === '#c=c1&e=2'").await?;

    // Opening the URL restores the conversation and the event.
    let url = browser.client.current_url().await?.to_string();
    browser.open("about:blank").await?;
    browser.open(&url).await?;
    browser.wait_until("document.querySelector('#detail .json-tree') && document.querySelector('.bubble.is-selected')").await?;
    // Selecting another event updates the URL.
    browser.click(".kind-sent .bubble").await?;
    browser.wait_until("location.hash === '#c=c1&e=1'").await?;
    setup.finish().await
}

#[tokio::test]
async fn a_phone_shows_one_column_at_a_time() -> Result<()> {
    let setup = Setup::with_viewport(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            message_received("c1", "m2", "hi"),
        ],
    )
    .await?;
    let seen = |list: bool, chat: bool, detail: bool| {
        format!(
            "['list', 'chat', 'detail'].map((id) => document.getElementById(id).checkVisibility({{ visibilityProperty: true }})).join() === '{list},{chat},{detail}'"
        )
    };
    browser.wait_until(&seen(true, false, false)).await?;
    browser.click(".conversation").await?;
    browser.wait_until(&seen(false, true, false)).await?;
    browser.click(".bubble").await?;
    browser.wait_until(&seen(false, true, true)).await?;
    browser
        .wait_until(
            "document.querySelector('#detail').getBoundingClientRect().width === innerWidth",
        )
        .await?;
    // The browser's back button returns to the previous column.
    browser.client.back().await?;
    browser.wait_until(&seen(false, true, false)).await?;
    browser.client.back().await?;
    browser.wait_until(&seen(true, false, false)).await?;
    // The page's own back buttons do the same.
    browser.click(".conversation").await?;
    browser.click(".bubble").await?;
    // While an event loads, the page shows a temporary header with its own back button. Wait for
    // the final header.
    browser.wait_for("#detail .json-tree").await?;
    browser
        .wait_until("document.querySelector('#detail .back-button').checkVisibility()")
        .await?;
    browser.click("#detail .back-button").await?;
    browser.wait_until(&seen(false, true, false)).await?;
    browser.click("#chat .back-button").await?;
    browser.wait_until(&seen(true, false, false)).await?;
    setup.finish().await
}

#[tokio::test]
async fn the_counts_and_badges_of_a_conversation_fit_into_its_row() -> Result<()> {
    let setup = Setup::with_viewport(900, 800).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let mut calls = Vec::new();
    for number in 0..12 {
        let tool = json!({ "messageId": "m", "type": "Stock", "action": "look up" });
        calls.push(message_sent("c1", &format!("m{number}"), "hello"));
        calls.push(track("c1", "Action Invoked", tool));
    }
    let rating = json!({ "messageId": "m0", "rating": 4 });
    calls.extend([
        misspelled_message("c1", "m"),
        track("c1", "Feedback Submitted", rating),
        track("c1", "Conversation Ended", json!({ "message_count": 13 })),
    ]);
    send(to, &calls).await?;
    browser.wait_for(".conversation .badge.ended").await?;
    browser
        .wait_until("(() => { const counts = document.querySelector('.conversation .counts'); return counts.scrollWidth <= counts.clientWidth && counts.textContent.includes('problem') && counts.querySelector('.badge .icon').getBoundingClientRect().width > 0; })()")
        .await?;
    browser.set_viewport(1440, 900).await?;
    browser
        .wait_until("(() => { const counts = document.querySelector('.conversation .counts'); return counts.scrollWidth <= counts.clientWidth && counts.querySelector('.noun').getBoundingClientRect().width > 20; })()")
        .await?;
    setup.finish().await
}
