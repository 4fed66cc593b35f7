//! Turns that another process continues: the conversation, the messages, and the privacy settings
//! are those of the first process.
#![allow(clippy::unused_async, reason = "the annotated functions are minimal")]

use std::collections::HashMap;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Consent, Content, Conversation, MessageId, Tracker, Turn, TurnContext, TurnContextError, User,
    tracked_reply, tracked_tool,
};
use serde_json::json;

#[tracked_tool(type = "Inventory Request")]
fn stock_level() -> u32 {
    3
}

#[tracked_reply]
async fn answer(context: &mut Option<TurnContext>) -> String {
    *context = Turn::current().as_ref().map(Turn::context);
    "Three are left".to_owned()
}

/// Passes a context through headers, as two processes do.
fn transfer(context: &TurnContext) -> TurnContext {
    let mut headers = HashMap::new();
    context.inject(&mut headers);
    TurnContext::extract(&headers).unwrap().unwrap()
}

fn continued(tracker: &Tracker, context: &TurnContext) -> Turn {
    tracker.continue_turn(transfer(context)).unwrap()
}

fn ids(event: &CapturedEvent) -> (Option<&str>, Option<&str>, Option<&str>) {
    (event.user_id(), event.conversation_id(), event.message_id())
}

#[tokio::test]
async fn events_of_the_second_process_belong_to_the_reply() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let turn = first.conversation().turn("How many are left?");
    let mut context = None;
    turn.run(answer(&mut context)).await;
    let context = context.unwrap();
    assert_eq!(context.reply_id(), turn.reply_id().as_ref());

    let there = continued(second.tracker(), &context);
    there.in_scope(stock_level);
    there.rate(5);

    second.assert_names(&["Action Invoked", "Feedback Submitted"]);
    let received = first.event("Message Received");
    for event in second.events() {
        assert_eq!(ids(&event), ids(&received));
    }
}

#[tokio::test]
async fn outside_a_reply_events_belong_to_the_customers_message() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let turn = first.conversation().turn("How many are left?");
    assert_eq!(turn.context().reply_id(), None);

    let there = continued(second.tracker(), &turn.context());
    assert_eq!(there.message_id(), turn.message_id());
    there.in_scope(stock_level);
    there.run(answer(&mut None)).await;

    second.assert_names(&["Action Invoked", "Message Received"]);
    let sent = first.event("Message Sent");
    assert_eq!(ids(&second.event("Action Invoked")), ids(&sent));
    let reply_id = second
        .event("Message Received")
        .message_id()
        .map(str::to_owned);
    assert_eq!(there.reply_id().map(|id| id.to_string()), reply_id);
}

#[tokio::test]
async fn a_third_process_can_continue_the_turn() {
    let trackers = [TestTracker::new(), TestTracker::new(), TestTracker::new()];
    let turn = trackers[0].conversation().turn("How many are left?");
    let mut context = None;
    turn.run(answer(&mut context)).await;
    let second = continued(trackers[1].tracker(), &context.unwrap());
    let third = continued(trackers[2].tracker(), &second.context());
    assert_eq!(third.context(), second.context());
    third.in_scope(stock_level);
    let reply_id = turn.reply_id().unwrap();
    trackers[2]
        .event("Action Invoked")
        .assert_property("messageId", reply_id.as_str());
}

#[test]
fn the_content_policy_of_the_first_process_applies_if_it_is_stricter() {
    let hidden = |tracker: Content, conversation: Content| {
        let first = TestTracker::with(Tracker::builder().content(tracker)).unwrap();
        let conversation_handle = first.conversation();
        conversation_handle.set_content(conversation);
        let context = conversation_handle.turn("secret").context();
        let second = TestTracker::new();
        continued(second.tracker(), &context).message_received("secret");
        let text = second.event("Message Received").text().to_owned();
        !text.contains("secret")
    };
    assert!(hidden(Content::Hidden, Content::Full));
    assert!(hidden(Content::Full, Content::Hidden));
    assert!(!hidden(Content::Full, Content::Full));
}

#[test]
fn a_context_cannot_loosen_the_content_policy() {
    let first = TestTracker::new();
    let second = TestTracker::with(Tracker::builder().content(Content::Hidden)).unwrap();
    let context = first.conversation().turn("secret").context();
    assert_eq!(context.content(), Content::Full);
    let there = continued(second.tracker(), &context);
    there.message_received("secret");
    assert!(!second.event("Message Received").text().contains("secret"));
    assert_eq!(there.context().content(), Content::Hidden);
}

#[test]
fn consent_travels() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let conversation = first.conversation();
    conversation.set_consent(Consent::new().category("Analytics", false));
    let there = continued(second.tracker(), &conversation.turn("Hello").context());
    there.action_invoked("Tool Call", "look up");
    assert_eq!(
        second.event("Action Invoked").json()["context"]["consent"],
        json!({ "categoryPreferences": { "Analytics": false } })
    );
}

#[test]
fn the_first_process_decides_about_sampling() {
    let none = TestTracker::with(Tracker::builder().sample_conversations(0.0)).unwrap();
    let all = TestTracker::new();
    let context = none.conversation().turn("Hello").context();
    assert!(!context.is_sampled());
    continued(all.tracker(), &context).action_invoked("Tool Call", "look up");
    all.assert_silent();
    assert_eq!(all.ledger().sampled_out, 1);

    let context = all.conversation().turn("Hello").context();
    continued(none.tracker(), &context).action_invoked("Tool Call", "look up");
    let event = none.event("Action Invoked").json();
    assert_eq!(event["context"].get("sampling"), None, "{event}");

    let some = Tracker::builder().sample_conversations(0.999_999);
    let some = TestTracker::with(some).unwrap();
    let context = some.conversation().turn("Hello").context();
    all.clear();
    continued(all.tracker(), &context).action_invoked("Tool Call", "look up");
    let event = all.event("Action Invoked").json();
    assert_eq!(event["context"]["sampling"], json!({ "rate": 0.999_999 }));
}

#[test]
fn a_continued_conversation_does_not_report_a_message_count() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let conversation = first.conversation();
    let turn = conversation.turn("Hello");
    let there = continued(second.tracker(), &turn.context());
    there.message_received("Hi");
    there.conversation().end();
    second.assert_names(&["Message Received", "Conversation Ended"]);
    second
        .event("Conversation Ended")
        .assert_no_property("message_count");
}

#[test]
fn a_disabled_tracker_continues_turns() {
    let tracker = Tracker::disabled();
    let user = User::known("123").unwrap();
    let turn = tracker.conversation(user).turn("Hello");
    let there = continued(&tracker, &turn.context());
    assert_eq!(there.message_id(), turn.message_id());
}

#[tokio::test]
async fn another_turn_that_is_current_does_not_change_the_context() {
    let tracker = TestTracker::new();
    let (one, other): (Conversation, Conversation) =
        (tracker.conversation(), tracker.conversation());
    let (one, other) = (one.turn("one"), other.turn("other"));
    let context = other.run(async { one.context() }).await;
    assert_eq!(context.message_id(), one.message_id());
    assert_eq!(context.conversation_id(), one.conversation().id());
}

#[tracked_reply]
async fn answer_with_context_of(turn: &Turn, context: &mut Option<TurnContext>) -> String {
    *context = Some(turn.context());
    "Three are left".to_owned()
}

#[tokio::test]
async fn the_reply_of_another_turn_is_not_part_of_the_context() {
    let tracker = TestTracker::new();
    let conversation = tracker.conversation();
    let (one, other) = (conversation.turn("one"), conversation.turn("other"));
    let mut context = None;
    other.run(answer_with_context_of(&one, &mut context)).await;
    let context = context.unwrap();
    assert_eq!(
        (context.message_id(), context.reply_id()),
        (one.message_id(), None)
    );
}

#[test]
fn a_foreign_header_is_an_error_and_not_a_panic() {
    let headers = |value: &str| HashMap::from([(TurnContext::KEY.to_owned(), value.to_owned())]);
    // Carriers that cannot remove a header contain an empty one instead.
    assert!(TurnContext::extract(&headers("")).unwrap().is_none());
    for value in ["v1.", "v3.e30", "null", "v1.bm9uc2Vuc2U"] {
        let error: TurnContextError = TurnContext::extract(&headers(value)).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
    assert!(MessageId::current().is_none());
}
