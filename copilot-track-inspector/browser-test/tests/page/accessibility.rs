//! Checks the page with axe-core, at several sizes and in several states.

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{
    Result,
    browser::Browser,
    events::{message_received, message_sent, send, track},
};
use serde_json::json;

use super::setup::Setup;

/// Fails if axe-core finds a violation.
async fn check(browser: &Browser, state: &str) -> Result<()> {
    let axe = std::fs::read_to_string(std::env::var("AXE")?)?;
    browser.execute(&axe).await?;
    // Transitions change the contrast of text.
    browser
        .wait_until("document.getAnimations().length === 0")
        .await?;
    let found = browser
        .execute_async(
            "const rules = { 'label-content-name-mismatch': { enabled: true } }; \
             const { violations } = await axe.run(document, { rules, resultTypes: ['violations'] }); \
             return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(' ')}`);",
        )
        .await?;
    assert_eq!(found, json!([]), "{state}");
    Ok(())
}

#[tokio::test]
#[ignore = "`.ci/browser` installs axe-core"]
async fn axe_finds_no_violations_in_any_size_and_state() -> Result<()> {
    for (width, height) in [(360, 740), (900, 700), (1440, 900)] {
        let setup = Setup::with_inspector(Inspector::start().await?, width, height).await?;
        let (browser, to) = (&setup.browser, setup.address());
        for theme in ["light", "dark"] {
            browser.set_color_scheme(theme).await?;
            check(browser, &format!("empty, {theme}, {width}")).await?;
        }
        browser.click("#numbers-button").await?;
        browser.wait_for("#numbers .empty-state").await?;
        check(browser, &format!("no numbers, {width}")).await?;
        send(
            to,
            &[
                track("c1", "Conversation Started", json!({})),
                message_sent("c1", "m1", "hello"),
                message_sent("c1", "m2", &"a long line of text\n".repeat(40)),
                track("c1", "Action Invoked", json!({ "messageId": "m3", "type": "T", "action": "a", "outcome": "ok", "duration_ms": 3 })),
                track("c1", "Action Invoked", json!({ "messageId": "m3", "type": "U", "action": "a", "outcome": "error", "duration_ms": 3 })),
                message_received("c1", "m3", "| a | b |\n|---|---|\n| 1 | [link](https://a.example) |\n\n> quote\n\n```\ncode\n```"),
                track("c1", "Message Received", json!({ "messageId": "m4", "body": "so", "completion": "cancelled" })),
                track("c1", "Media Generated", json!({ "messageId": "m3", "type": "image", "sub_type": "png" })),
                track("c1", "Feedback Submitted", json!({ "messageId": "m3", "rating": 3 })),
                track("c1", "Conversation Ended", json!({ "message_count": 9 })),
                json!({ "type": "track", "event": "X", "properties": { "conversationId": "c1" } }),
                message_sent("c2", "m1", ""),
            ],
        )
        .await?;
        for theme in ["light", "dark"] {
            let state = |what: &str| format!("{what}, {theme}, {width}");
            browser.set_color_scheme(theme).await?;
            browser.open(&setup.inspector.url()).await?;
            browser.wait_for("[data-id=c1]").await?;
            check(browser, &state("list")).await?;
            browser.click("[data-id=c1]").await?;
            browser.wait_for(".kind-sent .bubble").await?;
            check(browser, &state("chat")).await?;
            browser.click(".kind-sent .bubble").await?;
            browser.wait_for("#detail .json-tree").await?;
            check(browser, &state("detail")).await?;
            let panels = [
                ("#chaos-button", "#chaos-panel"),
                ("#menu-button", "#menu"),
                ("#conversation-menu-button", "#conversation-menu"),
            ];
            for (button, panel) in panels {
                browser
                    .execute(&format!("document.querySelector('{button}').click()"))
                    .await?;
                browser.wait_for(&format!("{panel}:popover-open")).await?;
                check(browser, &state(panel)).await?;
                browser
                    .execute("document.querySelector('[popover]:popover-open').hidePopover()")
                    .await?;
            }
            for (action, dialog) in [("again", "send-again"), ("trash", "delete-conversation")] {
                browser
                    .execute(&format!(
                        "document.querySelector('#conversation-menu-button').click(); document.querySelector('#conversation-menu .menu-item:has(.icon-{action})').click()"
                    ))
                    .await?;
                browser.wait_for(&format!("#{dialog}-dialog[open]")).await?;
                check(browser, &state(dialog)).await?;
                browser
                    .execute("document.querySelector('dialog').close()")
                    .await?;
            }
            browser
                .execute("document.querySelector('.turn-button').click()")
                .await?;
            browser.wait_for(".waterfall").await?;
            check(browser, &state("waterfall")).await?;
            browser
                .execute("document.querySelector('#numbers-button').click()")
                .await?;
            browser.wait_for(".bar-plot").await?;
            check(browser, &state("numbers")).await?;
        }
        browser.open(&setup.inspector.url()).await?;
        browser
            .fill(".search-box input", "nothing like this")
            .await?;
        browser.wait_for("#list .empty-state button").await?;
        check(browser, &format!("no matches, {width}")).await?;
        setup.finish_ignoring_console().await?;
    }
    Ok(())
}
