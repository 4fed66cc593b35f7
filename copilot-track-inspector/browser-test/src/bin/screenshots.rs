//! Takes the screenshots for the documentation: `cargo run --bin screenshots`, in this folder.
//!
//! Uses copilot-track to send sample conversations to an inspector, and takes screenshots of the
//! page in both themes and at phone width.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use copilot_track::{
    ConversationId, CustomEvent, Report, TrackEvent as _, Tracker, User,
    spec::{
        ActionInvoked, ComponentLoaded, ConversationEnded, FeedbackSubmitted, MediaGenerated,
        MessageReceived, MessageSent,
    },
};
use copilot_track_inspector::Inspector;
use copilot_track_inspector_browser_test::{Result, browser::Browser, events};

/// The maximum size of a screenshot, in bytes, so that README pages load quickly.
const MAX_BYTES: usize = 300 * 1024;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    fs::create_dir_all(&folder)?;
    let inspector = Inspector::builder().start().await?;
    replay(&inspector).await?;
    let url = inspector.url();

    let browser = Browser::start(1280, 800).await?;
    for theme in ["light", "dark"] {
        browser.set_color_scheme(theme).await?;
        open_conversation(&browser, &url).await?;
        save(&browser, folder.join(format!("inspector-{theme}.png"))).await?;
    }
    browser.set_color_scheme("light").await?;
    browser.open("about:blank").await?;
    browser.open(&format!("{url}/#view=numbers")).await?;
    browser
        .wait_until(
            "document.querySelector('.bar-plot') && document.querySelector('.conversation')",
        )
        .await?;
    save(&browser, folder.join("inspector-numbers.png")).await?;
    browser.set_viewport(390, 780).await?;
    browser.set_color_scheme("light").await?;
    browser.open("about:blank").await?;
    browser.open(&url).await?;
    browser.click("[data-id=chat-2041]").await?;
    browser
        .wait_until("document.querySelectorAll('#chat .chat-row').length > 8")
        .await?;
    browser
        .execute(
            "document.querySelector('#chat-log').scrollTop = 330; document.activeElement.blur()",
        )
        .await?;
    save(&browser, folder.join("inspector-phone.png")).await?;
    browser.close().await
}

/// Opens the sample conversation and selects the event that violates the spec.
async fn open_conversation(browser: &Browser, url: &str) -> Result<()> {
    browser.open("about:blank").await?;
    browser.open(url).await?;
    browser.click("[data-id=chat-2041]").await?;
    browser
        .wait_until("document.querySelectorAll('#chat .chat-row').length > 8")
        .await?;
    browser
        .click("#chat .tool-call:has(.tag.error, .tag.warning)")
        .await?;
    browser
        .wait_until("document.querySelector('.finding') && document.querySelector('.json-tree')")
        .await?;
    browser
        .execute(
            "document.querySelector('.is-selected').scrollIntoView({ block: 'center' }); document.activeElement.blur()",
        )
        .await?;
    Ok(())
}

async fn save(browser: &Browser, path: PathBuf) -> Result<()> {
    let png = browser.screenshot().await?;
    if png.len() > MAX_BYTES {
        return Err(format!("{} is too large: {} bytes", path.display(), png.len()).into());
    }
    println!("{} ({} KB)", path.display(), png.len() / 1024);
    Ok(fs::write(path, png)?)
}

/// Sends the sample events to a temporary inspector, exports them, and imports them into
/// `inspector` with `receivedAt` set to the time when each event happened.
async fn replay(inspector: &Inspector) -> Result<()> {
    let source = Inspector::builder().start().await?;
    send_scene(&source).await?;
    let (_, lines) = events::request(source.address(), "GET", "/api/export", "").await?;
    let mut replayed = String::new();
    for line in lines.lines() {
        let text = |name: &str| {
            let start = line.find(&format!("\"{name}\":\""))? + name.len() + 4;
            Some(&line[start..start + line[start..].find('"')?])
        };
        match (text("timestamp"), text("receivedAt")) {
            (Some(happened), Some(received)) => {
                let (from, to) = (
                    format!("receivedAt\":\"{received}"),
                    format!("receivedAt\":\"{happened}"),
                );
                replayed.push_str(&line.replace(&from, &to));
            }
            _ => replayed.push_str(line),
        }
        replayed.push('\n');
    }
    let (status, answer) =
        events::request(inspector.address(), "POST", "/api/import", &replayed).await?;
    if status != 200 || !answer.contains("\"refused\":[]") {
        return Err(answer.into());
    }
    Ok(())
}

/// Returns an error unless all events were delivered.
fn ensure_delivered(report: &Report) -> Result<()> {
    if report.is_all_delivered() {
        return Ok(());
    }
    Err(report.to_string().into())
}

/// Sends the conversations that customers of an online shop have on one day.
async fn send_scene(inspector: &Inspector) -> Result<()> {
    let tracker = Tracker::builder()
        .write_key("local")
        .endpoint(inspector.url().trim_end_matches('/'))
        .build()?;
    let ago = |seconds: u64| SystemTime::now() - Duration::from_secs(seconds);
    for (number, (user, question, answer)) in EARLIER.iter().enumerate() {
        let user = User::known(user)?;
        let id = ConversationId::new(format!("chat-20{}", 20 + number))?;
        let conversation = tracker.conversation_with_id(id, user);
        let at = 3_600 * (9 - number as u64);
        let turn = conversation.turn_with(MessageSent::new(*question).timestamp(ago(at)));
        turn.track(ActionInvoked::new("Order Request", "look up order").timestamp(ago(at - 1)));
        let reply = turn.reply_with(MessageReceived::new(*answer).timestamp(ago(at - 3)));
        if number % 2 == 1 {
            let rating = FeedbackSubmitted::new(5 - i32::try_from(number % 3)?);
            conversation.track(rating.message_id(&reply).timestamp(ago(at - 40)));
            conversation.track(ConversationEnded::new(2).timestamp(ago(at - 41)));
        }
        // Send each conversation in a separate batch.
        ensure_delivered(&tracker.flush(Duration::from_secs(5)).await)?;
    }

    let id = ConversationId::new("chat-2041")?;
    let conversation = tracker.conversation_with_id(id, User::both("C-1340", "b2817ded")?);
    let question = |text: &'static str, seconds| MessageSent::new(text).timestamp(ago(seconds));
    let answer = |text: &'static str, seconds| MessageReceived::new(text).timestamp(ago(seconds));
    conversation.track(question("Is the Super Widget in stock?", 95).message_id("m1"));
    conversation.track(
        ActionInvoked::new("Inventory Request", "check stock level")
            .timestamp(ago(94))
            .property("sku", "WGT-1550")
            .property("duration_ms", 12.4)
            .property("outcome", "ok")
            .message_id("m2"),
    );
    conversation.track(
        answer(
            "Yes, the Super Widget is in stock: 37 left, at $19.99 each.",
            92,
        )
        .property("first_chunk_ms", 211)
        .message_id("m2"),
    );
    conversation.track(question("Show me its price history", 70).message_id("m3"));
    conversation.track(
        ActionInvoked::new("Price Request", "look up price history")
            .timestamp(ago(69))
            .message_id("m4"),
    );
    conversation.track(
        MediaGenerated::new("image", "png")
            .timestamp(ago(67))
            .message_id("m4"),
    );
    conversation.track(
        answer(
            "The Super Widget is $19.99 today. Over the past year, it cost between $13.09 (week of September 29) and $19.99.",
            66,
        )
        .message_id("m4"),
    );
    conversation.track(
        FeedbackSubmitted::new(4)
            .timestamp(ago(52))
            .message_id("m4"),
    );
    conversation.track(question("Two of them, please", 40).message_id("m5"));
    ensure_delivered(&tracker.flush(Duration::from_secs(5)).await)?;
    // This event is sent without the library and has a misspelled property name.
    let wrong = r#"{"batch":[{"type":"track","event":"Action Invoked","userId":"C-1340","messageId":"6a0c3c5e-51a5-4bfb-9a1c-6a2fbb0f3b52","properties":{"conversationId":"chat-2041","messageId":"m6","type":"Order Request","Action":"place order","role":"customer"}}]}"#;
    events::request(inspector.address(), "POST", "/v1/batch", wrong).await?;
    conversation.track(
        CustomEvent::new("Item Purchased")?
            .timestamp(ago(36))
            .property("itemName", "Super Widget")
            .property("itemPrice", 19.99)
            .property("quantity", 2)
            .message_id("m6"),
    );
    conversation.track(
        ComponentLoaded::new("Order Card")
            .timestamp(ago(35))
            .message_id("m6"),
    );
    conversation.track(
        answer(
            "Done: order SO-20931, 2 × Super Widget, $39.98. It ships tomo",
            33,
        )
        .role("ai_agent")
        .property("completion", "cancelled")
        .message_id("m6"),
    );
    ensure_delivered(&tracker.shutdown(Duration::from_secs(5)).await)?;
    Ok(())
}

const EARLIER: &[(&str, &str, &str)] = &[
    (
        "C-1298",
        "Do you ship to Norway?",
        "We do, in three to five days.",
    ),
    (
        "C-1077",
        "The lamp arrived broken",
        "I am sorry. A new one is on its way.",
    ),
    (
        "C-1312",
        "What is the warranty on the drill?",
        "Two years, from the day of purchase.",
    ),
    (
        "C-1204",
        "Can I return the blue kettle?",
        "Yes, within 60 days.",
    ),
    (
        "C-1339",
        "Where is my order SO-11681?",
        "It was handed to the carrier this morning.",
    ),
    (
        "C-1150",
        "Which charger fits the X200?",
        "The 65 W one, with USB-C.",
    ),
    (
        "C-1021",
        "Please change my address",
        "Done. Your next order goes to Elm Street 4.",
    ),
];
