//! Tests what a copilot tracks, without a network or mocks. Such tests can run in parallel.
//!
//! ```text
//! cargo test -p copilot-track-examples --example test_kit    # runs the tests below
//! cargo run -p copilot-track-examples --example test_kit     # prints a snapshot
//! ```

use copilot_track::{testing::TestTracker, tracked_reply, tracked_tool};

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
fn stock_level(sku: &str) -> Option<u32> {
    (sku == "widget").then_some(37)
}

#[tracked_reply]
async fn answer(sku: &str) -> String {
    tokio::task::yield_now().await;
    match stock_level(sku) {
        Some(left) => format!("{left} are left."),
        None => "We don't have that.".to_owned(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `fixed` takes ids and timestamps from a counter, so every run prints the same events.
    let test = TestTracker::fixed();
    let turn = test.conversation().turn("Is the widget in stock?");
    turn.run(answer("widget")).await;
    println!("{}", test.snapshot());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_about_stock_queries_the_inventory() {
        let test = TestTracker::new();
        let conversation = test.conversation();

        let turn = conversation.turn("Is the widget in stock?");
        let reply = turn.run(answer("widget")).await;

        assert_eq!(reply, "37 are left.");
        test.assert_names(&[
            "Conversation Started",
            "Message Sent",
            "Action Invoked",
            "Message Received",
        ]);
        let received = test.event("Message Received");
        received.assert_property("message_body", "37 are left.");
        // The tool call has the message id of the reply.
        let invoked = test.event("Action Invoked");
        assert_eq!(invoked.message_id(), received.message_id());
    }

    #[tokio::test]
    async fn calls_outside_a_conversation_are_not_tracked() {
        let test = TestTracker::new();
        assert_eq!(answer("gadget").await, "We don't have that.");
        test.assert_silent();
    }
}
