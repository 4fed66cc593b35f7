//! The main example, watched on the page.

use std::process::Stdio;

use copilot_track_inspector_browser_test::{Result, browser::Browser};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use super::setup::LIVE;

#[tokio::test]
async fn the_demo_builds_up_on_the_page() -> Result<()> {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut demo = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--manifest-path",
            workspace,
            "--bin",
            "support-copilot",
            "--",
        ])
        // It begins when the page is open, and stays until the test ends.
        .args(["--demo", "--wait-for-viewer", "--pace", "150", "--stay"])
        .env_remove("SEGMENT_WRITE_KEY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let out = demo.stdout.take().ok_or("it has no output")?;
    let mut lines = BufReader::new(out).lines();
    let url = loop {
        let line = lines
            .next_line()
            .await?
            .ok_or("it ended before it said where its page is")?;
        if let Some(at) = line.find("http://") {
            break line[at..].trim().to_owned();
        }
    };
    // Its output is read on, so that it is never held up.
    let rest = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

    let browser = Browser::start(1440, 900).await?;
    browser.open(&url).await?;
    browser.until(LIVE).await?;
    browser.click(".conversation").await?;
    // It grows under our eyes: what is there first is less than all.
    browser
        .until("document.querySelectorAll('#chat .bubble').length >= 2")
        .await?;
    browser
        .until("document.querySelector('#chat .is-tool')")
        .await?;
    browser
        .until("document.querySelector('#chat .is-ended')")
        .await?;
    browser
        .until("document.querySelector('.conversation .badge.ended')")
        .await?;
    browser
        .until("document.querySelector('#chat .stars .full')")
        .await?;
    let problems = browser
        .run("return document.querySelectorAll('.conversation .badge:not(.ended)').length")
        .await?;
    assert_eq!(problems, 0, "the example sends what the spec objects to");
    let complaints = browser.complaints().await?;
    assert!(complaints.is_empty(), "{complaints:?}");
    browser.close().await?;
    demo.kill().await?;
    rest.abort();
    Ok(())
}
