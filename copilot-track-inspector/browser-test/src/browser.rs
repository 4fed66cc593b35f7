//! A headless Chromium of its own, with an empty profile, through chromedriver.

use std::{
    env,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, error::CmdError,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::Result;

/// How long a condition may take: far more than it does, on a machine that is busy.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often it is asked for.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Keys that are no letters, as WebDriver writes them.
pub mod key {
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const DOWN: &str = "\u{e015}";
    pub const TAB: &str = "\u{e004}";
}

/// A browser and its only tab.
pub struct Browser {
    pub client: Client,
    driver: Child,
    profile: PathBuf,
}

impl Browser {
    /// Starts chromedriver and Chromium, with a window of this size.
    ///
    /// # Errors
    /// If either is not installed or does not start.
    pub async fn start(width: u32, height: u32) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("install chromium and chromium-driver: {error}"))?;
        let port = port(&mut driver).await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = env::temp_dir().join(format!(
            "inspector-browser-test-{}-{number}",
            std::process::id()
        ));
        let Value::Object(capabilities) = json!({
            "browserName": "chrome",
            // All that the page logs and asks for.
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "args": [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--disable-dev-shm-usage",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--force-color-profile=srgb",
                    format!("--user-data-dir={}", profile.display()),
                ],
            },
        }) else {
            return Err("the capabilities are no object".into());
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        let browser = Self {
            client,
            driver,
            profile,
        };
        browser.set_viewport(width, height).await?;
        Ok(browser)
    }

    /// Makes the page's viewport so large, exactly.
    pub async fn set_viewport(&self, width: u32, height: u32) -> Result<()> {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await?;
        Ok(())
    }

    /// Says what the system prefers: `light` or `dark`.
    pub async fn set_color_scheme(&self, theme: &str) -> Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await?;
        Ok(())
    }

    /// Lets the page read the clipboard, which a person would be asked for.
    pub async fn allow_clipboard(&self, origin: &str) -> Result<()> {
        let permissions = json!(["clipboardReadWrite", "clipboardSanitizedWrite"]);
        self.cdp(
            "Browser.grantPermissions",
            json!({ "origin": origin, "permissions": permissions }),
        )
        .await?;
        Ok(())
    }

    /// A command of Chromium's own protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        Ok(self
            .client
            .issue_cmd(VendorCommand("goog/cdp/execute", body))
            .await?)
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Runs the body of a function in the page, and gives what it returns.
    pub async fn execute(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Runs the body of an async function in the page, and gives what it resolves to.
    pub async fn execute_async(&self, script: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {script} }})().then(done, (error) => done(`failed: ${{error}}`))"
        );
        Ok(self.client.execute_async(&script, Vec::new()).await?)
    }

    /// Waits until an expression is true in the page.
    pub async fn wait_until(&self, expression: &str) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        // What is not there yet throws, and is asked for again.
        let script = format!("try {{ return Boolean({expression}) }} catch {{ return false }}");
        loop {
            if self.execute(&script).await? == Value::Bool(true) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let seen = self
                    .execute(
                        "return document.title + '\\n' + document.body.innerText.slice(0, 3000)",
                    )
                    .await?;
                let logged = self.log_entries("browser").await?;
                return Err(format!(
                    "it never came true: {expression}\n--- the page:\n{}\n--- its log:\n{logged:?}",
                    seen.as_str().unwrap_or_default()
                )
                .into());
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The first element of a selector, as soon as there is one.
    pub async fn wait_for(&self, selector: &str) -> Result<Element> {
        self.wait_until(&format!("document.querySelector({})", json!(selector)))
            .await?;
        Ok(self.client.find(Locator::Css(selector)).await?)
    }

    /// Clicks on it, as soon as it is there.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match self.wait_for(selector).await?.click().await {
                Ok(()) => return Ok(()),
                // A list that grows puts new elements in the place of old ones.
                Err(error) if Instant::now() < deadline && is_transient(&error) => {}
                Err(error) => return Err(error.into()),
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Sets a field to a value, as soon as it is there, as if somebody had typed it and gone on.
    pub async fn fill(&self, selector: &str, value: &str) -> Result<()> {
        self.wait_for(selector).await?;
        self.execute(&format!(
            "const field = document.querySelector({}); field.value = {}; \
             for (const kind of ['input', 'change']) \
                 field.dispatchEvent(new Event(kind, {{ bubbles: true }}));",
            json!(selector),
            json!(value)
        ))
        .await?;
        Ok(())
    }

    /// Stops the page's clock, so that "just now" stays true however long it is looked at.
    pub async fn freeze_clock(&self) -> Result<()> {
        self.execute("const now = Date.now(); Date.now = () => now;")
            .await?;
        Ok(())
    }

    /// Lets the page note what its toasts say: one is gone before a machine that is busy looks at
    /// it.
    pub async fn record_toasts(&self) -> Result<()> {
        self.execute(
            "const isNew = !window.toastTexts; \
             window.toastTexts = []; \
             if (isNew) new MutationObserver((all) => toastTexts.push(...all.flatMap((one) => [...one.addedNodes].map((node) => node.textContent)))) \
                 .observe(document.querySelector('#toasts'), { childList: true });",
        )
        .await?;
        Ok(())
    }

    /// Waits until what an expression gives is the same in two frames, and gives that.
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

    /// Moves the mouse onto an element, and presses its button or releases it.
    pub async fn perform_mouse_action(&self, selector: &str, action: PointerAction) -> Result<()> {
        let onto = PointerAction::MoveToElement {
            element: self.wait_for(selector).await?,
            duration: None,
            x: 0.0,
            y: 0.0,
        };
        let actions = MouseActions::new("mouse".to_owned())
            .then(onto)
            .then(action);
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Presses keys, one after the other, wherever the keyboard is.
    pub async fn press_keys(&self, keys: &str) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// A PNG of what is seen.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// What was logged since it was last asked for: `browser` (the console) or `performance`.
    pub async fn log_entries(&self, kind: &str) -> Result<Vec<Value>> {
        let command = VendorCommand("se/log", json!({ "type": kind }));
        match self.client.issue_cmd(command).await? {
            Value::Array(entries) => Ok(entries),
            other => Err(format!("no log: {other}").into()),
        }
    }

    /// Errors and warnings in the console, but for those that say that the server was away.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let console_errors = self
            .log_entries("browser")
            .await?
            .iter()
            .filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG")
            .filter_map(|entry| entry["message"].as_str())
            .map(str::to_owned)
            .collect();
        Ok(console_errors)
    }

    /// All addresses that the page has asked for.
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

    /// Ends the browser and its driver, and deletes its profile.
    pub async fn close(mut self) -> Result<()> {
        self.client.clone().close().await?;
        self.driver.kill().await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that a failed test did not close outlives its driver. Its lock, a link, names it:
        // HOST-PID.
        let lock = std::fs::read_link(self.profile.join("SingletonLock"));
        if let Some((_, process)) = lock
            .ok()
            .as_ref()
            .and_then(|lock| lock.to_str()?.rsplit_once('-'))
        {
            // Where it has ended meanwhile, there is nothing to do.
            let _ = std::process::Command::new("kill").arg(process).status();
        }
        // What is left of it is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// Whether an element was only not there, or not in reach, at that moment.
fn is_transient(error: &CmdError) -> bool {
    let text = error.to_string();
    [
        "stale element",
        "click intercepted",
        "not interactable",
        "no such element",
        "move target out of bounds",
        // The same of an element that went while chromedriver looked for its place.
        "does not belong to the document",
        "No node with given id",
    ]
    .iter()
    .any(|passing| text.contains(passing))
}

/// chromedriver chooses a free port, and says which.
async fn port(driver: &mut Child) -> Result<u16> {
    let out = driver.stdout.take().ok_or("chromedriver has no output")?;
    let mut lines = BufReader::new(out).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            return Ok(rest.trim_end_matches('.').parse()?);
        }
    }
    Err("chromedriver ended before it listened".into())
}

/// A command beyond the standard's: its path below the session, and its body.
#[derive(Debug)]
struct VendorCommand(&'static str, Value);

impl WebDriverCompatibleCommand for VendorCommand {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> std::result::Result<url::Url, url::ParseError> {
        base_url.join(&format!(
            "session/{}/{}",
            session_id.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}
