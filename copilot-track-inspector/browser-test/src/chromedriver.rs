//! A chromedriver process and the profile of the Chromium that it controls.

use std::{
    env, fs,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::Result;

/// A running chromedriver. Dropping it also ends Chromium and deletes the profile.
pub(crate) struct Chromedriver {
    process: Child,
    port: u16,
    profile: PathBuf,
}

impl Chromedriver {
    /// Starts chromedriver on a free port.
    ///
    /// # Errors
    /// Returns an error if chromedriver is not installed or does not start.
    pub(crate) async fn start() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("install chromium and chromium-driver: {error}"))?;
        let port = read_port(&mut process).await?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = env::temp_dir().join(format!(
            "inspector-browser-test-{}-{number}",
            std::process::id()
        ));
        Ok(Self {
            process,
            port,
            profile,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the capabilities of a headless Chromium with an empty profile.
    pub(crate) fn capabilities(&self) -> Map<String, Value> {
        let options = json!({
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
                format!("--user-data-dir={}", self.profile.display()),
            ],
        });
        // Record the console and all network requests.
        let logging = json!({ "browser": "ALL", "performance": "ALL" });
        Map::from_iter([
            ("browserName".to_owned(), json!("chrome")),
            ("goog:loggingPrefs".to_owned(), logging),
            ("goog:chromeOptions".to_owned(), options),
        ])
    }

    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // If a test fails before it closes the browser, Chromium outlives chromedriver. Chromium's
        // lock is a symbolic link whose target is HOST-PID.
        let lock = fs::read_link(self.profile.join("SingletonLock"));
        if let Some((_, process)) = lock
            .ok()
            .as_ref()
            .and_then(|lock| lock.to_str()?.rsplit_once('-'))
        {
            // This fails if Chromium has already exited.
            let _ = std::process::Command::new("kill").arg(process).status();
        }
        // If this fails, the profile stays in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// Reads the port that chromedriver chose from its output.
async fn read_port(process: &mut Child) -> Result<u16> {
    let output = process.stdout.take().ok_or("chromedriver has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            return Ok(rest.trim_end_matches('.').parse()?);
        }
    }
    Err("chromedriver exited before it started listening".into())
}

/// A command that is not part of the WebDriver standard, with its path below the session and its
/// body.
#[derive(Debug)]
pub(crate) struct VendorCommand(pub(crate) &'static str, pub(crate) Value);

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
