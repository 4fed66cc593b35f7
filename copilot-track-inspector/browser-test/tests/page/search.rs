//! The search box, the find bar, and the next problem.

use copilot_track_inspector_browser_test::{
    Result,
    browser::key,
    events::{message_received, message_sent, misspelled_message, send, track},
};
use serde_json::{Value, json};

use super::setup::Setup;

/// Returns messages of a conversation. The texts at the given positions contain a word.
fn messages(conversation: &str, count: usize, word: &str, at: &[usize]) -> Vec<Value> {
    (0..count)
        .map(|number| {
            let text = if at.contains(&number) {
                format!("The {word} is number {number}.")
            } else {
                format!("This is message {number}.")
            };
            message_sent(conversation, &format!("m{number}"), &text)
        })
        .collect()
}

/// Returns an expression that is true if the match with this text is visible and marked.
fn shows_match(text: &str) -> String {
    format!(
        "(() => {{ const element = document.querySelector('.is-found'); \
           const log = document.querySelector('#chat-log').getBoundingClientRect(); \
           const {{ top, bottom }} = element.getBoundingClientRect(); \
           return element.textContent === {} && top >= log.top && bottom <= log.bottom; }})()",
        json!(text)
    )
}

const COUNT: &str = "document.querySelector('.find-count').textContent";
const LISTED: &str =
    "[...document.querySelectorAll('.conversation')].map((row) => row.dataset.id).join()";
const FIND_INPUT: &str = ".find-bar input";

#[tokio::test]
async fn a_search_leads_to_its_hits_and_is_in_the_address() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &messages("c1", 450, "Kettle", &[7, 300])).await?;
    send(to, &messages("c2", 3, "lamp", &[1])).await?;
    browser.wait_until(&format!("{LISTED} === 'c2,c1'")).await?;
    browser.fill(".list .search-box input", "kettle").await?;
    browser.wait_until(&format!("{LISTED} === 'c1'")).await?;
    browser.wait_until("location.hash === '#q=kettle'").await?;
    browser.click(".conversation").await?;
    // The first hit was not among the messages that the chat loads first.
    browser
        .wait_until(&shows_match("The Kettle is number 7."))
        .await?;
    browser.wait_until(&format!("{COUNT} === '1 of 2'")).await?;
    browser
        .wait_until("CSS.highlights.get('find-hit').size > 0")
        .await?;
    browser
        .wait_until("location.hash === '#c=c1&q=kettle'")
        .await?;

    // The address restores everything.
    let url = browser.client.current_url().await?.to_string();
    browser.open("about:blank").await?;
    browser.open(&url).await?;
    browser
        .wait_until(&shows_match("The Kettle is number 7."))
        .await?;
    browser.wait_until(&format!("{LISTED} === 'c1'")).await?;
    browser
        .wait_until("document.querySelector('.list .search-box input').value === 'kettle'")
        .await?;

    // Other hits, in both directions.
    browser
        .click(".find-bar button[aria-label='Next match']")
        .await?;
    browser
        .wait_until(&shows_match("The Kettle is number 300."))
        .await?;
    browser.wait_until(&format!("{COUNT} === '2 of 2'")).await?;
    browser
        .click(".find-bar button[aria-label='Next match']")
        .await?;
    browser
        .wait_until(&shows_match("The Kettle is number 7."))
        .await?;
    browser
        .click(".find-bar button[aria-label='Previous match']")
        .await?;
    browser
        .wait_until(&shows_match("The Kettle is number 300."))
        .await?;

    // The back button undoes each step.
    browser.fill(".list .search-box input", "").await?;
    browser.wait_until(&format!("{LISTED} === 'c2,c1'")).await?;
    browser.wait_until("location.hash === '#c=c1'").await?;
    browser
        .wait_until("document.querySelector('.find-bar').hidden")
        .await?;
    browser.client.back().await?;
    browser.wait_until(&format!("{LISTED} === 'c1'")).await?;
    browser
        .wait_until("document.querySelector('.list .search-box input').value === 'kettle'")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn the_search_has_filters_and_explains_invalid_ones() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let tool = json!({ "messageId": "m9", "type": "Inventory", "action": "look up" });
    send(
        to,
        &[
            message_sent("c1", "m1", "Is it in stock?"),
            message_sent("c2", "m2", "Hello"),
            track("c2", "Action Invoked", tool),
            message_sent("c3", "m3", "Hello"),
            misspelled_message("c3", "m4"),
        ],
    )
    .await?;
    browser
        .wait_until(&format!("{LISTED} === 'c3,c2,c1'"))
        .await?;
    for (query, listed) in [
        ("event:action", "c2"),
        ("event:\"message sent\" stock", "c1"),
        ("user:user-of-c2", "c2"),
        ("severity:problem", "c3"),
        ("since:1h hello", "c3,c2"),
    ] {
        browser.fill(".list .search-box input", query).await?;
        browser
            .wait_until(&format!("{LISTED} === '{listed}'"))
            .await?;
    }
    // The buttons are part of the address too.
    // A click does not discard a search that is still being typed.
    browser
        .execute("const input = document.querySelector('.list .search-box input'); input.value = 'hello'; input.dispatchEvent(new Event('input')); document.querySelector('.filter:nth-child(1)').click()")
        .await?;
    browser.wait_until(&format!("{LISTED} === 'c3'")).await?;
    browser
        .wait_until("location.hash === '#q=hello&problems=1'")
        .await?;
    browser
        .fill(".list .search-box input", "colour:red")
        .await?;
    browser
        .wait_until("document.querySelector('#list .empty-state').innerText.includes('unknown filter colour:')")
        .await?;
    browser.fill(".list .search-box input", "").await?;
    browser.click(".filter:nth-child(1)").await?;
    browser
        .wait_until(&format!("{LISTED} === 'c3,c2,c1'"))
        .await?;
    // The console contains the error of the invalid search.
    setup.finish_ignoring_console().await
}

#[tokio::test]
async fn text_is_found_in_one_conversation() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &messages("c1", 20, "Kettle", &[2, 5, 18])).await?;
    browser.click(".conversation").await?;
    browser.wait_for(".bubble").await?;
    browser.press_keys("f").await?;
    browser
        .wait_until("document.activeElement === document.querySelector('.find-bar input')")
        .await?;
    browser.press_keys("kettle").await?;
    browser
        .wait_until(&shows_match("The Kettle is number 2."))
        .await?;
    browser.wait_until(&format!("{COUNT} === '1 of 3'")).await?;
    browser.press_keys(key::ENTER).await?;
    browser
        .wait_until(&shows_match("The Kettle is number 5."))
        .await?;
    browser
        .wait_until("location.hash === '#c=c1&find=kettle'")
        .await?;
    browser.fill(FIND_INPUT, "no such text").await?;
    browser
        .wait_until(&format!("{COUNT} === 'No matches'"))
        .await?;
    // The field keeps the focus, so Escape closes the bar.
    browser
        .wait_for(FIND_INPUT)
        .await?
        .send_keys(key::ESCAPE)
        .await?;
    browser
        .wait_until("document.querySelector('.find-bar').hidden && !CSS.highlights.has('find-hit')")
        .await?;
    // Another conversation starts without it.
    send(to, &[message_received("c2", "m1", "A kettle")]).await?;
    browser.click("[data-id=c2]").await?;
    browser
        .wait_until("document.querySelector('.bubble').textContent === 'A kettle'")
        .await?;
    browser
        .wait_until("document.querySelector('.find-bar').hidden")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn the_next_problem_is_found_among_events_that_are_not_loaded() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    send(to, &[misspelled_message("c1", "early")]).await?;
    send(to, &messages("c1", 450, "", &[])).await?;
    let end = message_sent("c1", "last", "The end");
    send(to, &[misspelled_message("c1", "late"), end]).await?;
    send(to, &[message_sent("c2", "fine", "No problem here")]).await?;
    let selected = |seq: u32| {
        format!(
            "document.querySelector('.is-selected')?.dataset.seq === '{seq}' && location.hash === '#c=c1&e={seq}'"
        )
    };
    browser.wait_until(&format!("{LISTED} === 'c2,c1'")).await?;
    // Without an open conversation, the key opens the newest one with a problem.
    browser.press_keys("n").await?;
    browser
        .wait_until("location.hash.startsWith('#c=c1&e=')")
        .await?;
    browser.wait_for(".is-selected").await?;
    for seq in [1, 452, 1] {
        let current = browser.execute("return location.hash").await?;
        if current != format!("#c=c1&e={seq}") {
            browser.press_keys("n").await?;
        }
        browser.wait_until(&selected(seq)).await?;
    }
    setup.finish().await
}

#[tokio::test]
async fn only_the_text_of_events_is_highlighted() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let question = message_sent("c1", "m1", "Is there an answer?");
    send(to, &[question, message_received("c1", "m2", "An ANSWER")]).await?;
    browser.fill(".list .search-box input", "answer").await?;
    browser.click(".conversation").await?;
    browser.wait_until(&format!("{COUNT} === '1 of 2'")).await?;
    // The button below the reply starts with "answered".
    browser
        .wait_until("document.querySelector('.turn-button').textContent.startsWith('answered') && CSS.highlights.get('find-hit').size === 2")
        .await?;
    setup.finish().await
}

#[tokio::test]
async fn a_search_without_results_lists_the_filters() -> Result<()> {
    let setup = Setup::new().await?;
    let (browser, to) = (&setup.browser, setup.address());
    let chat = "document.querySelector('#chat .empty-state h2').textContent";
    browser
        .wait_until(&format!("{chat} === 'Listening for events'"))
        .await?;
    send(to, &[message_sent("c1", "m1", "Hello")]).await?;
    browser.wait_until(&format!("{LISTED} === 'c1'")).await?;
    browser.fill(".list .search-box input", "nothing").await?;
    browser
        .wait_until("document.querySelectorAll('.filter-examples code').length === 10")
        .await?;
    // There are conversations, so the chat does not show how to send events.
    browser
        .wait_until(&format!("{chat} === 'No conversation selected'"))
        .await?;
    // Each example is a valid search.
    let examples = browser
        .execute("return [...document.querySelectorAll('.filter-examples code')].map((code) => code.textContent)")
        .await?;
    for example in examples.as_array().into_iter().flatten() {
        browser
            .fill(".list .search-box input", example.as_str().unwrap_or("x:"))
            .await?;
        browser
            .wait_until(&format!(
                "new URLSearchParams(location.hash.slice(1)).get('q') === {example} && document.querySelector('#list .scroller').ariaBusy !== 'true' && document.querySelector('#list .empty-state h2')?.textContent !== 'Check the search'"
            ))
            .await?;
    }
    setup.finish().await
}
