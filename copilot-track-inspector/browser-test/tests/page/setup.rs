//! A page on an inspector of its own.

use std::net::SocketAddr;

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{Result, browser::Browser};

pub(super) struct Setup {
    pub(super) inspector: Inspector,
    pub(super) browser: Browser,
}

impl Setup {
    /// The page, open and live, on a desk's screen.
    pub(super) async fn new() -> Result<Self> {
        Self::with_viewport(1440, 900).await
    }

    pub(super) async fn with_viewport(width: u32, height: u32) -> Result<Self> {
        Self::with_inspector(Inspector::builder().start().await?, width, height).await
    }

    pub(super) async fn with_inspector(
        inspector: Inspector,
        width: u32,
        height: u32,
    ) -> Result<Self> {
        let browser = Browser::start(width, height).await?;
        browser.open(&inspector.url()).await?;
        browser.wait_until(IS_LIVE).await?;
        Ok(Self { inspector, browser })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.inspector.address()
    }

    /// Ends it; the page must not have complained, and must have asked for nothing elsewhere.
    pub(super) async fn finish(self) -> Result<()> {
        let console_errors = self.browser.console_errors().await?;
        assert!(
            console_errors.is_empty(),
            "in the console: {console_errors:?}"
        );
        self.finish_ignoring_console().await
    }

    /// Ends it, where the console tells of a server that was away.
    pub(super) async fn finish_ignoring_console(self) -> Result<()> {
        let own = self.inspector.url();
        let own = own.trim_end_matches('/');
        let asked = self.browser.requested_urls().await?;
        assert!(!asked.is_empty(), "nothing was recorded");
        for url in asked {
            assert!(
                // The browser's own empty tab is no page of ours.
                ["chrome://", "data:"]
                    .iter()
                    .any(|own| url.starts_with(own))
                    || url.starts_with(own),
                "the page asked for {url}"
            );
        }
        self.browser.close().await
    }
}

/// The page's connection stands.
pub(super) const IS_LIVE: &str = "document.querySelector('#connection')?.dataset.status === 'live'";
