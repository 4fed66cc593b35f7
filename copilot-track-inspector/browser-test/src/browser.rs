//! A headless Chromium with one tab, controlled through chromedriver.

use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    Result,
    chromedriver::{Chromedriver, VendorCommand},
};

/// How long to wait for a condition. This is long enough for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often conditions are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// WebDriver's code points for special keys.
pub mod key {
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const DOWN: &str = "\u{e015}";
    pub const TAB: &str = "\u{e004}";
}

/// A browser with a single tab.
pub struct Browser {
    pub client: Client,
    driver: Chromedriver,
}

impl Browser {
    /// Starts chromedriver and Chromium with a viewport of this size.
    ///
    /// # Errors
    /// Returns an error if either is not installed or does not start.
    pub async fn start(width: u32, height: u32) -> Result<Self> {
        let driver = Chromedriver::start().await?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(driver.capabilities())
            .connect(&driver.url())
            .await?;
        let browser = Self { client, driver };
        browser.set_viewport(width, height).await?;
        Ok(browser)
    }

    /// Sets the exact size of the viewport.
    pub async fn set_viewport(&self, width: u32, height: u32) -> Result<()> {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await?;
        Ok(())
    }

    /// Emulates the system's color scheme. `theme` is `light` or `dark`.
    pub async fn set_color_scheme(&self, theme: &str) -> Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await?;
        Ok(())
    }

    /// Grants the page access to the clipboard without a prompt.
    pub async fn allow_clipboard(&self, origin: &str) -> Result<()> {
        let permissions = json!(["clipboardReadWrite", "clipboardSanitizedWrite"]);
        self.cdp(
            "Browser.grantPermissions",
            json!({ "origin": origin, "permissions": permissions }),
        )
        .await?;
        Ok(())
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        Ok(self
            .client
            .issue_cmd(VendorCommand("goog/cdp/execute", body))
            .await?)
    }

    /// Opens a URL.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Runs a function body in the page and returns its result.
    pub async fn execute(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Runs the body of an async function in the page and returns its result.
    pub async fn execute_async(&self, script: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`))"
        );
        Ok(self.client.execute_async(&script, Vec::new()).await?)
    }

    /// Waits until an expression is truthy in the page.
    pub async fn wait_until(&self, expression: &str) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        // The expression can throw, for example if an element does not exist yet.
        let script = format!("try {{ return Boolean({expression}) }} catch {{ return false }}");
        loop {
            if self.execute(&script).await? == Value::Bool(true) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let text = self
                    .execute(
                        "return document.title + '\\n' + document.body.innerText.slice(0, 3000)",
                    )
                    .await?;
                let log = self.log_entries("browser").await?;
                return Err(format!(
                    "timed out waiting for: {expression}\n--- page:\n{}\n--- console:\n{log:?}",
                    text.as_str().unwrap_or_default()
                )
                .into());
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits for an element that matches a selector and returns the first one.
    pub async fn wait_for(&self, selector: &str) -> Result<Element> {
        self.wait_until(&format!("document.querySelector({})", json!(selector)))
            .await?;
        Ok(self.client.find(Locator::Css(selector)).await?)
    }

    /// Waits for an element and clicks it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match self.wait_for(selector).await?.click().await {
                Ok(()) => return Ok(()),
                // A growing list can replace the element between the lookup and the click.
                Err(error) if Instant::now() < deadline && is_transient(&error) => {}
                Err(error) => return Err(error.into()),
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits for a field and sets its value, with the same events as user input.
    pub async fn fill(&self, selector: &str, value: &str) -> Result<()> {
        self.wait_for(selector).await?;
        self.execute(&format!(
            "const input = document.querySelector({}); input.value = {}; \
             for (const kind of ['input', 'change']) \
                 input.dispatchEvent(new Event(kind, {{ bubbles: true }}));",
            json!(selector),
            json!(value)
        ))
        .await?;
        Ok(())
    }

    /// Stops the page's clock, so that relative times do not change during a test.
    pub async fn freeze_clock(&self) -> Result<()> {
        self.execute("const now = Date.now(); Date.now = () => now;")
            .await?;
        Ok(())
    }

    /// Records the text of each toast in `toastTexts`. On a busy machine, a toast can disappear
    /// before a test sees it.
    pub async fn record_toasts(&self) -> Result<()> {
        self.execute(
            "const isNew = !window.toastTexts; \
             window.toastTexts = []; \
             if (isNew) new MutationObserver((records) => toastTexts.push(...records.flatMap((record) => [...record.addedNodes].map((node) => node.textContent)))) \
                 .observe(document.querySelector('#toasts'), { childList: true });",
        )
        .await?;
        Ok(())
    }

    /// Waits until an expression has the same value in two successive checks, and returns the
    /// value.
    pub async fn wait_until_stable(&self, expression: &str) -> Result<Value> {
        self.execute_async(&format!(
            "const frame = () => new Promise(requestAnimationFrame); \
             for (let before; ; ) {{ \
                 const now = {expression}; \
                 if (now === before) return now; \
                 before = now; \
                 await frame(); await frame(); \
             }}"
        ))
        .await
    }

    /// Moves the mouse to an element and performs an action there, such as pressing a button.
    pub async fn perform_mouse_action(&self, selector: &str, action: PointerAction) -> Result<()> {
        let move_to_element = PointerAction::MoveToElement {
            element: self.wait_for(selector).await?,
            duration: None,
            x: 0.0,
            y: 0.0,
        };
        let actions = MouseActions::new("mouse".to_owned())
            .then(move_to_element)
            .then(action);
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Presses keys one after another in the focused element.
    pub async fn press_keys(&self, keys: &str) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Returns a PNG of the viewport.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// Returns the log entries that were added since the last call. `kind` is `browser` (the
    /// console) or `performance`.
    pub async fn log_entries(&self, kind: &str) -> Result<Vec<Value>> {
        let command = VendorCommand("se/log", json!({ "type": kind }));
        match self.client.issue_cmd(command).await? {
            Value::Array(entries) => Ok(entries),
            other => Err(format!("unexpected log: {other}").into()),
        }
    }

    /// Returns the errors and warnings that were logged to the console since the last call.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let errors = self
            .log_entries("browser")
            .await?
            .iter()
            .filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG")
            .filter_map(|entry| entry["message"].as_str())
            .map(str::to_owned)
            .collect();
        Ok(errors)
    }

    /// Returns all URLs that the page has requested since the last call.
    pub async fn requested_urls(&self) -> Result<Vec<String>> {
        let mut urls = Vec::new();
        for entry in self.log_entries("performance").await? {
            let Some(text) = entry["message"].as_str() else {
                continue;
            };
            let message = &serde_json::from_str::<Value>(text)?["message"];
            if message["method"] == "Network.requestWillBeSent"
                && let Some(url) = message["params"]["request"]["url"].as_str()
            {
                urls.push(url.to_owned());
            }
        }
        Ok(urls)
    }

    /// Closes the browser and chromedriver, and deletes the profile.
    pub async fn close(mut self) -> Result<()> {
        self.client.clone().close().await?;
        self.driver.kill().await?;
        Ok(())
    }
}

/// Returns whether the error is temporary, that is, whether the element was merely missing or not
/// clickable at that moment.
fn is_transient(error: &CmdError) -> bool {
    let text = error.to_string();
    [
        "stale element",
        "click intercepted",
        "not interactable",
        "no such element",
        "move target out of bounds",
        // The element was removed while chromedriver determined its position.
        "does not belong to the document",
        "No node with given id",
    ]
    .iter()
    .any(|message| text.contains(message))
}
