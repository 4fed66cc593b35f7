//! Text from events is never interpreted as markup, and fits the layout.

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, request, send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

const MARKUP: &str = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\"><svg onload=window.hacked=1>\
<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><a href=\"javascript:window.hacked=1\">x</a><b>bold</b>";

#[tokio::test]
async fn markup_in_any_property_stays_text() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let before = count_foreign_elements(&setup).await?;
    let everywhere = json!({
        "messageId": MARKUP, "type": MARKUP, "action": MARKUP, "outcome": MARKUP, "error_type": MARKUP,
        "role": MARKUP, MARKUP: { MARKUP: [MARKUP] },
    });
    let mut identify =
        json!({ "type": "identify", "userId": MARKUP, "traits": { MARKUP: MARKUP } });
    identify["context"] = json!({ "library": { "name": MARKUP, "version": MARKUP } });
    let id = &format!("{MARKUP}-1");
    send(to, &[
        message_sent(id, MARKUP, MARKUP),
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
        .wait_until("document.querySelectorAll('#chat [data-seq]').length === 8")
        .await?;
    browser
        .wait_until(
            "document.querySelector('.kind-sent .bubble').textContent.startsWith('<script>')",
        )
        .await?;
    let rows = browser
        .execute("return document.querySelectorAll('#chat [data-seq]').length")
        .await?
        .as_u64()
        .unwrap_or_default();
    for row in 0..rows {
        browser
            .execute(&format!(
                "document.querySelectorAll('#chat [data-seq]')[{row}].click()"
            ))
            .await?;
        let shown = format!(
            "document.querySelector('#detail .detail-title p').textContent.startsWith(`#${{document.querySelectorAll('#chat [data-seq]')[{row}].dataset.seq}} `)"
        );
        browser.wait_until(&shown).await?;
        for form in ["raw", "curl", "rust", "tree"] {
            let tab = format!("[data-format={form}]");
            browser.wait_for(&tab).await?;
            browser
                .execute(&format!("document.querySelector('{tab}').click()"))
                .await?;
            assert_no_markup_ran(&setup).await?;
        }
    }
    // Check events outside conversations too.
    browser.click(".filters button:last-child").await?;
    browser
        .wait_until("document.querySelector('#chat h2').textContent === 'Outside conversations'")
        .await?;
    browser
        .wait_until("document.querySelectorAll('#chat .compact-event').length >= 2")
        .await?;
    assert_no_markup_ran(&setup).await?;
    assert_eq!(
        before,
        count_foreign_elements(&setup).await?,
        "the page contains elements from events"
    );
    setup.finish().await
}

/// Counts elements that the page itself does not create.
async fn count_foreign_elements(setup: &Setup) -> Result<Value> {
    setup
        .browser
        .execute("return document.querySelectorAll('img, iframe, object, embed, form, body script, #columns b:not(.fault-kind b), a[href^=javascript]').length")
        .await
}

async fn assert_no_markup_ran(setup: &Setup) -> Result<()> {
    let is_unaffected = setup
        .browser
        .execute("return window.hacked === undefined")
        .await?;
    assert_eq!(
        is_unaffected,
        Value::Bool(true),
        "a script from an event ran"
    );
    assert_eq!(count_foreign_elements(setup).await?, json!(0));
    Ok(())
}

#[tokio::test]
async fn long_messages_are_collapsed_and_load_in_full() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let long = format!("{} the end", "word ".repeat(6_000));
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            message_received("c1", "m2", &long),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('.kind-received .bubble .is-collapsed')")
        .await?;
    let truncated = browser
        .execute("return document.querySelector('.kind-received .bubble').textContent.length")
        .await?;
    assert!(truncated.as_u64() <= Some(4096), "{truncated}");
    let height = "document.querySelector('.kind-received .bubble').offsetHeight";
    browser.wait_until(&format!("{height} < 300")).await?;
    browser
        .click(".kind-received .message-footer button")
        .await?;
    browser
        .wait_until(
            "document.querySelector('.kind-received .bubble').textContent.endsWith(' the end')",
        )
        .await?;
    browser.wait_until(&format!("{height} > 1000")).await?;
    browser
        .click(".kind-received .message-footer button")
        .await?;
    browser.wait_until(&format!("{height} < 300")).await?;
    setup.finish().await
}

#[tokio::test]
async fn a_word_of_almost_a_megabyte_fits_the_layout() -> Result<()> {
    let setup = Setup::with_viewport(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let word = "**W**".repeat(190_000);
    let line = message_received("c1", "m1", &word).to_string();
    let (status, answer) = request(to, "POST", "/api/import", &line).await?;
    assert_eq!(
        (status, answer.contains("\"imported\":1")),
        (200, true),
        "{answer}"
    );
    browser.click(".conversation").await?;
    browser
        .click(".kind-received .message-footer button")
        .await?;
    // The text is too long for Markdown.
    browser
        .wait_until("document.querySelector('.kind-received .bubble').textContent.length === 950_000 && document.querySelector('.bubble strong') === null")
        .await?;
    browser
        .wait_until("document.documentElement.scrollWidth <= innerWidth && document.querySelector('#chat-log').scrollWidth <= document.querySelector('#chat-log').clientWidth")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn invisible_text_and_thousands_of_properties_are_shown_briefly() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let mut many = message_sent("c1", "m1", "\u{200b}\u{2060}");
    for number in 0..20_000 {
        many["properties"][format!("p{number}")] = json!([number]);
    }
    send(to, &[many]).await?;
    browser
        .wait_until("document.querySelector('.conversation .preview').textContent === 'Only invisible characters'")
        .await?;
    browser.click(".conversation").await?;
    browser.click(".kind-sent .bubble").await?;
    browser
        .wait_until("document.querySelector('.kind-sent .bubble').textContent === 'Only invisible characters' && document.querySelector('.kind-sent .message-footer').textContent.includes('+ more')")
        .await?;
    // The findings do not hide the event.
    browser
        .wait_until("document.querySelectorAll('#detail .finding').length === 10")
        .await?;
    browser.click("#detail .more-findings button").await?;
    browser
        .wait_until("document.querySelectorAll('#detail .finding').length === 100 && document.querySelector('#detail .more-findings').textContent === '19k further findings are not shown.'")
        .await?;
    browser
        .wait_until("document.activeElement === document.querySelectorAll('#detail .finding')[10]")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn nothing_is_wider_than_the_viewport() -> Result<()> {
    let setup = Setup::with_viewport(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let (word, rtl) = ("W".repeat(4_000), "مرحبا، هل المنتج متوفر؟ ".repeat(20));
    send(
        to,
        &[
            message_sent(&"x".repeat(180), &"m".repeat(150), &word),
            message_received(&"x".repeat(180), "m2", &rtl),
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
            track(
                &"x".repeat(180),
                "Media Generated",
                json!({ "messageId": "m2", "type": word, "sub_type": word }),
            ),
        ],
    )
    .await?;
    let narrow = "document.documentElement.scrollWidth <= innerWidth \
        && [...document.querySelectorAll('.scroller')].every((scroller) => scroller.scrollWidth <= scroller.clientWidth)";
    browser.wait_until(narrow).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelectorAll('#chat [data-seq]').length >= 3")
        .await?;
    browser.wait_until(narrow).await?;
    browser
        .wait_until("[...document.querySelectorAll('.card, .tool-call, .compact-event')].every((row) => [...row.querySelectorAll('bdi')].every((text) => text.getBoundingClientRect().right <= row.getBoundingClientRect().right))")
        .await?;
    browser.click(".tool-call").await?;
    browser
        .wait_until("document.querySelector('#detail .json-tree')")
        .await?;
    browser.wait_until(narrow).await?;
    setup.finish().await
}

/// Markdown in replies creates no scripts, loads nothing, and cannot make the page unusable.
#[tokio::test]
async fn hostile_markdown_is_harmless() -> Result<()> {
    let setup = Setup::with_viewport(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let lines = [
        MARKUP,
        "[a](javascript:window.hacked=1) [b](JAVASCRIPT:window.hacked=1) [c](data:text/html,x) [d](//evil.example)",
        "[e](https://evil.example/\"onmouseover=\"window.hacked=1)",
        "![pixel](https://evil.example/pixel.png) ![x](javascript:window.hacked=1)",
        "<https://evil.example> [ref]: https://evil.example/style.css",
        "# <img src=https://evil.example/x onerror=window.hacked=1>",
        "| <script>window.hacked=1</script> | b |",
        "|---|---|",
        "| ![x](https://evil.example/cell.png) | **<b>bold</b>** |",
        "> <iframe src=https://evil.example></iframe>",
    ];
    let wide = format!(
        "{}|\n{}|\n{}|",
        "|cell".repeat(20),
        "|-".repeat(20),
        "|W".repeat(20)
    );
    let huge = format!("|a|b|\n|-|-|\n{}", "|1|2|\n".repeat(3_000));
    let deep = format!(
        "{}x\n{}- y\n{}",
        "> ".repeat(3_000),
        "  ".repeat(3_000),
        "*_`[".repeat(3_000)
    );
    send(
        to,
        &[
            message_sent("c1", "m0", "hello"),
            message_received("c1", "m1", &lines.join("\n\n")),
            message_received("c1", "m2", &lines.join("\n")),
            message_received("c1", "m3", &wide),
            message_received("c1", "m4", &huge),
            message_received("c1", "m5", &deep),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelectorAll('.kind-received').length === 5")
        .await?;
    for collapsed in 0..2 {
        assert_no_markup_ran(&setup).await?;
        let links = browser
            .execute("return [...document.querySelectorAll('.bubble a')].filter((link) => !/^https:$/.test(link.protocol) || link.target !== '_blank' || !link.relList.contains('noopener') || [...link.attributes].some(({ name }) => name.startsWith('on'))).length")
            .await?;
        assert_eq!(links, json!(0), "{collapsed}");
        browser
            .wait_until("document.documentElement.scrollWidth <= innerWidth && document.querySelector('#chat-log').scrollWidth <= document.querySelector('#chat-log').clientWidth")
            .await?;
        // Expand the long messages.
        browser
            .execute("for (const button of document.querySelectorAll('.message-footer [aria-expanded=false]')) button.click()")
            .await?;
    }
    // `finish` fails if the page requested anything from another host.
    setup.finish().await
}
