//! A conversation that is tracked with attributes alone.

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, MessageId, Turn, tracked_component, tracked_conversation, tracked_feedback,
    tracked_message,
};

use crate::replies::sync_reply;
use crate::shop::{OutOfStock, Stocked, stock_level};

#[tracked_component(type = "Stock Price Chart")]
fn component(fail: bool) -> Stocked<u8> {
    if fail { Err(OutOfStock) } else { Ok(1) }
}

#[tracked_feedback(message_id = message, rating = stars)]
fn rate(message: &str, stars: u8) -> Result<(), OutOfStock> {
    let _ = message;
    if stars > 5 { Err(OutOfStock) } else { Ok(()) }
}

#[tracked_message(body = text, conversation = conversation)]
async fn handle(conversation: &Conversation, text: String) -> String {
    let turn = Turn::current().unwrap();
    assert_eq!(Some(turn.message_id().clone()), MessageId::current());
    stock_level(&text, false).await.unwrap();
    drop(text);
    sync_reply().unwrap().to_owned()
}

#[tracked_conversation(conversation = conversation)]
async fn session(conversation: Conversation, fail: bool) -> Stocked<()> {
    handle(&conversation, "Is it?".to_owned()).await;
    component(false)?;
    let _ = component(true);
    rate("m1", 4)?;
    if fail { Err(OutOfStock) } else { Ok(()) }
}

#[tokio::test]
async fn attributes_alone_track_a_whole_conversation() {
    for fail in [false, true] {
        let test = TestTracker::new();
        assert_eq!(session(test.conversation(), fail).await.is_err(), fail);
        let mut names = vec![
            "Conversation Started",
            "Message Sent",
            "Action Invoked",
            "Action Invoked",
            "Message Received",
            "Component Loaded",
            "Feedback Submitted",
        ];
        if !fail {
            names.push("Conversation Ended");
            test.event("Conversation Ended")
                .assert_property("message_count", 2);
        }
        test.assert_names(&names);
        let sent = test.event("Message Sent");
        sent.assert_property("message_body", "Is it?");
        assert_eq!(test.events()[2].message_id(), sent.message_id());
        let rated = test.event("Feedback Submitted");
        rated.assert_property("rating", 4.0);
        assert_eq!(rated.message_id(), Some("m1"));
    }
}
