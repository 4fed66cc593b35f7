//! Segment's browser SDK sends events to the inspector from a page of another origin.

use std::time::Duration;

use copilot_track_inspector::{Chaos, Fault, Inspector};
use copilot_track_inspector_browser_test::{Result, browser::Browser, site::Site};

const TIMEOUT: Duration = Duration::from_secs(120);

/// Returns the call that the manual documents for the SDK, with another address.
fn documented_call(url: &str) -> Result<String> {
    let manual = include_str!("../../../../docs/inspector.md");
    let row = manual
        .lines()
        .find(|line| line.starts_with("| `@segment/analytics-next`"))
        .ok_or("the manual has no row for the SDK")?;
    let code = row.split('`').nth(3).ok_or("the row has no code")?;
    Ok(code.replace("http://127.0.0.1:8077", url))
}

/// Opens a page with the SDK, which is configured as the manual documents.
async fn page_with_sdk(inspector: &Inspector) -> Result<(Browser, Site)> {
    let bundle = std::env::var("ANALYTICS_NEXT")?;
    let sdk = std::fs::read_to_string(bundle)?;
    let call = documented_call(&inspector.url())?;
    let script =
        format!("{sdk}\nconst {{ AnalyticsBrowser }} = Segment;\nwindow.analytics = {call};");
    let site = Site::start(script).await?;
    let browser = Browser::start(1024, 768).await?;
    browser.open(site.url()).await?;
    browser.wait_until("window.analytics").await?;
    Ok((browser, site))
}

#[tokio::test]
#[ignore = "`.ci/browser` installs the SDK"]
async fn the_browser_sdk_sends_every_kind_of_call() -> Result<()> {
    let inspector = Inspector::start().await?;
    let (browser, site) = page_with_sdk(&inspector).await?;
    browser
        .execute(
            "const properties = { conversationId: 'c', messageId: 'm', message_body: 'Größe 日本 🙂' };\
             analytics.identify('u', { plan: 'free' });\
             analytics.track('Message Sent', properties);\
             analytics.page('Home');\
             analytics.group('g');\
             analytics.alias('u2', 'u');",
        )
        .await?;
    assert!(inspector.wait_for(5, TIMEOUT).await?);
    let events = inspector.events().await?;
    let mut kinds: Vec<_> = events.iter().map(|event| event.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["alias", "group", "identify", "page", "track"]);
    for event in &events {
        assert!(event.verdict().is_good(), "{event:?}");
        assert!(
            event
                .delivery()
                .library()
                .is_some_and(|it| it.starts_with("analytics.js"))
        );
    }
    let sent = events.iter().find(|event| event.kind() == "track");
    assert_eq!(sent.and_then(|event| event.text()), Some("Größe 日本 🙂"));
    assert_eq!(browser.console_errors().await?, [""; 0]);
    // Nothing is loaded from or sent to Segment.
    for url in browser.requested_urls().await? {
        assert!(
            [site.url(), &inspector.url(), "data:", "chrome://"]
                .iter()
                .any(|known| url.starts_with(known)),
            "{url}"
        );
    }
    browser.close().await
}

#[tokio::test]
#[ignore = "`.ci/browser` installs the SDK"]
async fn the_browser_sdk_retries_and_can_read_retry_after() -> Result<()> {
    let inspector = Inspector::start().await?;
    let (browser, _site) = page_with_sdk(&inspector).await?;
    let busy = |times| {
        let fault = Fault::Status {
            status: 429,
            retry_after: Some("1".into()),
        };
        Chaos::always(fault).times(times)
    };
    inspector.set_chaos(busy(1))?;
    let seen = browser
        .execute_async(&format!(
            "const response = await fetch('{}/v1/t', {{ method: 'POST', body: '{{}}' }}); \
             return `${{response.status}} ${{response.headers.get('retry-after')}}`;",
            inspector.url()
        ))
        .await?;
    assert_eq!(seen, "429 1");
    inspector.set_chaos(busy(1))?;
    browser
        .execute("analytics.track('Order Placed', { conversationId: 'c' });")
        .await?;
    assert!(inspector.wait_for(1, TIMEOUT).await?);
    assert_eq!(inspector.faults(), 1);
    browser.close().await
}
