//! Actions on one conversation: sending it again, saving it as a file, and deleting it. Forwarding.

use std::{env, fs, path::PathBuf};

use copilot_track_inspector::{Chaos, Inspector};
use copilot_track_inspector_browser_test::{
    Result,
    events::{message_received, message_sent, send, track},
};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::setup::{IS_LIVE, Setup};

/// The time that a download may take on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

async fn open_menu(setup: &Setup) -> Result<()> {
    setup.browser.click("#conversation-menu-button").await?;
    setup
        .browser
        .wait_for("#conversation-menu:popover-open")
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_conversation_can_be_deleted() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(
        to,
        &[
            message_sent("c1", "m1", "keep"),
            message_sent("c2", "m2", "delete"),
        ],
    )
    .await?;
    browser.click("[data-id=c2]").await?;
    browser.wait_for(".kind-sent").await?;
    // A second tab shows the same conversation.
    let second = setup.browser.client.new_window(true).await?;
    let first = browser.client.window().await?;
    browser
        .client
        .switch_to_window(second.handle.clone())
        .await?;
    browser
        .open(&format!("{}/#c=c2", setup.inspector.url()))
        .await?;
    browser.wait_until(IS_LIVE).await?;
    browser.wait_for(".kind-sent").await?;
    browser.client.switch_to_window(first).await?;

    open_menu(&setup).await?;
    browser
        .click("#conversation-menu .menu-item.danger")
        .await?;
    browser
        .click("#delete-conversation-dialog .button:not(.danger)")
        .await?;
    browser
        .wait_until("!document.querySelector('dialog')")
        .await?;
    assert_eq!(
        setup.inspector.events().await?.len(),
        2,
        "Cancel deletes nothing"
    );
    open_menu(&setup).await?;
    browser
        .click("#conversation-menu .menu-item.danger")
        .await?;
    browser.record_toasts().await?;
    browser.click("#delete-conversation-confirm").await?;
    let is_gone = "[...document.querySelectorAll('.conversation')].map((row) => row.dataset.id).join() === 'c1' && location.hash === '' && !document.querySelector('.kind-sent')";
    browser.wait_until(is_gone).await?;
    browser
        .wait_until("toastTexts.includes('Deleted 1 event') && toastTexts.includes('This conversation was deleted')")
        .await?;
    browser.client.switch_to_window(second.handle).await?;
    browser.wait_until(is_gone).await?;
    assert_eq!(setup.inspector.events().await?.len(), 1);
    // A later event of the conversation starts it again.
    send(to, &[message_sent("c2", "m3", "new")]).await?;
    browser
        .wait_until("document.querySelector('[data-id=c2] .preview').textContent === 'new'")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn a_conversation_can_be_sent_again_with_the_same_or_with_new_ids() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let big = json!({ "number": 12_345_678_901_234_567_890_u64 });
    send(
        to,
        &[
            message_sent("c1", "m1", "hello"),
            message_received("c1", "m2", "hi"),
            track("c1", "Custom", big),
        ],
    )
    .await?;
    browser.click("[data-id=c1]").await?;
    browser.record_toasts().await?;
    open_menu(&setup).await?;
    browser
        .click("#conversation-menu .menu-item:has(.icon-again)")
        .await?;
    browser.click("#send-same-ids").await?;
    browser
        .wait_until("document.querySelectorAll('#chat [data-seq]').length === 6 && toastTexts.includes('Sent 3 calls')")
        .await?;
    browser.client.refresh().await?;
    open_menu(&setup).await?;
    browser
        .click("#conversation-menu .menu-item:has(.icon-again)")
        .await?;
    browser.click("#send-as-copy").await?;
    browser
        .wait_until("location.hash.startsWith('#c=copy-') && document.querySelectorAll('#chat [data-seq]').length === 6")
        .await?;
    let events = setup.inspector.events().await?;
    assert_eq!(events.len(), 12);
    assert!(
        events
            .iter()
            .filter(|event| event.raw().contains("12345678901234567890"))
            .count()
            == 4
    );
    // The copies are no duplicates.
    let is_duplicate = |number: usize| {
        let verdict = serde_json::to_string(events[number].verdict());
        verdict.unwrap().contains("duplicate_envelope_id")
    };
    assert!(is_duplicate(3) && !is_duplicate(6));
    setup.finish().await
}

async fn download(folder: &PathBuf, name: &str) -> Result<String> {
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < TIMEOUT, "nothing was saved");
        match fs::read_to_string(folder.join(name)) {
            Ok(html) if html.ends_with("</html>\n") => return Ok(html),
            _ => sleep(Duration::from_millis(25)).await,
        }
    }
}

const MARKUP: &str = "<script>document.title='hacked'</script><img src=https://evil.example/x>";

#[tokio::test]
async fn a_conversation_can_be_saved_as_a_file_that_needs_no_scripts() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let folder = env::temp_dir().join(format!("inspector-share-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let behavior = json!({ "behavior": "allow", "downloadPath": folder });
    browser.cdp("Browser.setDownloadBehavior", behavior).await?;
    send(
        to,
        &[
            message_sent("c1", "m1", MARKUP),
            message_received("c1", "m2", &"A long reply. ".repeat(2_000)),
            track("c1", MARKUP, json!({ MARKUP: MARKUP })),
        ],
    )
    .await?;
    browser.click("[data-id=c1]").await?;
    open_menu(&setup).await?;
    browser
        .click("#conversation-menu .menu-item:has(.icon-share)")
        .await?;
    download(&folder, "conversation.html").await?;
    // The file works without the inspector and without scripts.
    let disable = json!({ "value": true });
    browser
        .cdp("Emulation.setScriptExecutionDisabled", disable)
        .await?;
    let file =
        url::Url::from_file_path(folder.join("conversation.html")).map_err(|()| "no path")?;
    browser.requested_urls().await?;
    browser.open(file.as_str()).await?;
    browser.set_viewport(360, 740).await?;
    for theme in ["light", "dark"] {
        browser.set_color_scheme(theme).await?;
        let fits = "document.documentElement.scrollWidth <= innerWidth && document.querySelectorAll('.events > li').length === 3 && document.querySelectorAll('img, script').length === 0 && document.title === 'Conversation c1'";
        browser.wait_until(fits).await?;
    }
    let requested = browser.requested_urls().await?;
    let foreign: Vec<_> = requested
        .iter()
        .filter(|url| !url.starts_with("file://"))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    fs::remove_dir_all(&folder)?;
    setup.browser.close().await
}

#[tokio::test]
async fn the_page_shows_how_many_events_were_forwarded() -> Result<()> {
    let segment = Inspector::start().await?;
    segment.set_chaos(Chaos::parse("status=401,times=1")?)?;
    let forwarding = Inspector::builder()
        .forward("a-secret-key")
        .forward_to(segment.url());
    let setup = Setup::with_inspector(forwarding.start().await?, 1440, 900).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let text = "document.querySelector('#forwarding').innerText.replace(/\\s+/g, ' ').trim()";
    browser
        .wait_until(&format!("{text} === '0 forwarded'"))
        .await?;
    send(to, &[message_sent("c1", "m1", "hello")]).await?;
    browser
        .wait_until(&format!("{text} === '0 forwarded 1 failed'"))
        .await?;
    browser
        .wait_until("document.querySelector('#forwarding').title.includes('check the write key') && !document.documentElement.outerHTML.includes('secret')")
        .await?;
    send(to, &[message_received("c1", "m2", "hi")]).await?;
    browser
        .wait_until(&format!("{text} === '1 forwarded 1 failed'"))
        .await?;
    // Events that the page sends again are not forwarded.
    browser.click("[data-id=c1]").await?;
    browser.click(".kind-received .bubble").await?;
    browser.click("#send-again-button").await?;
    browser
        .wait_until("document.querySelectorAll('.kind-received').length === 2")
        .await?;
    send(to, &[message_sent("c1", "m3", "bye")]).await?;
    browser
        .wait_until(&format!("{text} === '2 forwarded 1 failed'"))
        .await?;
    assert_eq!(segment.events().await?.len(), 2);
    setup.finish().await
}
