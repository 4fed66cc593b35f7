//! The chaos panel.

use std::time::Duration;

use copilot_track::{Tracker, User};
use copilot_track_inspector_browser_test::{
    Result,
    events::{message_sent, send},
};

use super::setup::Setup;

#[tokio::test]
async fn chaos_can_be_switched_on_and_off() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    browser
        .wait_until("document.querySelector('#chaos-banner').hidden")
        .await?;
    browser.click("#chaos-button").await?;
    browser.click("[data-fault-kind=status]").await?;
    browser.fill("#chaos-probability", "100").await?;
    browser.click("#chaos-switch").await?;
    browser
        .wait_until(
            "document.querySelector('#chaos-switch').getAttribute('aria-checked') === 'true'",
        )
        .await?;
    browser
        .wait_until("document.querySelector('#chaos-banner').textContent.includes('503')")
        .await?;
    assert_eq!(send(to, &[message_sent("c1", "m1", "lost")]).await?, 503);
    browser
        .wait_until(
            "document.querySelector('#chaos-banner').textContent.includes('1 fault so far')",
        )
        .await?;

    // An invalid status shows an error, and the previous fault stays active.
    browser.fill("#chaos-status", "7").await?;
    browser
        .wait_until("!document.querySelector('.chaos-form .form-error').hidden")
        .await?;
    browser
        .wait_until("document.querySelector('#chaos-banner').textContent.includes('503')")
        .await?;

    browser.click("#chaos-switch").await?;
    browser
        .wait_until("document.querySelector('#chaos-banner').hidden")
        .await?;
    assert_eq!(send(to, &[message_sent("c1", "m2", "kept")]).await?, 200);
    browser
        .wait_until("document.querySelector('.conversation .preview').textContent === 'kept'")
        .await?;
    setup.finish_ignoring_console().await
}

#[tokio::test]
async fn an_app_delivers_its_events_after_a_fault() -> Result<()> {
    let setup = Setup::new().await?;
    let browser = &setup.browser;
    browser.click("#chaos-button").await?;
    browser.fill("#chaos-probability", "100").await?;
    browser.fill("#chaos-remaining", "1").await?;
    browser.click("#chaos-switch").await?;
    browser
        .wait_until("!document.querySelector('#chaos-banner').hidden")
        .await?;

    let tracker = Tracker::builder()
        .write_key("local")
        .endpoint(setup.inspector.url().trim_end_matches('/'))
        // Send everything on flush, in a single request, which hits the fault.
        .flush_interval(Duration::from_secs(60))
        .build()?;
    let conversation = tracker.conversation(User::known("123")?);
    conversation
        .turn("Does it come through?")
        .message_received("It does.");
    let report = tracker.flush(Duration::from_secs(30)).await;
    assert!(report.is_all_delivered(), "{report}");
    // The fault ended after one request, and the second attempt delivered the events.
    browser
        .wait_until("document.querySelector('#chaos-banner').hidden")
        .await?;
    browser.press_keys("\u{e00c}").await?;
    browser.click(".conversation").await?;
    browser.click(".kind-received .bubble").await?;
    browser
        .wait_until("document.querySelector('#detail').innerText.includes('arrived on retry 1')")
        .await?;
    setup.finish().await
}
