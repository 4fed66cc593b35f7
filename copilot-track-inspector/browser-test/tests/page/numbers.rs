//! The view with the figures about all events.

use copilot_track_inspector_browser_test::{
    Result,
    browser::key,
    events::{message_received, message_sent, misspelled_message, send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

/// Sets the time at which an event happened.
fn at(mut call: Value, second: u32) -> Value {
    call["timestamp"] = format!("2026-01-02T03:04:{second:02}.000Z").into();
    call["context"] = json!({ "library": { "name": "shop", "version": "2" } });
    call
}

fn scene() -> Vec<Value> {
    let tool = |kind: &str, outcome: &str, second| {
        let properties =
            json!({ "messageId": "m2", "type": kind, "action": "look up", "outcome": outcome });
        at(track("c1", "Action Invoked", properties), second)
    };
    let mut reply = at(message_received("c1", "m2", "Yes."), 4);
    for (name, value) in [
        ("input_tokens", json!(400)),
        ("output_tokens", json!(20)),
        ("cost_usd", json!(0.25)),
    ] {
        reply["properties"][name] = value;
    }
    let rating = json!({ "messageId": "m2", "rating": 4 });
    vec![
        at(message_sent("c1", "m1", "Is it in stock?"), 2),
        tool("Stock", "ok", 3),
        tool("Stock", "error", 3),
        tool("Say \"hi\"", "ok", 3),
        reply,
        at(track("c1", "Feedback Submitted", rating), 5),
        at(message_sent("c2", "m3", "Hello?"), 10),
        misspelled_message("c2", "m4"),
    ]
}

/// Returns the figure of a card.
fn figure(id: &str) -> String {
    format!(
        "document.querySelector('[aria-labelledby=number-{id}] .figure').lastChild.lastChild?.textContent ?? document.querySelector('[aria-labelledby=number-{id}] .figure').textContent"
    )
}

#[tokio::test]
async fn figures_are_shown_and_follow_new_events() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    browser.click("#numbers-button").await?;
    browser
        .wait_until("document.querySelector('#numbers h2 + p').textContent.startsWith('0 stored events') && document.querySelector('#numbers .empty-state h2').textContent === 'No events yet'")
        .await?;
    send(to, &scene()).await?;
    // The reply has no timestamp. It happened years after its question.
    for (id, text) in [
        ("conversations", "2"),
        ("tools", "33%"),
        ("ratings", "4"),
        ("tokens", "420"),
        ("cost", "$0.25"),
        ("codes", "1"),
        ("libraries", "1"),
    ] {
        browser
            .wait_until(&format!("({}) === {}", figure(id), json!(text)))
            .await?;
    }
    browser
        .wait_until("[...document.querySelectorAll('[aria-labelledby=number-tools] tbody tr')].map((row) => `${row.querySelector('th').textContent}: ${row.querySelector('.value a').lastChild.textContent}`).join() === 'Stock: 2 · 50% failed,Say \"hi\": 1 · 0% failed'")
        .await?;
    // What is unknown is not zero.
    browser
        .wait_until("document.querySelector('[aria-labelledby=number-cost]').textContent.includes('Known for 1 of 2 replies')")
        .await?;
    setup.inspector.delete_conversation("c1").await?;
    browser
        .wait_until("document.querySelector('[aria-labelledby=number-cost] .figure').textContent === 'unknown'")
        .await?;
    assert_eq!(
        browser.execute("return location.hash").await?,
        "#view=numbers"
    );
    browser.client.refresh().await?;
    browser
        .wait_until("document.querySelector('[aria-labelledby=number-cost] .figure').textContent === 'unknown'")
        .await?;
    browser.press_keys(key::ESCAPE).await?;
    browser
        .wait_until("location.hash === '' && document.querySelector('#numbers').offsetParent === null && document.querySelector('#chat').offsetParent !== null")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn each_figure_leads_to_its_conversations() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &scene()).await?;
    browser.click("#numbers-button").await?;
    let listed =
        "[...document.querySelectorAll('.conversation')].map((row) => row.dataset.id).join()";
    browser.wait_until(&format!("{listed} === 'c2,c1'")).await?;
    for (link, query, ids) in [
        (
            "[aria-labelledby=number-tools] tbody tr:nth-child(2) a",
            "event:\"Action Invoked\" \"Say \\\"hi\\\"\"",
            "c1",
        ),
        ("[aria-labelledby=number-codes] .figure a", "", "c2"),
        (
            "[aria-labelledby=number-codes] .links a",
            "severity:warning",
            "c2",
        ),
        (
            "[aria-labelledby=number-codes] tbody a",
            "code:misspelled_property",
            "c2",
        ),
        (
            "[aria-labelledby=number-libraries] tbody a",
            "library:\"shop/2\"",
            "c2,c1",
        ),
        ("[aria-labelledby=number-ratings] tbody a", "rating:4", "c1"),
        (
            "[aria-labelledby=number-ratings] .figure a",
            "event:\"Feedback Submitted\"",
            "c1",
        ),
        (
            "[aria-labelledby=number-tools] .figure a",
            "outcome:failed",
            "c1",
        ),
        (
            "[aria-labelledby=number-answers] tbody a",
            "answer:2s..4.999s",
            "c1",
        ),
        (
            "[aria-labelledby=number-answers] tbody tr:last-child a",
            "answer:100s..",
            "c2",
        ),
        (
            "[aria-labelledby=number-conversations] tbody a",
            "messages:2",
            "c2,c1",
        ),
        (
            "[aria-labelledby=number-conversations] .figure a",
            "",
            "c2,c1",
        ),
    ] {
        browser.click(link).await?;
        browser
            .wait_until(&format!(
                "document.querySelector('.search-box input').value === {} && {listed} === '{ids}'",
                json!(query)
            ))
            .await?;
    }
    // A search for conversations finds no events within them.
    browser
        .fill(".list .search-box input", "messages:2")
        .await?;
    browser
        .wait_until("location.hash === '#view=numbers&q=messages%3A2'")
        .await?;
    // The figures stay open next to the list, and a row opens its conversation.
    browser
        .wait_until("document.querySelector('#numbers').offsetParent !== null")
        .await?;
    browser.click("[data-id=c1]").await?;
    browser
        .wait_until("document.querySelector('#numbers').offsetParent === null && document.querySelector('.kind-sent') && document.querySelector('.find-bar').hidden")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn a_click_on_a_figure_replaces_the_search_that_is_being_typed() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &scene()).await?;
    browser.click("#numbers-button").await?;
    browser
        .wait_for("[aria-labelledby=number-ratings] tbody a")
        .await?;
    // The second timer starts later and is as long as the one that runs while the user types, so it
    // ends later.
    let shown = browser
        .execute_async(
            "const input = document.querySelector('.search-box input'); \
             input.value = 'typed'; \
             input.dispatchEvent(new Event('input', { bubbles: true })); \
             document.querySelector('[aria-labelledby=number-ratings] tbody a').click(); \
             const replaced = input.value; \
             await new Promise((done) => setTimeout(done, 200)); \
             return [replaced, input.value, location.hash];",
        )
        .await?;
    assert_eq!(
        shown,
        json!(["rating:4", "rating:4", "#view=numbers&q=rating%3A4"])
    );
    // A click on the figure that is already shown does the same.
    let shown = browser
        .execute_async(
            "const input = document.querySelector('.search-box input'); \
             const type = (text) => { input.value = text; input.dispatchEvent(new Event('input', { bubbles: true })); }; \
             type('typed'); \
             document.querySelector('[aria-labelledby=number-ratings] tbody a').click(); \
             const same = input.value; \
             type('more'); \
             document.querySelector('[aria-labelledby=number-tools] .figure a').click(); \
             return [same, input.value];",
        )
        .await?;
    assert_eq!(shown, json!(["rating:4", "outcome:failed"]));
    setup.finish().await
}

#[tokio::test]
async fn without_events_a_sample_conversation_can_be_played() -> Result<()> {
    let setup = Setup::new().await?;
    let browser = &setup.browser;
    browser.click("#numbers-button").await?;
    browser.click("#numbers .empty-state button").await?;
    browser
        .wait_until("document.querySelector('.kind-ended')")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn on_a_phone_a_figure_opens_the_list() -> Result<()> {
    let setup = Setup::with_viewport(360, 740).await?;
    let (browser, to) = (&setup.browser, setup.address());
    let word = "W".repeat(2_000);
    let mut calls = scene();
    for name in [&word, "مرحبا"] {
        let properties = json!({ "messageId": "m", "type": name, "action": "a" });
        let mut call = track("c3", "Action Invoked", properties);
        call["context"] = json!({ "library": { "name": name, "version": "1" } });
        calls.push(call);
    }
    send(to, &calls).await?;
    browser.click("#numbers-button").await?;
    browser.wait_for(".bar-plot").await?;
    browser
        .wait_until("document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('#numbers .scroller, .number-card')].every((element) => element.scrollWidth <= element.clientWidth)")
        .await?;
    browser
        .execute("document.querySelector('[aria-labelledby=number-ratings] .figure a').click()")
        .await?;
    browser
        .wait_until("document.querySelector('#list').offsetParent !== null && document.querySelectorAll('.conversation').length === 1")
        .await?;
    setup.finish().await
}
