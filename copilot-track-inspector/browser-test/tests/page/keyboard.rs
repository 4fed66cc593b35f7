//! The page without a mouse.

use copilot_track_inspector_browser_test::{
    Result,
    browser::key,
    events::{answered, said, send},
};
use serde_json::json;

use super::setup::Setup;

#[tokio::test]
async fn conversations_and_events_are_reached_by_keys() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    for number in 0..5 {
        let id = format!("c{number}");
        send(to, &[said(&id, "m1", "hello"), answered(&id, "m2", "hi")]).await?;
    }
    browser
        .until("document.querySelectorAll('.conversation').length === 5")
        .await?;
    let focused = |what: &str| format!("document.activeElement.matches('{what}')");
    browser.press("j").await?;
    browser.until(&focused("[data-id=c4]")).await?;
    browser.press("j").await?;
    browser.press(key::DOWN).await?;
    browser.until(&focused("[data-id=c2]")).await?;
    browser.press("k").await?;
    browser.until(&focused("[data-id=c3]")).await?;
    // One row alone is in the order of the Tab key.
    browser
        .until("document.querySelectorAll('.conversation[tabindex=\"0\"]').length === 1")
        .await?;
    browser.press(key::ENTER).await?;
    browser.until("location.hash.startsWith('#c=c3')").await?;
    browser.until(&focused(".is-received [data-seq]")).await?;
    browser.press("k").await?;
    browser.until(&focused(".is-sent [data-seq]")).await?;
    browser
        .until("document.querySelector('#detail h2').textContent === 'Message Sent'")
        .await?;
    browser.press(key::DOWN).await?;
    browser
        .until("document.querySelector('#detail h2').textContent === 'Message Received'")
        .await?;
    // Back, column by column.
    browser.press(key::ESCAPE).await?;
    browser
        .until("document.querySelector('#detail h2').textContent === 'No event selected'")
        .await?;
    browser.press(key::ESCAPE).await?;
    browser.until(&focused("[data-id=c3]")).await?;

    browser.press("/").await?;
    browser.until(&focused(".search input")).await?;
    // A letter in a field is a letter.
    browser.press("c2j").await?;
    browser
        .until("document.querySelector('.search input').value === 'c2j'")
        .await?;
    browser.press(key::ESCAPE).await?;
    browser
        .until("document.querySelector('.search input').value === ''")
        .await?;
    browser.press(key::ESCAPE).await?;
    browser.press("?").await?;
    browser
        .until("document.querySelector('#help').open")
        .await?;
    browser.press(key::ESCAPE).await?;
    browser.until("!document.querySelector('#help')").await?;
    browser.press("p").await?;
    browser
        .until("document.querySelector('#connection').textContent === 'Paused'")
        .await?;
    browser.press("p").await?;
    browser
        .until("document.querySelector('#connection').textContent === 'Live'")
        .await?;
    setup.end().await
}

#[tokio::test]
async fn every_control_has_a_name_and_a_place() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[said("c1", "m1", "hello"), answered("c1", "m2", "hi")]).await?;
    browser.click(".conversation").await?;
    browser.click(".bubble").await?;
    browser.find("#copy").await?;
    browser.click("#chaos").await?;
    browser.find("#chaos-switch").await?;
    // Chromium's own computation of what a screen reader is told.
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
    assert!(named > 30, "only {named} controls were seen");
    for landmark in [
        "main",
        "nav[aria-label]",
        "aside[aria-label]",
        "[aria-live=polite]",
    ] {
        browser.find(landmark).await?;
    }
    setup.end().await
}

#[tokio::test]
async fn keys_that_choose_characters_do_not_leave_the_search() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            said("c2", "m2", "Is it in stock?"),
            said("c1", "m1", "在庫はありますか"),
        ],
    )
    .await?;
    browser
        .until("document.querySelectorAll('.conversation').length === 2")
        .await?;
    browser.press("/").await?;
    browser
        .until("document.activeElement.matches('.search input')")
        .await?;
    let key = |name: &str, composing: bool| {
        format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: '{name}', isComposing: {composing}, bubbles: true, cancelable: true }})); \
             return document.activeElement.type ?? document.activeElement.dataset.id"
        )
    };
    browser
        .run("document.querySelector('input[type=search]').value = 'ざい'")
        .await?;
    for name in ["ArrowDown", "Escape"] {
        assert_eq!(browser.run(&key(name, true)).await?, "search", "{name}");
    }
    let words = browser
        .run("return document.querySelector('input[type=search]').value")
        .await?;
    assert_eq!(words, "ざい");
    assert_eq!(browser.run(&key("ArrowDown", false)).await?, "c1");
    // And what was put together is found.
    browser.press("/").await?;
    browser.press("在庫").await?;
    browser
        .until("[...document.querySelectorAll('.conversation')].map((one) => one.dataset.id).join() === 'c1'")
        .await?;
    setup.end().await
}
