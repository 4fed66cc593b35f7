//! Replies: ids, scopes, and disabled trackers.

use std::borrow::Cow;
use std::time::Duration;

use copilot_track::spec::MessageReceived;
use copilot_track::testing::TestTracker;
use copilot_track::{CustomEvent, MessageId, Role, TrackEvent as _, tracked_reply, tracked_tool};
use futures_util::future::BoxFuture;

use crate::shop::{OutOfStock, recorded, reply, stock_level};

#[tracked_reply(message_id = id, role = Role::HumanAgent, media(type = "audio", sub_type = "mp3"))]
async fn with_id(id: Option<MessageId>) -> Option<String> {
    assert_eq!(MessageId::current().is_some(), id.is_some());
    stock_level("widget", false).await.ok()?;
    Some("Yes".to_owned())
}

#[tokio::test]
async fn a_reply_can_have_a_given_id() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(with_id(MessageId::new("msg124").ok())).await;
    assert_eq!(turn.reply_id().unwrap().as_str(), "msg124");
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Media Generated",
        "Message Received",
    ]);
    for event in &test.events()[2..] {
        assert_eq!(event.message_id(), Some("msg124"));
    }
    test.event("Message Received")
        .assert_property("role", "human_agent");
}

#[tracked_reply]
pub(crate) fn sync_reply() -> Result<&'static str, OutOfStock> {
    tool_in_sync()?;
    Ok("Yes")
}

#[tracked_tool(type = "Lookup", action = "look")]
fn tool_in_sync() -> Result<(), OutOfStock> {
    Ok(())
}

#[test]
fn a_sync_reply_has_a_scope() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.in_scope(sync_reply), Ok("Yes"));
    let reply = turn.reply_id().unwrap();
    for event in ["Action Invoked", "Message Received"] {
        assert_eq!(test.event(event).message_id(), Some(reply.as_str()));
    }
}

#[tracked_reply]
fn empty() -> &'static str {
    ""
}

#[tracked_reply(record(duration), properties(kind = "words"))]
fn empty_with_options() -> Result<String, OutOfStock> {
    Ok(String::new())
}

#[tracked_reply]
async fn empty_async() -> Option<String> {
    tokio::task::yield_now().await;
    Some(String::new())
}

#[tracked_reply(body = |_| None::<String>)]
async fn empty_by_body() -> Result<u32, OutOfStock> {
    Ok(3)
}

#[tracked_reply]
fn empty_boxed<'a>() -> BoxFuture<'a, Result<Cow<'a, str>, OutOfStock>> {
    Box::pin(async { Ok("".into()) })
}

#[tokio::test]
async fn a_reply_without_text_is_neither_sent_nor_counted() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.in_scope(|| assert_eq!((empty(), empty_with_options()), ("", Ok(String::new()))));
    conversation
        .run(async {
            assert_eq!(empty_async().await, Some(String::new()));
            assert_eq!(empty_by_body().await, Ok(3));
            assert_eq!(empty_boxed().await, Ok("".into()));
        })
        .await;
    conversation.message_received("");
    conversation.track(MessageReceived::new("").role(Role::AiAgent));
    let custom = CustomEvent::new("Message Received").unwrap();
    conversation.track(custom.property("message_body", ""));
    assert_eq!(conversation.message_count(), 0);
    test.assert_silent();
    assert_eq!(test.ledger().emitted, 0);
    // Whitespace counts as text.
    conversation.message_received(" ");
    assert_eq!(conversation.message_count(), 1);
}

#[tokio::test]
async fn functions_work_when_the_tracker_is_disabled_or_shut_down() {
    let tracker = copilot_track::Tracker::disabled();
    let conversation = tracker.conversation(copilot_track::User::anonymous("a").unwrap());
    let turn = conversation.turn("Is it?");
    assert_eq!(turn.run(reply("widget", false)).await, Ok(3));
    assert_eq!(turn.run(recorded("widget", false)).await, Ok(3));
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let _ = test.tracker().shutdown(Duration::from_secs(1)).await;
    assert_eq!(turn.run(reply("widget", false)).await, Ok(3));
    assert!(test.ledger().is_balanced());
}
