//! The `texts(…)` argument: properties to which the content policy applies.

use std::future::Future;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Content, TrackedFutureExt as _, TrackedStreamExt as _, Tracker, tracked_component,
    tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool, tracked_turn,
};
use futures_util::stream::{self, Stream, StreamExt as _};

const NOTE: &str = "My address is me@example.com";

struct Form {
    note: String,
}

#[tracked_tool(
    type = "t",
    texts(note),
    media(type = "image", sub_type = "png", texts(note))
)]
fn tool(note: &str) -> u8 {
    note.len().try_into().unwrap_or(u8::MAX)
}

#[tracked_tool(type = "t", record(outcome), texts(note = form.note), properties(kind = "a"))]
async fn recorded_tool(form: Form) -> Result<u8, String> {
    tokio::task::yield_now().await;
    drop(form);
    Ok(1)
}

#[tracked_tool(type = "t", texts(note))]
fn tool_of_a_future(note: String) -> impl Future<Output = usize> {
    async move { note.len() }
}

#[tracked_media(type = "image", sub_type = "png", texts(note = Some(note)))]
fn media(note: &str) {
    let _ = note;
}

#[tracked_component(type = "c", texts(note = note.to_owned()))]
fn component(note: &str) {
    let _ = note;
}

#[tracked_feedback(rating = 1, texts(note))]
fn feedback(note: Option<String>) {
    drop(note);
}

#[tracked_message(body = "hi", texts(note))]
fn message(note: &str) {
    let _ = note;
}

#[tracked_reply(texts(note))]
fn reply(note: &str) -> String {
    note.to_owned()
}

#[tracked_reply(texts(note), result(length = |text| text.len()))]
async fn reply_with_result(note: String) -> String {
    tokio::task::yield_now().await;
    note
}

#[tracked_reply(texts(note))]
fn streamed_reply(note: String) -> impl Stream<Item = String> {
    stream::iter([note])
}

#[tracked_turn(message = note, texts(note))]
async fn turn(note: String) -> String {
    tokio::task::yield_now().await;
    note
}

async fn call_all() {
    tool(NOTE);
    let form = Form {
        note: NOTE.to_owned(),
    };
    recorded_tool(form).await.unwrap();
    tool_of_a_future(NOTE.to_owned()).await;
    media(NOTE);
    component(NOTE);
    feedback(Some(NOTE.to_owned()));
    message(NOTE);
    reply(NOTE);
    reply_with_result(NOTE.to_owned()).await;
    let _: Vec<_> = streamed_reply(NOTE.to_owned()).collect().await;
    turn(NOTE.to_owned()).await;
    async {}.tracked_tool("t", "a").text("note", NOTE).await;
    async { "yes" }.tracked_reply().text("note", NOTE).await;
    let stream = stream::iter([NOTE]).tracked_reply().text("note", NOTE);
    let _: Vec<_> = stream.collect().await;
}

#[tokio::test]
async fn text_in_attributes_is_masked_and_hidden_like_message_bodies() {
    for (content, expected) in [
        (Content::Full, NOTE),
        (Content::Masked, "My address is [email]"),
        (Content::Hidden, "[hidden: 28 characters]"),
    ] {
        let test = TestTracker::with(Tracker::builder().content(content)).unwrap();
        let current = test.conversation().turn("Is it?");
        current.run(call_all()).await;
        let note = |event: &CapturedEvent| Some(event.property("note")?.as_str()?.to_owned());
        let notes: Vec<_> = test.events().iter().filter_map(note).collect();
        // The attributes send 12 events with the text, and the methods send 3.
        assert_eq!(notes, [expected; 15]);
        let tools = test.events_named("Action Invoked");
        assert_eq!(tools[1].property("kind").unwrap(), "a");
    }
}

#[test]
fn long_text_is_cut() {
    let test = TestTracker::new();
    let current = test.conversation().turn("Is it?");
    current.in_scope(|| tool(&"x".repeat(100_000)));
    let event = test.event("Action Invoked");
    let note = event.property("note").unwrap().as_str().unwrap();
    assert!(note.ends_with("100000 bytes in full]"));
}

#[test]
fn missing_text_is_not_sent() {
    let test = TestTracker::new();
    let current = test.conversation().turn("Is it?");
    current.in_scope(|| feedback(None));
    test.event("Feedback Submitted").assert_no_property("note");
}

#[test]
fn a_panic_in_text_is_contained() {
    #[tracked_tool(type = "t", texts(note = panics()))]
    fn tool() -> u8 {
        1
    }
    fn panics() -> String {
        panic!("in an argument")
    }
    let test = TestTracker::new();
    let current = test.conversation().turn("Is it?");
    assert_eq!(current.in_scope(tool), 1);
    assert_eq!(test.events_named("Action Invoked").len(), 0);
}
