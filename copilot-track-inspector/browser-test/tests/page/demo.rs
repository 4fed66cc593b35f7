//! The support-copilot example, shown on the page.

use std::{env, fs, process::Stdio};

use copilot_track_inspector_browser_test::{Result, browser::Browser};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use super::setup::IS_LIVE;

/// A running support-copilot example.
struct Demo {
    process: Child,
    url: String,
    reader: JoinHandle<()>,
}

impl Demo {
    async fn start(arguments: &[&str]) -> Result<Self> {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
        // Build first and run the program directly, so that `stop` ends the program and not cargo.
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--manifest-path", workspace])
            .args(["--bin", "support-copilot", "--message-format=json"])
            .stderr(Stdio::inherit())
            .output()
            .await?;
        let program = String::from_utf8(build.stdout)?
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| message["executable"].as_str().map(str::to_owned))
            .ok_or("cargo did not report the path of support-copilot")?;
        let mut process = Command::new(program)
            .args(arguments)
            .env_remove("SEGMENT_WRITE_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = process
            .stdout
            .take()
            .ok_or("support-copilot has no output")?;
        let mut lines = BufReader::new(out).lines();
        let url = loop {
            let line = lines
                .next_line()
                .await?
                .ok_or("support-copilot exited before it printed the URL of the inspector")?;
            if let Some(at) = line.find("http://") {
                break line[at..].trim().to_owned();
            }
        };
        // Keep reading the output, so that the program never blocks on a full pipe.
        let reader =
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            process,
            url,
            reader,
        })
    }

    async fn stop(mut self) -> Result<()> {
        self.process.kill().await?;
        self.reader.abort();
        Ok(())
    }
}

#[tokio::test]
async fn the_demo_appears_on_the_page_as_it_runs() -> Result<()> {
    // The demo starts once the browser has opened the page, and keeps running until the test ends.
    let demo = Demo::start(&["--demo", "--wait-for-viewer", "--pace", "150", "--stay"]).await?;
    let browser = Browser::start(1440, 900).await?;
    browser.open(&demo.url).await?;
    browser.wait_until(IS_LIVE).await?;
    browser.click(".conversation").await?;
    // Events appear as they happen.
    for shown in [
        "document.querySelectorAll('#chat .bubble').length >= 2",
        "document.querySelector('#chat .kind-tool')",
        "document.querySelector('#chat .kind-ended')",
        "document.querySelector('.conversation .badge.ended')",
        "document.querySelector('#chat .stars .is-filled')",
    ] {
        browser.wait_until(shown).await?;
    }
    let problems = browser
        .execute("return document.querySelectorAll('.conversation .badge:not(.ended)').length")
        .await?;
    assert_eq!(problems, 0, "events of the example deviate from the spec");
    let console_errors = browser.console_errors().await?;
    assert!(console_errors.is_empty(), "{console_errors:?}");
    browser.close().await?;
    demo.stop().await
}

#[tokio::test]
async fn with_a_history_file_the_page_resumes_after_a_restart() -> Result<()> {
    let file = env::temp_dir().join(format!("inspector-history-{}.db", std::process::id()));
    let history = file.display().to_string();
    let first = Demo::start(&["--demo", "--stay", "--history", &history]).await?;
    let url = first.url.clone();
    let port = url
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .ok_or("no port")?
        .to_owned();
    let browser = Browser::start(1440, 900).await?;
    browser.open(&url).await?;
    browser
        .wait_until("document.querySelector('.conversation .badge.ended')")
        .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('#chat .kind-ended')")
        .await?;
    let line = "document.querySelector('.chat-title p').textContent";
    let before = browser.execute(&format!("return {line}")).await?;

    first.stop().await?;
    browser
        .wait_until("document.querySelector('#connection').dataset.status === 'reconnecting'")
        .await?;
    let second = Demo::start(&["--demo", "--stay", "--history", &history, "--port", &port]).await?;
    browser.wait_until(IS_LIVE).await?;
    // The old conversation is unchanged, without repeated events, and the new one is above it.
    browser
        .wait_until("document.querySelectorAll('.conversation .badge.ended').length === 2")
        .await?;
    browser
        .wait_until("document.querySelectorAll('.conversation')[1].getAttribute('aria-selected') === 'true'")
        .await?;
    browser.wait_until(&format!("{line} === {before}")).await?;
    browser.close().await?;
    second.stop().await?;
    for end in ["", "-wal", "-shm"] {
        // Two of the files exist only while the program runs.
        let _ = fs::remove_file(format!("{history}{end}"));
    }
    Ok(())
}
