//! Exporting and importing events.

use std::{env, fs};

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, send},
};
use fantoccini::Locator;
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::setup::Setup;

/// The time that a download may take on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn exported_events_can_be_imported() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let folder = env::temp_dir().join(format!("inspector-export-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    browser
        .cdp(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": folder }),
        )
        .await?;
    browser
        .cdp(
            "Page.setInterceptFileChooserDialog",
            json!({ "enabled": true }),
        )
        .await?;
    send(
        to,
        &[
            message_sent("c1", "m1", "to be kept"),
            message_received("c1", "m2", "<b>so it is</b>"),
        ],
    )
    .await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 1")
        .await?;

    browser.click("#menu-button").await?;
    browser.click(".menu-item:has(.icon-export)").await?;
    let started = Instant::now();
    let file = loop {
        assert!(started.elapsed() < TIMEOUT, "nothing was exported");
        let download = fs::read_dir(&folder)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "jsonl"));
        match download {
            Some(file) if fs::read_to_string(&file)?.lines().count() == 2 => break file,
            _ => sleep(Duration::from_millis(25)).await,
        }
    };
    setup.inspector.reset().await?;
    browser
        .wait_until("document.querySelectorAll('.conversation').length === 0")
        .await?;

    browser.click("#menu-button").await?;
    browser.click(".menu-item:has(.icon-import)").await?;
    browser
        .wait_until("document.querySelector('input[type=file]')")
        .await?;
    let field = browser
        .client
        .find(Locator::Css("input[type=file]"))
        .await?;
    browser.record_toasts().await?;
    field.send_keys(&file.display().to_string()).await?;
    browser
        .wait_until("toastTexts.join() === 'Imported 2 events'")
        .await?;
    browser.click(".conversation").await?;
    browser.wait_until("[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent).join() === 'to be kept,<b>so it is</b>'").await?;
    fs::remove_dir_all(&folder)?;
    setup.finish().await
}
