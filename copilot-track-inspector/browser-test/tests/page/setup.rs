//! A browser on the page of a new inspector.

use std::net::SocketAddr;

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{Result, browser::Browser};

pub(super) struct Setup {
    pub(super) inspector: Inspector,
    pub(super) browser: Browser,
}

impl Setup {
    /// Opens the page with a desktop-sized viewport and waits until it is live.
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
        let setup = Self::without_page(inspector, width, height).await?;
        setup.browser.open(&setup.inspector.url()).await?;
        setup.browser.wait_until(IS_LIVE).await?;
        Ok(setup)
    }

    /// Starts a browser that has not opened the page yet.
    pub(super) async fn without_page(
        inspector: Inspector,
        width: u32,
        height: u32,
    ) -> Result<Self> {
        let browser = Browser::start(width, height).await?;
        Ok(Self { inspector, browser })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.inspector.address()
    }

    /// Closes the browser. Fails if the console has errors or the page sent a request to another
    /// host.
    pub(super) async fn finish(self) -> Result<()> {
        let console_errors = self.browser.console_errors().await?;
        assert!(
            console_errors.is_empty(),
            "errors in the console: {console_errors:?}"
        );
        self.finish_ignoring_console().await
    }

    /// Closes the browser without checking the console, for tests in which requests fail. Fails if
    /// the page sent a request to another host.
    pub(super) async fn finish_ignoring_console(self) -> Result<()> {
        let origin = self.inspector.url();
        let origin = origin.trim_end_matches('/');
        let urls = self.browser.requested_urls().await?;
        assert!(!urls.is_empty(), "no requests were recorded");
        for url in urls {
            assert!(
                // The browser's empty tab requests URLs with these schemes.
                ["chrome://", "data:"]
                    .iter()
                    .any(|scheme| url.starts_with(scheme))
                    || url.starts_with(origin),
                "the page requested {url}"
            );
        }
        self.browser.close().await
    }
}

/// An expression that is true while the page is connected to the live stream.
pub(super) const IS_LIVE: &str = "document.querySelector('#connection')?.dataset.status === 'live'";
