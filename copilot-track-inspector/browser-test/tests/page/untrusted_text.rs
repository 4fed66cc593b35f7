//! What a customer writes is text, whatever it looks like.

use copilot_track_inspector_browser_test::{
    Result,
    events::{answered, said, send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

const MARKUP: &str = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\"><svg onload=window.hacked=1>\
<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><a href=\"javascript:window.hacked=1\">x</a><b>bold</b>";

#[tokio::test]
async fn markup_stays_text_wherever_it_stands() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let before = elements(&setup).await?;
    let everywhere = json!({
        "messageId": MARKUP, "type": MARKUP, "action": MARKUP, "outcome": MARKUP, "error_type": MARKUP,
        "role": MARKUP, MARKUP: { MARKUP: [MARKUP] },
    });
    let mut identify =
        json!({ "type": "identify", "userId": MARKUP, "traits": { MARKUP: MARKUP } });
    identify["context"] = json!({ "library": { "name": MARKUP, "version": MARKUP } });
    let id = &format!("{MARKUP}-1");
    send(to, &[
        said(id, MARKUP, MARKUP),
        track(id, "Message Received", json!({ "messageId": "m", "message_body": MARKUP, "role": MARKUP, "completion": MARKUP })),
        track(id, "Action Invoked", everywhere.clone()),
        track(id, "Media Generated", json!({ "messageId": "m", "type": MARKUP, "sub_type": MARKUP })),
        track(id, "Component Loaded", json!({ "messageId": "m", "type": MARKUP })),
        track(id, "Feedback Submitted", json!({ "messageId": "m", "rating": MARKUP })),
        track(id, MARKUP, everywhere),
        json!({ "type": MARKUP, "properties": { "conversationId": id } }),
        json!({ "type": "page", "name": MARKUP, "userId": MARKUP, "properties": { MARKUP: MARKUP } }),
        identify,
    ]).await?;
    browser.click(".conversation").await?;
    browser
        .until("document.querySelectorAll('#chat [data-seq]').length === 8")
        .await?;
    browser
        .until("document.querySelector('.is-sent .bubble').textContent.startsWith('<script>')")
        .await?;
    let rows = browser
        .run("return document.querySelectorAll('#chat [data-seq]').length")
        .await?
        .as_u64()
        .unwrap_or_default();
    for row in 0..rows {
        browser
            .run(&format!(
                "document.querySelectorAll('#chat [data-seq]')[{row}].click()"
            ))
            .await?;
        let shown = format!(
            "document.querySelector('#detail .detail-title p').textContent.startsWith(`No. ${{document.querySelectorAll('#chat [data-seq]')[{row}].dataset.seq}} `)"
        );
        browser.until(&shown).await?;
        for form in ["raw", "curl", "rust", "tree"] {
            let tab = format!("[data-form={form}]");
            browser.find(&tab).await?;
            browser
                .run(&format!("document.querySelector('{tab}').click()"))
                .await?;
            nothing_came_to_life(&setup).await?;
        }
    }
    // Those outside of conversations, too.
    browser.click(".filters button:last-child").await?;
    browser
        .until("document.querySelector('#chat h2').textContent === 'Outside conversations'")
        .await?;
    browser
        .until("document.querySelectorAll('#chat .slim').length >= 2")
        .await?;
    nothing_came_to_life(&setup).await?;
    assert_eq!(
        before,
        elements(&setup).await?,
        "elements that the page does not make"
    );
    setup.end().await
}

/// Elements that only markup of an event could have made.
async fn elements(setup: &Setup) -> Result<Value> {
    setup
        .browser
        .run("return document.querySelectorAll('img, iframe, object, embed, form, body script, #columns b:not(.kind b), a[href^=javascript]').length")
        .await
}

async fn nothing_came_to_life(setup: &Setup) -> Result<()> {
    let hacked = setup
        .browser
        .run("return window.hacked === undefined")
        .await?;
    assert_eq!(hacked, Value::Bool(true), "a script of an event ran");
    assert_eq!(elements(setup).await?, json!(0));
    Ok(())
}

#[tokio::test]
async fn long_texts_fold_and_are_loaded_whole() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let long = format!("{} the end", "word ".repeat(6_000));
    send(
        to,
        &[said("c1", "m1", "hello"), answered("c1", "m2", &long)],
    )
    .await?;
    browser.click(".conversation").await?;
    browser
        .until("document.querySelector('.is-received .bubble .folded')")
        .await?;
    let half = browser
        .run("return document.querySelector('.is-received .bubble').textContent.length")
        .await?;
    assert!(half.as_u64() <= Some(4096), "{half}");
    let height = "document.querySelector('.is-received .bubble').offsetHeight";
    browser.until(&format!("{height} < 300")).await?;
    browser.click(".is-received .marks button").await?;
    browser
        .until("document.querySelector('.is-received .bubble').textContent.endsWith(' the end')")
        .await?;
    browser.until(&format!("{height} > 1000")).await?;
    browser.click(".is-received .marks button").await?;
    browser.until(&format!("{height} < 300")).await?;
    setup.end().await
}

#[tokio::test]
async fn nothing_is_wider_than_the_window() -> Result<()> {
    let setup = Setup::sized(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let (word, rtl) = ("W".repeat(4_000), "مرحبا، هل المنتج متوفر؟ ".repeat(20));
    send(
        to,
        &[
            said(&"x".repeat(180), &"m".repeat(150), &word),
            answered(&"x".repeat(180), "m2", &rtl),
            track(
                &"x".repeat(180),
                "Action Invoked",
                json!({ "messageId": "m2", "type": word, "action": word, word.as_str(): word }),
            ),
            track(&"x".repeat(180), &word, json!({ word.as_str(): rtl })),
            track(
                &"x".repeat(180),
                "Component Loaded",
                json!({ "messageId": "m2", "type": word }),
            ),
        ],
    )
    .await?;
    let narrow = "document.documentElement.scrollWidth <= innerWidth \
        && [...document.querySelectorAll('.scroller')].every((one) => one.scrollWidth <= one.clientWidth)";
    browser.until(narrow).await?;
    browser.click(".conversation").await?;
    browser
        .until("document.querySelectorAll('#chat [data-seq]').length >= 3")
        .await?;
    browser.until(narrow).await?;
    browser.click(".chip").await?;
    browser
        .until("document.querySelector('#detail .tree')")
        .await?;
    browser.until(narrow).await?;
    setup.end().await
}
