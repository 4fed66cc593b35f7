//! The order of a conversation's events, and the verdict on the conversation.

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, misspelled_message, send, track},
};
use serde_json::{Value, json};

use super::setup::{IS_LIVE, Setup};

/// Sets the time at which an event happened.
fn at(mut call: Value, time: &str) -> Value {
    call["timestamp"] = format!("2026-01-02T03:04:{time}Z").into();
    call
}

const BUBBLE_TEXTS: &str =
    "[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent).join()";

#[tokio::test]
async fn late_events_are_shown_in_their_place_and_marked() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[at(message_sent("c1", "m1", "first"), "01.000")]).await?;
    browser.click(".conversation").await?;
    send(to, &[at(message_sent("c1", "m3", "third"), "02.400")]).await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === 'first,third'"))
        .await?;
    assert_eq!(browser.execute(TIMES).await?, json!(["3:04:01", "+1.4 s"]));
    send(to, &[at(message_received("c1", "m2", "second"), "02.000")]).await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === 'first,second,third'"))
        .await?;
    assert_eq!(
        browser.execute(TIMES).await?,
        json!(["3:04:01", "+1.0 s", "+0.4 s"])
    );
    browser
        .wait_until("[...document.querySelectorAll('.chat-row')].map((row) => Boolean(row.querySelector('.tag.late'))).join() === 'false,true,false'")
        .await?;
    // The order is the same after the page is loaded again.
    browser.client.refresh().await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === 'first,second,third'"))
        .await?;
    // Exact times are one setting away.
    browser.click("#menu-button").await?;
    browser.click("#menu [data-value=exact]").await?;
    browser
        .wait_until("[...document.querySelectorAll('.chat-row time')].every((time) => /:04:0[12]\\.\\d{3}$/.test(time.textContent))")
        .await?;
    setup.finish().await
}

/// The times in the chat. The first one depends on the time zone, so its hour is left out.
const TIMES: &str = "return [...document.querySelectorAll('.chat-row time')].map((time) => time.textContent.replace(/^\\d+(?=\\d:)/, '').replace(/^\\d:/, '3:'))";

#[tokio::test]
async fn the_verdict_on_a_conversation_follows_its_events() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            at(track("c1", "Conversation Started", json!({})), "01.000"),
            at(message_sent("c1", "m1", "hello"), "02.000"),
            at(
                track("c1", "Conversation Ended", json!({ "message_count": 2 })),
                "09.000",
            ),
        ],
    )
    .await?;
    browser
        .wait_until(
            "document.querySelector('.conversation .badge.warning')?.textContent === '1 problem'",
        )
        .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('.conversation-verdict.warning summary').textContent.startsWith('Warning: Spec')")
        .await?;
    browser.click(".conversation-verdict summary").await?;
    browser
        .wait_until("document.querySelector('.conversation-verdict .finding p').textContent.includes('message_count is 2')")
        .await?;
    browser
        .click(".conversation-verdict .finding button")
        .await?;
    browser
        .wait_until("document.querySelector('#detail h2').textContent === 'Conversation Ended'")
        .await?;
    // A late message explains the count.
    send(to, &[at(message_received("c1", "m2", "hi"), "03.000")]).await?;
    browser
        .wait_until("document.querySelector('.conversation-verdict').hidden")
        .await?;
    browser
        .wait_until("!document.querySelector('.conversation .badge.warning')")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn an_empty_page_shows_code_and_plays_a_sample_conversation() -> Result<()> {
    for (width, column) in [(1440, "#chat"), (360, "#list")] {
        let setup = Setup::with_viewport(width, 800).await?;
        let browser = &setup.browser;
        let url = setup.inspector.url();
        browser.allow_clipboard(&url).await?;
        for (id, word) in [
            ("rust", "COPILOT_TRACK_ENDPOINT="),
            ("node", "analytics-node"),
            ("python", "segment.analytics"),
            ("browser", "cdnURL"),
            ("curl", "curl -u local:"),
        ] {
            browser
                .click(&format!("{column} [data-snippet={id}]"))
                .await?;
            let code = browser
                .execute(&format!(
                    "return document.querySelector('{column} .welcome pre').textContent"
                ))
                .await?;
            let code = code.as_str().unwrap_or_default();
            assert!(code.contains(word) && code.contains(&url), "{code}");
        }
        browser
            .click(&format!("{column} [data-action=play]"))
            .await?;
        browser
            .wait_until("document.querySelector('.kind-ended')")
            .await?;
        browser
            .wait_until("document.querySelector('.conversation-verdict').hidden")
            .await?;
        let events = setup.inspector.events().await?;
        assert_eq!(events.len(), 10);
        for event in events {
            assert!(event.verdict().is_good(), "{event:?}");
        }
        setup.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_page_works_below_a_path_and_with_a_token() -> Result<()> {
    let builder = Inspector::builder()
        .base_url("https://tools.example/inspector")
        .token("a-long-token");
    let setup = Setup::without_page(builder.start().await?, 1440, 900).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let page = format!("{}/inspector", setup.inspector.url());
    browser.open(&format!("{page}/?token=a-long-token")).await?;
    browser.wait_until(IS_LIVE).await?;
    assert_eq!(
        browser.client.current_url().await?.as_str(),
        format!("{page}/")
    );
    send(to, &[message_sent("c1", "m1", "hello")]).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until(&format!("{BUBBLE_TEXTS} === 'hello'"))
        .await?;
    browser.click(".bubble").await?;
    browser.wait_for("#detail .json-tree").await?;
    setup.finish().await
}

#[tokio::test]
async fn a_turn_is_a_waterfall_and_a_reply_is_markdown() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let tool = json!({ "messageId": "m2", "type": "Inventory", "action": "check", "duration_ms": 300, "outcome": "ok" });
    let reply = json!({
        "messageId": "m2", "role": "agent", "duration_ms": 1500, "first_chunk_ms": 500,
        "message_body": "**Yes**, see [the shop](https://shop.example/a) <img src=x>\n\n- `one`\n- two",
        "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.01,
    });
    send(
        to,
        &[
            at(message_sent("c1", "m1", "Is **it** in stock?"), "01.000"),
            at(track("c1", "Action Invoked", tool), "02.000"),
            at(track("c1", "Message Received", reply), "03.000"),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('.turn-button').textContent === 'answered in 2.00 s · 1 tool · 15 tokens · $0.0100'")
        .await?;
    browser.click(".turn-button").await?;
    browser
        .wait_until("[...document.querySelectorAll('.waterfall li')].map((step) => step.innerText.replace(/\\s+/g, ' ').trim()).join() === 'Inventory 300 ms,first chunk 500 ms,streaming 1.00 s'")
        .await?;
    browser.click(".turn-button").await?;
    browser
        .wait_until("!document.querySelector('.waterfall')")
        .await?;
    // Only replies are Markdown, and HTML stays text.
    browser
        .wait_until(
            "document.querySelector('.kind-sent .bubble').textContent === 'Is **it** in stock?'",
        )
        .await?;
    browser
        .wait_until("document.querySelector('.kind-received strong').textContent === 'Yes' && document.querySelectorAll('.kind-received li').length === 2")
        .await?;
    browser
        .wait_until("document.querySelector('.kind-received a').href === 'https://shop.example/a' && document.querySelector('.kind-received .bubble').textContent.includes('<img src=x>') && !document.querySelector('img')")
        .await?;
    browser.click("#menu-button").await?;
    browser.click("#menu [data-value=plain]").await?;
    browser
        .wait_until(
            "document.querySelector('.kind-received .bubble').textContent.startsWith('**Yes**')",
        )
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn a_call_can_be_sent_again_and_a_key_opens_the_next_problem() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let big = json!({ "messageId": "m3", "number": 12_345_678_901_234_567_890_u64 });
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            misspelled_message("c1", "m2"),
            track("c1", "Custom", big),
            misspelled_message("c1", "m4"),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser.wait_for(".kind-custom").await?;
    for seq in [2, 4, 2] {
        browser.press_keys("n").await?;
        browser
            .wait_until(&format!("location.hash === '#c=c1&e={seq}'"))
            .await?;
    }
    browser.click(".kind-custom [data-seq]").await?;
    browser
        .wait_until("document.querySelector('#detail h2').textContent === 'Custom'")
        .await?;
    browser.click("#send-again-button").await?;
    browser
        .wait_until("document.querySelectorAll('.kind-custom').length === 2")
        .await?;
    let events = setup.inspector.events().await?;
    assert!(events[4].raw().contains("12345678901234567890"));
    let link = browser
        .execute("return document.querySelector('#chat a[download]').getAttribute('href')")
        .await?;
    assert_eq!(link, "api/export?id=c1");
    setup.finish().await
}
