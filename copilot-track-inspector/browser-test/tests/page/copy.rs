//! Copying an event to the clipboard.

use copilot_track_inspector_browser_test::{
    Result,
    events::{send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

#[tokio::test]
async fn an_event_can_be_copied_as_json_curl_and_rust() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let url = setup.inspector.url();
    let url = url.trim_end_matches('/');
    browser.allow_clipboard(url).await?;
    let mut event = track(
        "c1",
        "Action Invoked",
        json!({
            "messageId": "m1", "type": "It's $(id)", "action": "say \"hi\"", "role": "customer",
        }),
    );
    event["properties"]["digits"] = serde_json::from_str("9007199254740993")?;
    send(to, std::slice::from_ref(&event)).await?;
    browser.click(".conversation").await?;
    browser.click(".tool-call").await?;

    browser.click("[data-format=raw]").await?;
    let copied = copy(&setup, "JSON").await?;
    let mut copied: Value = serde_json::from_str(&copied)?;
    assert_eq!(
        copied["properties"], event["properties"],
        "digits were lost"
    );
    assert_eq!(copied["messageId"], event["messageId"]);
    copied["properties"].take();

    browser.click("[data-format=curl]").await?;
    let copied = copy(&setup, "curl").await?;
    assert!(
        copied.starts_with(&format!("curl -sS '{url}/v1/track'")),
        "{copied}"
    );
    assert!(copied.contains(r"It'\''s $(id)"), "{copied}");
    // Running the command sends the event again.
    let before = setup.inspector.events().await?.len();
    let sent = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(&copied)
        .output()
        .await?;
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(setup.inspector.events().await?.len(), before + 1);

    browser.click("[data-format=rust]").await?;
    let copied = copy(&setup, "Rust").await?;
    assert!(
        copied.contains(r#"ActionInvoked::new("It's $(id)", "say \"hi\"")"#),
        "{copied}"
    );
    assert!(copied.contains(r#".message_id("m1")"#), "{copied}");
    // The selected format is kept, and the shortcut works like the button.
    browser
        .execute_async(
            "document.querySelector('#copy-button').blur(); await navigator.clipboard.writeText('')",
        )
        .await?;
    browser.press_keys("c").await?;
    let seen = browser.execute_async("await new Promise((done) => { const look = async () => (await navigator.clipboard.readText()) ? done() : requestAnimationFrame(look); look(); }); return navigator.clipboard.readText()").await?;
    assert_eq!(seen, Value::String(copied));
    setup.finish().await
}

async fn copy(setup: &Setup, format: &str) -> Result<String> {
    let browser = &setup.browser;
    browser
        .execute("document.querySelectorAll('.toast').forEach((element) => element.remove())")
        .await?;
    browser.record_toasts().await?;
    browser.click("#copy-button").await?;
    browser
        .wait_until(&format!("toastTexts.join() === 'Copied as {format}'"))
        .await?;
    match browser
        .execute_async("return navigator.clipboard.readText()")
        .await?
    {
        Value::String(text) => Ok(text),
        other => Err(format!("not a string: {other}").into()),
    }
}
