//! Replies: ids, scopes, and disabled trackers.

use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{MessageId, Role, tracked_reply, tracked_tool};

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
