//! A database that cannot be written to.

use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{
    Result,
    events::{message_sent, send},
};
use rusqlite::Connection;

use super::setup::Setup;

#[tokio::test]
async fn a_full_disk_shows_a_banner_until_writes_succeed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("events.db");
    let inspector = Inspector::builder().database(&file).start().await?;
    let setup = Setup::with_inspector(inspector, 1440, 900).await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[message_sent("c1", "m1", "while there was room")]).await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('#write-error-banner').hidden")
        .await?;

    // Simulate a full disk by making every insert fail.
    Connection::open(&file)?.execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'disk is full'); END",
    )?;
    assert_eq!(
        send(to, &[message_sent("c1", "m2", "too much")]).await?,
        503
    );
    browser
        .wait_until("document.querySelector('#write-error-banner').checkVisibility() && document.querySelector('#write-error-banner').textContent.includes('(disk is full)')")
        .await?;
    // Stored events are still available, even after the page is reloaded.
    browser.open("about:blank").await?;
    browser.open(&setup.inspector.url()).await?;
    browser
        .wait_until("document.querySelector('#write-error-banner')?.checkVisibility()")
        .await?;
    browser.click(".conversation").await?;
    browser
        .wait_until("document.querySelector('.bubble')?.textContent === 'while there was room'")
        .await?;

    Connection::open(&file)?.execute_batch("DROP TRIGGER full")?;
    assert_eq!(send(to, &[message_sent("c1", "m2", "again")]).await?, 200);
    browser
        .wait_until("document.querySelector('#write-error-banner').hidden")
        .await?;
    browser
        .wait_until(
            "[...document.querySelectorAll('.bubble')].some((bubble) => bubble.textContent === 'again')",
        )
        .await?;
    setup.finish().await
}
