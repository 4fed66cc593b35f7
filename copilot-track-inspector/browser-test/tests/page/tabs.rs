//! Several tabs share one live stream.

use std::time::Duration;

use copilot_track_inspector_browser_test::{
    Result,
    events::{message_sent, send},
};

use super::setup::{IS_LIVE, Setup};

/// More than the number of connections that a browser opens to one host.
const TABS: usize = 20;

const TEXTS: &str =
    "[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent).join()";

/// Waits until the server has noticed the end of all streams but one.
async fn wait_for_one_stream(setup: &Setup) {
    let is_one = async {
        while setup.inspector.watchers() != 1 {
            tokio::task::yield_now().await;
        }
    };
    let result = tokio::time::timeout(Duration::from_secs(120), is_one).await;
    assert!(result.is_ok(), "{} streams", setup.inspector.watchers());
}

#[tokio::test]
async fn twenty_tabs_are_live_with_one_stream() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[message_sent("c1", "m0", "0")]).await?;
    let url = format!("{}/#c=c1", setup.inspector.url().trim_end_matches('/'));
    let client = &browser.client;
    let mut tabs = vec![client.window().await?];
    browser.open(&url).await?;
    while tabs.len() < TABS {
        let tab = client.new_window(true).await?.handle;
        client.switch_to_window(tab.clone()).await?;
        tabs.push(tab);
        browser.open(&url).await?;
    }
    let mut texts = "0".to_owned();
    for round in 1..=2 {
        for tab in &tabs {
            client.switch_to_window(tab.clone()).await?;
            browser.wait_until(IS_LIVE).await?;
        }
        wait_for_one_stream(&setup).await;
        send(
            to,
            &[message_sent("c1", &format!("m{round}"), &round.to_string())],
        )
        .await?;
        texts.push_str(&format!(",{round}"));
        for tab in &tabs {
            client.switch_to_window(tab.clone()).await?;
            browser
                .wait_until(&format!("{TEXTS} === '{texts}'"))
                .await?;
        }
        // The first tab has the stream. After it is closed, another tab opens a stream.
        let first = tabs.remove(0);
        client.switch_to_window(first).await?;
        client.close_window().await?;
        if let Some(next) = tabs.first() {
            client.switch_to_window(next.clone()).await?;
        }
    }
    // A paused tab does not stop the others.
    browser.press_keys("p").await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'paused'")
        .await?;
    send(to, &[message_sent("c1", "m3", "3")]).await?;
    for tab in &tabs[1..] {
        client.switch_to_window(tab.clone()).await?;
        browser
            .wait_until(&format!("{TEXTS} === '{texts},3'"))
            .await?;
    }
    wait_for_one_stream(&setup).await;
    setup.finish().await
}
