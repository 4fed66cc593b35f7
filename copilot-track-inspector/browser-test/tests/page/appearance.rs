//! Themes, time formats, contrast, and forced colors.

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

/// Finds text whose contrast with its background is below 4.5, the minimum of WCAG AA.
const FIND_LOW_CONTRAST: &str = "
const parse = (text) => {
  const parts = text.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
};
const light = ({ rgb }) => {
  const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.alpha === 1) return color;
  }
  return parse('rgb(255, 255, 255)');
};
const low_contrast = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
  if (element.closest('.visually-hidden, .skip-link, [disabled]')) continue;
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low_contrast.push(`${ratio.toFixed(2)} ${element.className}: ${walker.currentNode.data.slice(0, 40)}`);
}
return low_contrast;";

#[tokio::test]
async fn all_text_has_enough_contrast_in_both_themes() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[
        track("c1", "Conversation Started", json!({})),
        message_sent("c1", "m1", "hello"),
        track("c1", "Action Invoked", json!({ "messageId": "m2", "type": "T", "action": "a", "role": "customer", "outcome": "ok", "duration_ms": 3 })),
        track("c1", "Action Invoked", json!({ "messageId": "m2", "Type": "T", "action": 7, "outcome": "error" })),
        track("c1", "Message Received", json!({ "messageId": "m2", "message_body": "so", "completion": "cancelled" })),
        track("c1", "Message Received", json!({ "messageId": "m3", "message_body": "so", "completion": "error" })),
        track("c1", "Media Generated", json!({ "messageId": "m3", "type": "image", "sub_type": "png" })),
        track("c1", "Feedback Submitted", json!({ "messageId": "m3", "rating": 3 })),
        track("c1", "Conversation Ended", json!({ "message_count": 3 })),
        json!({ "type": "track", "event": "X", "properties": { "conversationId": "c1" } }),
        message_sent("c2", "m1", "another"),
    ]).await?;
    browser.click("[data-id=c1]").await?;
    browser.click(".tool-call:has(.tag.error)").await?;
    browser
        .wait_until("document.querySelector('.finding')")
        .await?;
    for theme in ["light", "dark"] {
        browser.set_color_scheme(theme).await?;
        for panel in ["#chaos-button", "#menu-button"] {
            browser
                .execute(&format!("document.querySelector('{panel}').click()"))
                .await?;
            browser
                .wait_until("document.querySelector('[popover]:popover-open')")
                .await?;
            // Wait for transitions to end.
            browser
                .wait_until("document.getAnimations().length === 0")
                .await?;
            let low_contrast = browser.execute(FIND_LOW_CONTRAST).await?;
            assert_eq!(low_contrast, json!([]), "{theme}");
            browser
                .execute("document.querySelector('[popover]:popover-open').hidePopover()")
                .await?;
        }
    }
    setup.finish().await
}

#[tokio::test]
async fn the_theme_and_the_time_format_are_saved() -> Result<()> {
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
    let background = "getComputedStyle(document.body).backgroundColor";
    browser.set_color_scheme("light").await?;
    let light = browser.execute(&format!("return {background}")).await?;
    browser.set_color_scheme("dark").await?;
    browser
        .wait_until(&format!("{background} !== {light}"))
        .await?;
    browser.click("#menu-button").await?;
    browser.click("#menu [data-value=light]").await?;
    browser
        .wait_until(&format!("{background} === {light}"))
        .await?;
    browser.click("#menu [data-value=exact]").await?;
    let exact = "/^[0-9:]{8}$/.test(document.querySelector('.last-active').textContent)";
    browser.wait_until(exact).await?;
    browser.client.refresh().await?;
    browser.wait_until(exact).await?;
    browser
        .wait_until(&format!("{background} === {light}"))
        .await?;
    browser.click("[data-id=c1]").await?;
    browser
        .wait_until("/^[0-9:]{8}\\.[0-9]{3}$/.test(document.querySelector('.message-header time').textContent)")
        .await?;
    let title = browser
        .execute("return document.querySelector('.message-header time').title")
        .await?;
    assert!(
        matches!(&title, Value::String(title) if title.contains("UTC")),
        "{title}"
    );
    setup.finish().await
}

/// Finds elements that consist only of a background and have the same color as the background
/// behind them.
const FIND_INVISIBLE: &str = "
const background = (element, part) => getComputedStyle(element, part).backgroundColor;
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    if (!/^rgba\\(.*, 0\\)$/.test(background(at))) return background(at);
  }
};
const found = [];
for (const [selector, part] of [['.connection', '::before'], ['.conversation.is-live .live-dot'], ['.switch', '::after']]) {
  const element = document.querySelector(selector);
  const its = background(element, part);
  if (its === behind(part ? element : element.parentElement) || /^rgba.*, 0\\)$/.test(its)) found.push(`${selector}: ${its}`);
}
return found;";

#[tokio::test]
async fn forced_colors_keep_all_indicators_visible() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    browser.freeze_clock().await?;
    for theme in ["light", "dark"] {
        let features = json!([
            { "name": "forced-colors", "value": "active" },
            { "name": "prefers-color-scheme", "value": theme },
        ]);
        browser
            .cdp(
                "Emulation.setEmulatedMedia",
                json!({ "features": features }),
            )
            .await?;
        send(to, &[message_sent("c1", "m1", "hello")]).await?;
        browser
            .wait_until("document.querySelector('.conversation.is-live .live-dot')")
            .await?;
        browser
            .execute("document.querySelector('#chaos-button').click()")
            .await?;
        browser
            .wait_until("document.querySelector('[popover]:popover-open') && document.getAnimations().length === 0")
            .await?;
        assert_eq!(browser.execute(FIND_INVISIBLE).await?, json!([]), "{theme}");
        // The switch has one color when it is on and another when it is off.
        let switch_color =
            "getComputedStyle(document.querySelector('#chaos-switch')).backgroundColor";
        let off = browser.execute(&format!("return {switch_color}")).await?;
        browser
            .execute("document.querySelector('#chaos-switch').click()")
            .await?;
        browser
            .wait_until(&format!(
                "{switch_color} !== {off} && document.getAnimations().length === 0"
            ))
            .await?;
        assert_eq!(browser.execute(FIND_INVISIBLE).await?, json!([]), "{theme}");
        browser
            .execute("document.querySelector('#chaos-switch').click()")
            .await?;
        browser
            .wait_until(&format!("{switch_color} === {off}"))
            .await?;
        browser
            .execute("document.querySelector('[popover]:popover-open').hidePopover()")
            .await?;
    }
    setup.finish().await
}
