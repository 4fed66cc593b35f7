//! Keyboard navigation and accessibility.

use copilot_track_inspector_browser_test::{
    Result,
    browser::key,
    events::{message_received, message_sent, send},
};
use serde_json::json;

use super::setup::Setup;

#[tokio::test]
async fn the_keyboard_reaches_conversations_and_events() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    for number in 0..5 {
        let id = format!("c{number}");
        send(
            to,
            &[
                message_sent(&id, "m1", "hello"),
                message_received(&id, "m2", "hi"),
            ],
        )
        .await?;
    }
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 5")
        .await?;
    let focused = |what: &str| format!("document.activeElement.matches('{what}')");
    browser.press_keys("j").await?;
    browser.wait_until(&focused("[data-id=c4]")).await?;
    browser.press_keys("j").await?;
    browser.press_keys(key::DOWN).await?;
    browser.wait_until(&focused("[data-id=c2]")).await?;
    browser.press_keys("k").await?;
    browser.wait_until(&focused("[data-id=c3]")).await?;
    // Exactly one row is in the tab order.
    browser
        .wait_until("document.querySelectorAll('.conversation[tabindex=\"0\"]').length === 1")
        .await?;
    browser.press_keys(key::ENTER).await?;
    browser
        .wait_until("location.hash.startsWith('#c=c3')")
        .await?;
    browser
        .wait_until(&focused(".kind-received [data-seq]"))
        .await?;
    browser.press_keys("k").await?;
    browser
        .wait_until(&focused(".kind-sent [data-seq]"))
        .await?;
    browser
        .wait_until("document.querySelector('#detail h2').textContent === 'Message Sent'")
        .await?;
    browser.press_keys(key::DOWN).await?;
    browser
        .wait_until("document.querySelector('#detail h2').textContent === 'Message Received'")
        .await?;
    // Escape goes back one column at a time.
    browser.press_keys(key::ESCAPE).await?;
    browser
        .wait_until("document.querySelector('#detail h2').textContent === 'No event selected'")
        .await?;
    browser.press_keys(key::ESCAPE).await?;
    browser.wait_until(&focused("[data-id=c3]")).await?;

    browser.press_keys("/").await?;
    browser.wait_until(&focused(".search-box input")).await?;
    // Shortcut letters are plain text in a field.
    browser.press_keys("c2j").await?;
    browser
        .wait_until("document.querySelector('.search-box input').value === 'c2j'")
        .await?;
    browser.press_keys(key::ESCAPE).await?;
    browser
        .wait_until("document.querySelector('.search-box input').value === ''")
        .await?;
    browser.press_keys(key::ESCAPE).await?;
    browser.press_keys("?").await?;
    browser
        .wait_until("document.querySelector('#shortcuts-dialog').open")
        .await?;
    browser.press_keys(key::ESCAPE).await?;
    browser
        .wait_until("!document.querySelector('#shortcuts-dialog')")
        .await?;
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').textContent === 'Paused'")
        .await?;
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').textContent === 'Live'")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn every_control_has_an_accessible_name() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            message_received("c1", "m2", "hi"),
        ],
    )
    .await?;
    browser.click(".conversation").await?;
    browser.click(".bubble").await?;
    browser.wait_for("#copy-button").await?;
    browser.click("#chaos-button").await?;
    browser.wait_for("#chaos-switch").await?;
    // The accessibility tree that Chromium exposes to screen readers.
    let tree = browser
        .cdp("Accessibility.getFullAXTree", json!({}))
        .await?;
    let mut named = 0;
    for node in tree["nodes"].as_array().into_iter().flatten() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        if node["ignored"] == true
            || ![
                "button",
                "textbox",
                "searchbox",
                "switch",
                "radio",
                "tab",
                "slider",
                "spinbutton",
                "option",
                "listbox",
                "log",
                "navigation",
                "complementary",
            ]
            .contains(&role)
        {
            continue;
        }
        let name = node["name"]["value"].as_str().unwrap_or_default();
        assert!(!name.trim().is_empty(), "a {role} without a name: {node}");
        named += 1;
    }
    assert!(named > 30, "found only {named} controls");
    for landmark in [
        "main",
        "nav[aria-label]",
        "aside[aria-label]",
        "[aria-live=polite]",
    ] {
        browser.wait_for(landmark).await?;
    }
    setup.finish().await
}

#[tokio::test]
async fn ime_composition_keys_do_not_leave_the_search() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c2", "m2", "Is it in stock?"),
            message_sent("c1", "m1", "在庫はありますか"),
        ],
    )
    .await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 2")
        .await?;
    browser.press_keys("/").await?;
    browser
        .wait_until("document.activeElement.matches('.search-box input')")
        .await?;
    let key = |name: &str, composing: bool| {
        format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: '{name}', isComposing: {composing}, bubbles: true, cancelable: true }})); \
             return document.activeElement.type ?? document.activeElement.dataset.id"
        )
    };
    browser
        .execute("document.querySelector('input[type=search]').value = 'ざい'")
        .await?;
    for name in ["ArrowDown", "Escape"] {
        assert_eq!(browser.execute(&key(name, true)).await?, "search", "{name}");
    }
    let words = browser
        .execute("return document.querySelector('input[type=search]').value")
        .await?;
    assert_eq!(words, "ざい");
    assert_eq!(browser.execute(&key("ArrowDown", false)).await?, "c1");
    // The search finds Japanese text.
    browser.press_keys("/").await?;
    browser.press_keys("在庫").await?;
    browser
        .wait_until("[...document.querySelectorAll('.conversation')].map((row) => row.dataset.id).join() === 'c1'")
        .await?;
    setup.finish().await
}
